//! What may be concluded from an asset that a run did not see. The rules are those of the table in
//! `docs/inventory.md`, in its order.

use super::account::{Held, Refused};
use super::judged::Judged;
use super::ledger::Ledger;
use super::resting;
use super::rests_on;
use super::scope::{self, Hidden};
use super::state::State;
use crate::contract::{Completeness, DatasetReceipt, Receipt};
use rusqlite::{Connection, OptionalExtension};

/// How sure one has to be that something is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Complete snapshots in a row, beyond the first, that must miss an asset.
    pub grace_runs: u32,
    /// Most assets of one kind in one dataset that may go in one run, in percent of those that are known.
    pub max_delete_percent: u8,
    /// Lets any number go, for one run.
    pub allow_mass_delete: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { grace_runs: 1, max_delete_percent: 20, allow_mass_delete: false }
    }
}

/// So many assets of a kind may go in one run whatever their share: in a small tenant one device is many percent.
pub const ALWAYS_ALLOWED: u64 = 10;

/// Finds what is gone: the assets that need a tombstone are left in the temporary table `due`.
pub(super) fn judge(db: &Connection, ledger: &mut Ledger, rules: Rules, receipt: &Receipt) -> rusqlite::Result<()> {
    db.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS due (asset INTEGER PRIMARY KEY);
         CREATE TEMP TABLE IF NOT EXISTS roots_read (dataset INTEGER PRIMARY KEY, pass INTEGER NOT NULL);
         DELETE FROM due; DELETE FROM roots_read;",
    )?;
    let roots = ledger.roots();
    let is_root = |account: &DatasetReceipt| roots.contains(&account.dataset);
    let of_roots = receipt.datasets.iter().filter(|account| is_root(account));
    let (mut judged, mut accounts) = (Vec::new(), Vec::new());
    for account in of_roots {
        let Some(found) = snapshot(db, ledger, rules, account)? else { continue };
        db.execute("INSERT INTO roots_read VALUES (?1, ?2)", (found.dataset, found.pass))?;
        miss(db, ledger, account, &found, None)?;
        judged.push(found);
        accounts.push(account);
    }
    resting::prepare(db)?;
    resting::gather(db, &ledger.targets, rules.grace_runs, &judged)?;
    for (account, found) in accounts.iter().zip(&judged) {
        release(db, ledger, rules, account, found)?;
    }
    // What goes with a device is missed by nobody, and no brake counts it.
    resting::let_go(db)?;
    for account in receipt.datasets.iter().filter(|account| !is_root(account)) {
        let Some(found) = snapshot(db, ledger, rules, account)? else { continue };
        let doubt = doubt_of_roots(ledger, rules, receipt, &roots);
        miss(db, ledger, account, &found, doubt)?;
        release(db, ledger, rules, account, &found)?;
        judged.push(found);
    }
    settle(db, ledger, &judged)
}

/// The pass against which absence is judged: a snapshot of this run that was read to its end. After a refusal, a
/// snapshot that the service did not renew is judged again when the refusal is lifted.
fn snapshot(
    db: &Connection,
    ledger: &mut Ledger,
    rules: Rules,
    account: &DatasetReceipt,
) -> rusqlite::Result<Option<Judged>> {
    let Some(dataset) = ledger.datasets.look_up(db, &account.dataset)? else { return Ok(None) };
    let Some(run) = ledger.pass.as_ref().map(|pass| pass.run_row) else { return Ok(None) };
    let scope = ledger.scope_of(db, dataset, account)?;
    let pass: Option<i64> = match account.completeness {
        Completeness::Complete => {
            let sql = "SELECT CASE WHEN ended_ms IS NOT NULL THEN id END FROM passes
                       WHERE run = ?1 AND dataset = ?2 ORDER BY id DESC";
            let pass: Option<i64> = db.query_row(sql, (run, dataset), |row| row.get(0)).optional()?.flatten();
            db.execute("UPDATE passes SET complete = 1 WHERE id = ?1", [pass])?;
            pass
        }
        Completeness::Unchanged if rules.allow_mass_delete => {
            let sql = "SELECT max(id) FROM passes WHERE dataset = ?1 AND scope = ?2 AND complete = 1";
            db.query_row(sql, (dataset, scope), |row| row.get(0))?
        }
        // What changes do not tell of is as it was.
        Completeness::Unchanged | Completeness::Changes | Completeness::Portion => None,
        Completeness::Partial | Completeness::Forbidden | Completeness::Skipped => None,
    };
    Ok(pass.map(|pass| Judged { dataset, pass, scope }))
}

/// Why nothing can be said about what is on devices: the devices themselves are in doubt.
fn doubt_of_roots(ledger: &Ledger, rules: Rules, receipt: &Receipt, roots: &[String]) -> Option<String> {
    receipt.datasets.iter().filter(|account| roots.contains(&account.dataset)).find_map(|root| {
        let name = &root.dataset;
        match root.completeness {
            Completeness::Unchanged | Completeness::Changes => None,
            Completeness::Complete if root.emitted == 0 && !rules.allow_mass_delete => {
                Some(format!("{name} is empty in this run"))
            }
            Completeness::Complete if ledger.account.refused.iter().any(|refused| refused.dataset == *name) => {
                Some(format!("deletions in {name} were refused"))
            }
            Completeness::Complete => None,
            Completeness::Portion | Completeness::Partial | Completeness::Forbidden | Completeness::Skipped => {
                Some(format!("{name} was not read completely"))
            }
        }
    })
}

/// Notes what the snapshot missed: as a miss, or as something nobody looked for.
fn miss(
    db: &Connection,
    ledger: &mut Ledger,
    account: &DatasetReceipt,
    judged: &Judged,
    doubt: Option<String>,
) -> rusqlite::Result<()> {
    let Judged { dataset, pass, scope } = *judged;
    if account.completeness != Completeness::Complete {
        // This snapshot was judged when it was read.
        return Ok(());
    }
    // What another configuration saw, this one need not see.
    let lapse = "UPDATE origins SET lapsed = 1 WHERE dataset = ?1 AND seen < ?2 AND scope <> ?3 AND lapsed = 0";
    db.execute(lapse, (dataset, pass, scope))?;
    let baseline = "SELECT EXISTS (SELECT 1 FROM passes WHERE dataset = ?1 AND scope = ?2 AND complete AND id < ?3)";
    if !db.query_row(baseline, (dataset, scope, pass), |row| row.get::<_, bool>(0))? {
        return Ok(());
    }
    let rejected = scope::rejected(account);
    let doubt =
        doubt.or_else(|| (rejected > 0).then(|| format!("it may be among {rejected} records that were rejected")));
    if let Some(reason) = doubt {
        let sql = "SELECT count(*) FROM origins WHERE dataset = ?1 AND seen < ?2 AND lapsed = 0";
        let missing = count(db.query_row(sql, (dataset, pass), |row| row.get(0))?);
        if missing > 0 {
            ledger.account.held.push(Held { dataset: account.dataset.clone(), missing, reason });
        }
        return Ok(());
    }
    let is_visible = match scope::hidden(account) {
        Hidden::Nothing => "1".to_owned(),
        Hidden::Anything => "0".to_owned(),
        // If the device that something rests on was seen, no filter hides it.
        Hidden::Devices => format!(
            "EXISTS (SELECT 1 FROM relation_rows AS r JOIN roots_read AS n JOIN origins AS d
                     ON d.dataset = n.dataset AND d.asset = r.target AND d.seen >= n.pass
                     WHERE r.source = origins.asset AND r.rel IN ({}))",
            rests_on::relations()
        ),
    };
    let sql = format!(
        "UPDATE origins SET (misses, lapsed) = (SELECT misses + v, 1 - v FROM (SELECT {is_visible} AS v))
         WHERE dataset = ?1 AND seen < ?2 AND scope = ?3"
    );
    db.execute(&sql, (dataset, pass, scope)).map(drop)
}

/// Releases the dataset's claim on what was missed often enough, unless it is too much to be believed.
fn release(
    db: &Connection,
    ledger: &mut Ledger,
    rules: Rules,
    account: &DatasetReceipt,
    judged: &Judged,
) -> rusqlite::Result<()> {
    let Judged { dataset, pass, .. } = *judged;
    if ledger.account.held.iter().any(|held| held.dataset == account.dataset) {
        return Ok(());
    }
    let bound = (dataset, pass, rules.grace_runs);
    let gone = "dataset = ?1 AND seen < ?2 AND misses > ?3 AND lapsed = 0";
    let any = format!("SELECT EXISTS (SELECT 1 FROM origins WHERE {gone})");
    if !db.query_row(&any, bound, |row| row.get::<_, bool>(0))? {
        return Ok(());
    }
    if !rules.allow_mass_delete
        && let Some(refused) = too_many(db, rules, account, judged)?
    {
        ledger.account.refused.push(refused);
        return Ok(());
    }
    db.execute(&format!("INSERT OR IGNORE INTO due SELECT asset FROM origins WHERE {gone}"), bound)?;
    let sql = format!(
        "UPDATE asset_rows SET last = o.seen FROM (SELECT asset, seen FROM origins WHERE {gone}) AS o
         WHERE id = o.asset AND coalesce(last, 0) < o.seen"
    );
    db.execute(&sql, bound)?;
    db.execute(&format!("DELETE FROM origins WHERE {gone}"), bound).map(drop)
}

/// The kind of which more would go than is allowed, if there is one. What goes with a device does not count.
fn too_many(
    db: &Connection,
    rules: Rules,
    account: &DatasetReceipt,
    judged: &Judged,
) -> rusqlite::Result<Option<Refused>> {
    let Judged { dataset, pass, .. } = *judged;
    let seen = "SELECT EXISTS (SELECT 1 FROM origins WHERE dataset = ?1 AND seen >= ?2)";
    let is_empty = !db.query_row(seen, (dataset, pass), |row| row.get::<_, bool>(0))?;
    let sql = "SELECT w.text, count(*), sum(o.seen < ?2 AND o.misses > ?3)
               FROM origins AS o JOIN asset_rows AS a ON a.id = o.asset JOIN words AS w ON w.id = a.kind
               WHERE o.dataset = ?1 AND o.lapsed = 0 AND a.state IN (?4, ?5)
                 AND o.asset NOT IN (SELECT asset FROM hanging)
               GROUP BY a.kind ORDER BY 3 DESC";
    let mut statement = db.prepare(sql)?;
    let (active, out) = (State::Active.number(), State::OutOfScope.number());
    let mut rows = statement.query((dataset, pass, rules.grace_runs, active, out))?;
    while let Some(row) = rows.next()? {
        let (known, missing) = (count(row.get(1)?), count(row.get(2)?));
        let too_many = missing > ALWAYS_ALLOWED && missing * 100 > known * u64::from(rules.max_delete_percent);
        if missing > 0 && (is_empty || too_many) {
            return Ok(Some(Refused {
                dataset: account.dataset.clone(),
                kind: row.get(0)?,
                missing,
                known,
                limit_percent: rules.max_delete_percent,
            }));
        }
    }
    Ok(None)
}

/// What no dataset claims any more is gone. What is claimed only by datasets that do not look for it is out of scope.
fn settle(db: &Connection, ledger: &mut Ledger, judged: &[Judged]) -> rusqlite::Result<()> {
    let claims = "SELECT 1 FROM origins AS c WHERE c.dataset IN (SELECT id FROM datasets) AND c.asset = asset_rows.id";
    let leave = |from: &str| {
        format!(
            "UPDATE asset_rows SET state = ?1 WHERE state = ?2 AND id IN ({from})
             AND EXISTS ({claims}) AND NOT EXISTS ({claims} AND c.lapsed = 0)"
        )
    };
    let (out, active) = (State::OutOfScope.number(), State::Active.number());
    let mut left = db.execute(&leave("SELECT asset FROM due"), (out, active))?;
    for Judged { dataset, pass, .. } in judged {
        let lapsed = leave("SELECT asset FROM origins WHERE dataset = ?3 AND seen < ?4 AND lapsed = 1");
        left += db.execute(&lapsed, (out, active, dataset, pass))?;
    }
    ledger.account.out_of_scope += left as u64;
    let sql = format!(
        "DELETE FROM due WHERE asset NOT IN
         (SELECT id FROM asset_rows WHERE id IN (SELECT asset FROM due) AND state IN (?1, ?2) AND NOT EXISTS ({claims}))"
    );
    db.execute(&sql, (out, active)).map(drop)
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
