//! What rests on a device goes with it: its addresses, what is installed on it, log-ons, findings. In the run in which the
//! device goes, whatever became of the datasets that tell of them.
//!
//! | an asset | goes with a device |
//! |---|---|
//! | with a relation by which it rests on that device, and on no other device that is there | yes |
//! | anything else: what the tenant has, what rests on another device too, on a device that a filter leaves out, or on one that nobody told of | no |
//!
//! A device is an asset of a dataset that others need, and rests on nothing itself. Relations are found by their sources
//! alone, so all of them are looked at: once for all devices that go in a run, and not at all where none goes.

use super::judged::Judged;
use super::rests_on;
use super::state::State;
use super::targets::Targets;
use rusqlite::Connection;

/// Notes that a device is gone, until the run ends.
pub(super) fn note(db: &Connection, asset: i64) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT OR IGNORE INTO departed VALUES (?1)")?.execute([asset]).map(drop)
}

/// Makes the tables of [`gather`], empty.
pub(super) fn prepare(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS leaving (asset INTEGER PRIMARY KEY);
         CREATE TEMP TABLE IF NOT EXISTS hanging (asset INTEGER NOT NULL, device INTEGER NOT NULL,
           PRIMARY KEY (asset, device)) WITHOUT ROWID;
         DELETE FROM leaving; DELETE FROM hanging;",
    )
}

/// Finds the devices that went since the last end of a run, and those that these snapshots missed often enough: they are
/// left in the temporary table `leaving`, and what rests on them in `hanging`.
pub(super) fn gather(db: &Connection, targets: &Targets, grace_runs: u32, roots: &[Judged]) -> rusqlite::Result<()> {
    let kinds = targets.kinds();
    let of_kind = "SELECT w.id FROM words AS w JOIN json_each(?1) AS k ON k.value = w.text";
    let gone = gone();
    let departed = format!(
        "INSERT INTO leaving SELECT d.asset FROM departed AS d JOIN asset_rows AS a ON a.id = d.asset
         WHERE a.state IN ({gone}) AND a.kind IN ({of_kind})"
    );
    db.execute(&departed, [&kinds])?;
    let relations = rests_on::relations();
    let missed = format!(
        "INSERT OR IGNORE INTO leaving SELECT o.asset FROM origins AS o JOIN asset_rows AS a ON a.id = o.asset
         WHERE o.dataset = ?2 AND o.seen < ?3 AND o.misses > ?4 AND o.lapsed = 0 AND a.state NOT IN ({gone})
           AND a.kind IN ({of_kind})
           AND NOT EXISTS (SELECT 1 FROM relation_rows AS r WHERE r.source = o.asset AND r.rel IN ({relations}))"
    );
    for Judged { dataset, pass, .. } in roots {
        db.execute(&missed, (&kinds, dataset, pass, grace_runs))?;
    }
    if !db.query_row("SELECT EXISTS (SELECT 1 FROM leaving)", [], |row| row.get::<_, bool>(0))? {
        return Ok(());
    }
    db.execute(&hanging(), [])?;
    spare(db)
}

/// Releases every claim on what rests on the devices that are gone, and adds it to the temporary table `due`. Of the
/// devices that snapshots missed, those are gone that are in that table and have no claim left.
pub(super) fn let_go(db: &Connection) -> rusqlite::Result<()> {
    let gone = gone();
    db.execute_batch(&format!(
        "DELETE FROM departed;
         DELETE FROM leaving WHERE asset NOT IN (
           SELECT a.id FROM leaving AS l JOIN asset_rows AS a ON a.id = l.asset
           WHERE a.state IN ({gone}) OR a.id IN (SELECT asset FROM due) AND NOT EXISTS (
             SELECT 1 FROM origins AS o WHERE o.dataset IN (SELECT id FROM datasets) AND o.asset = a.id));
         DELETE FROM hanging WHERE device NOT IN (SELECT asset FROM leaving);"
    ))?;
    spare(db)?;
    db.execute_batch(
        "INSERT OR IGNORE INTO due SELECT asset FROM hanging;
         UPDATE asset_rows SET last = o.seen FROM (
           SELECT asset, max(seen) AS seen FROM origins
           WHERE dataset IN (SELECT id FROM datasets) AND asset IN (SELECT asset FROM hanging) GROUP BY asset) AS o
         WHERE id = o.asset AND coalesce(last, 0) < o.seen;
         DELETE FROM origins WHERE dataset IN (SELECT id FROM datasets) AND asset IN (SELECT asset FROM hanging);",
    )
}

/// The statement that finds what rests on what leaves. CROSS JOIN: this order, since no index leads from a target to its
/// sources.
fn hanging() -> String {
    let (relations, gone) = (rests_on::relations(), gone());
    format!(
        "INSERT OR IGNORE INTO hanging SELECT r.source, r.target
         FROM relation_rows AS r CROSS JOIN leaving AS l ON l.asset = r.target
           CROSS JOIN asset_rows AS a ON a.id = r.source
         WHERE r.rel IN ({relations}) AND a.state NOT IN ({gone})"
    )
}

/// Leaves out what rests on another device that stays: another asset whose key begins like that of the one that goes.
fn spare(db: &Connection) -> rusqlite::Result<()> {
    let (relations, gone) = (rests_on::relations(), gone());
    db.execute(
        &format!(
            "DELETE FROM hanging WHERE EXISTS (
               SELECT 1 FROM relation_rows AS r JOIN asset_rows AS t ON t.id = r.target
                 JOIN asset_rows AS d ON d.id = hanging.device AND d.stem = t.stem
               WHERE r.source = hanging.asset AND r.rel IN ({relations})
                 AND coalesce(t.state, -1) NOT IN ({gone}) AND t.id NOT IN (SELECT asset FROM leaving))"
        ),
        [],
    )
    .map(drop)
}

/// The numbers of the states of what is gone.
fn gone() -> String {
    format!("{}, {}", State::Merged.number(), State::Deleted.number())
}

#[cfg(test)]
mod tests {
    use super::super::schema::{MIGRATIONS, migrate};
    use super::*;
    use crate::contract::Dataset;

    fn dataset(name: &str, kind: &str, needs: &[&str]) -> Dataset {
        Dataset {
            name: name.into(),
            description: String::new(),
            enabled_by_default: true,
            permissions: vec![],
            kinds: vec![kind.into()],
            strategies: vec![],
            needs: needs.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// Three devices, of which the first is merged; 20 and 21 rest on the first, 21 on the second too, 22 on the third.
    fn tenant() -> (Connection, Targets) {
        let db = Connection::open_in_memory().unwrap();
        migrate(&db, MIGRATIONS).unwrap();
        prepare(&db).unwrap();
        db.execute_batch(
            "CREATE TEMP TABLE due (asset INTEGER PRIMARY KEY);
             INSERT INTO words VALUES (1, 'device'), (2, 'finding'), (3, 'affects'), (4, 'part_of');
             INSERT INTO datasets VALUES (1, 'devices'), (2, 'findings');
             INSERT INTO asset_rows (id, spot, stem, local, kind, state) VALUES
               (10, 0, 1, 'a', 1, 1), (11, 0, 1, 'b', 1, 0), (12, 0, 1, 'c', 1, 0),
               (20, 0, 2, 'a/x', 2, 0), (21, 0, 2, 'a/y', 2, 0), (22, 0, 2, 'c/x', 2, 0), (23, 0, 2, 'x', 2, 0);
             INSERT INTO relation_rows VALUES (20, 3, 10), (20, 4, 23), (21, 3, 10), (21, 3, 11), (22, 3, 12), (23, 4, 10);
             INSERT INTO origins VALUES (1, 12, 1, 0, 2, 0, x''), (2, 20, 7, 0, 0, 0, x''), (2, 22, 7, 0, 0, 0, x'');",
        )
        .unwrap();
        let published = [dataset("devices", "device", &[]), dataset("findings", "finding", &["devices"])];
        (db, Targets::new(&published))
    }

    fn numbers(db: &Connection, sql: &str) -> Vec<i64> {
        let mut statement = db.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn what_rests_on_what_went_alone_is_due_and_claimed_by_nobody() {
        let (db, targets) = tenant();
        note(&db, 10).unwrap();
        note(&db, 10).unwrap();
        let roots = [Judged { dataset: 1, pass: 5, scope: 0 }];
        gather(&db, &targets, 1, &roots).unwrap();
        assert_eq!(numbers(&db, "SELECT asset FROM leaving ORDER BY 1"), [10, 12]);
        assert_eq!(numbers(&db, "SELECT asset FROM hanging ORDER BY 1"), [20, 22]);
        // The missed device stays: somebody refused to let it go.
        let_go(&db).unwrap();
        assert_eq!(numbers(&db, "SELECT asset FROM due"), [20]);
        assert_eq!(numbers(&db, "SELECT asset FROM origins ORDER BY 1"), [12, 22]);
        assert_eq!(numbers(&db, "SELECT last FROM asset_rows WHERE id = 20"), [7]);
        assert!(numbers(&db, "SELECT asset FROM departed").is_empty());
        // Now it goes.
        gather(&db, &targets, 1, &roots).unwrap();
        db.execute_batch("INSERT INTO due VALUES (12); DELETE FROM origins WHERE asset = 12").unwrap();
        let_go(&db).unwrap();
        assert_eq!(numbers(&db, "SELECT asset FROM due ORDER BY 1"), [12, 20, 22]);
    }

    #[test]
    fn relations_are_looked_at_once_and_only_where_a_device_went() {
        let (db, targets) = tenant();
        let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {}", hanging())).unwrap();
        let plan = statement.query_map([], |row| row.get::<_, String>(3)).unwrap();
        let plan: Vec<String> = plan.collect::<Result<_, _>>().unwrap();
        // The steps that go through a table, in their order: how, and which.
        let words = plan.iter().map(|step| step.split(' ').take(2).collect::<Vec<_>>().join(" "));
        let of_table = |step: &String| [" r", " l", " a"].iter().any(|table| step.ends_with(table));
        let steps: Vec<String> = words.filter(of_table).collect();
        assert_eq!(steps, ["SCAN r", "SEARCH l", "SEARCH a"], "{plan:?}");
        drop(statement);
        db.execute_batch("DROP TABLE relation_rows").unwrap();
        gather(&db, &targets, 1, &[]).unwrap();
        note(&db, 10).unwrap();
        assert!(gather(&db, &targets, 1, &[]).is_err());
    }
}
