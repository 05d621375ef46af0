//! `inventory`: what is known, and what happened to it.

use super::args::{Inventory as Args, Place, Question};
use super::exit::Exit;
use super::out::{Form, Out, ended, pretty, print, print_json};
use super::page::table;
use super::tell::tell;
use crate::clock::{self, Clock};
use crate::config::Settings;
use crate::escape::whole_line;
use crate::inventory::{Cell, Change, Inspection, InventoryError, Reader, Rows, Summary, Verdict};
use indicatif::HumanBytes;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

pub(super) fn run(args: Args) -> Result<(), Exit> {
    let reader = Reader::open(&place(args.place)?)?;
    match args.question {
        Question::Summary => {
            let summary = reader.summary()?;
            match args.json {
                true => print_json(&summary_json(&summary)),
                false => print(&summary_text(&summary), Form::Text),
            }
        }
        Question::Changes { since } => changes(&reader, since_when(&since, Clock::real().now())?, args.json),
        Question::Show { key } => show(&reader, &key, args.json),
        Question::Sql { statement, limit } => sql(&reader, &statement, limit, args.json),
        Question::Export => export(&reader),
        Question::Verify => verify(&reader, args.json),
    }
}

fn place(place: Place) -> Result<PathBuf, Exit> {
    match (place.path, place.config) {
        (Some(path), _) => Ok(path),
        (None, Some(config)) => {
            let settings = Settings::load(&config)?;
            if settings.inventory.is_none() {
                let problem = "has no inventory; add `inventory = true` to its [state] and run the source";
                return Err(Exit::usage(format!("{} {problem}", config.display())));
            }
            Ok(settings.state_path)
        }
        (None, None) => Err(Exit::usage("which inventory? give --config FILE or --path FILE")),
    }
}

/// A moment, or a span back from now, as time since 1970.
fn since_when(text: &str, now: Duration) -> Result<Duration, Exit> {
    let span = || {
        let unit = match text.chars().last()? {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 24 * 3600,
            _ => return None,
        };
        let number: u64 = text[..text.len() - 1].parse().ok()?;
        Some(now.saturating_sub(Duration::from_secs(number.checked_mul(unit)?)))
    };
    let moment = || clock::parse(text).or_else(|| clock::parse(&format!("{text}T00:00:00Z")));
    span().or_else(moment).ok_or_else(|| {
        Exit::usage("--since: neither a time like 2026-01-31T06:00:00Z or 2026-01-31 nor a span like 90m, 24h or 7d")
    })
}

fn changes(reader: &Reader, since: Duration, as_json: bool) -> Result<(), Exit> {
    let mut out = Out::new(if as_json { Form::Json } else { Form::Text });
    let each = |Change { at, what, kind, key }: Change| {
        out.line(&if as_json {
            json!({ "at": at, "change": what, "kind": kind, "key": key }).to_string()
        } else {
            format!("{at}  {what:<12}  {:<14}  {}", whole_line(&kind), whole_line(&key))
        })
    };
    ended(reader.changes(since, each).and_then(|()| out.end()))
}

fn export(reader: &Reader) -> Result<(), Exit> {
    let mut out = Out::new(Form::Json);
    ended(reader.export(|document| out.line(document)).and_then(|()| out.end()))
}

fn show(reader: &Reader, key: &str, as_json: bool) -> Result<(), Exit> {
    let found = reader.show(key)?.ok_or_else(|| InventoryError::Query {
        problem: format!("no asset has the key {key}; keys are in the view `assets`"),
    })?;
    match as_json {
        true => print_json(&inspection_json(&found)),
        false => print(&inspection_text(&found), Form::Text),
    }
}

fn inspection_text(found: &Inspection) -> String {
    let asset = &found.asset;
    let mut out = String::new();
    let unknown = || "-".to_owned();
    for (name, value) in [
        ("key", asset.key.clone()),
        ("kind", asset.kind.clone()),
        ("state", asset.state.clone()),
        ("first seen", asset.first_seen.clone().unwrap_or_else(unknown)),
        ("changed", asset.changed.clone().unwrap_or_else(unknown)),
        ("last seen", asset.last_seen.clone().unwrap_or_else(unknown)),
        ("gone", asset.gone.clone().unwrap_or_else(unknown)),
    ] {
        let _ = writeln!(out, "{name:<12} {}", whole_line(&value));
    }
    for (dataset, run) in &found.datasets {
        let _ = writeln!(out, "{:<12} {}, run {}", "dataset", whole_line(dataset), whole_line(run));
    }
    for relation in &found.relations {
        let _ = writeln!(out, "{:<12} {} {}", "relation", whole_line(&relation.rel), whole_line(&relation.key));
    }
    let _ = writeln!(out, "{:<12} {}", "related", found.related);
    if let Some(document) = &found.document {
        let document: Value = serde_json::from_str(document).unwrap_or_else(|_| document.clone().into());
        out.push_str(&pretty(&document));
    }
    out
}

fn inspection_json(found: &Inspection) -> Value {
    let asset = &found.asset;
    let document = found.document.as_deref().and_then(|document| serde_json::from_str::<Value>(document).ok());
    json!({
        "key": asset.key,
        "kind": asset.kind,
        "state": asset.state,
        "first_seen": asset.first_seen,
        "changed": asset.changed,
        "last_seen": asset.last_seen,
        "last_seen_run": asset.last_seen_run,
        "gone": asset.gone,
        "datasets": found.datasets.iter()
            .map(|(dataset, run)| json!({ "dataset": dataset, "last_seen_run": run })).collect::<Vec<_>>(),
        "relations": found.relations.iter()
            .map(|relation| json!({ "rel": relation.rel, "key": relation.key })).collect::<Vec<_>>(),
        "related": found.related,
        "document": document,
    })
}

fn summary_text(summary: &Summary) -> String {
    let mut rows = vec![["kind", "", "active", "merged", "out of scope", "deleted"].map(str::to_owned)];
    rows.extend(summary.kinds.iter().map(|kind| {
        let count = |number: u64| number.to_string();
        let (active, merged) = (count(kind.active), count(kind.merged));
        [whole_line(&kind.kind), String::new(), active, merged, count(kind.out_of_scope), count(kind.deleted)]
    }));
    let mut out = table(&rows, 2);
    let mut rows = vec![["dataset", "last complete", "assets", "missing"].map(str::to_owned)];
    rows.extend(summary.datasets.iter().map(|dataset| {
        let complete = dataset.complete.clone().unwrap_or_else(|| "never".to_owned());
        [whole_line(&dataset.dataset), complete, dataset.assets.to_string(), dataset.missing.to_string()]
    }));
    let _ = write!(out, "\n{}\n", table(&rows, 2));
    let _ = match &summary.last_run {
        None => writeln!(out, "no run yet"),
        Some((run, started, Some(finished))) => writeln!(out, "last run {run}: {started} to {finished}"),
        Some((run, started, None)) => writeln!(out, "last run {run}: {started}, not finished"),
    };
    let _ = writeln!(out, "{} relations, {}", summary.relations, HumanBytes(summary.bytes));
    out
}

fn summary_json(summary: &Summary) -> Value {
    json!({
        "kinds": summary.kinds.iter().map(|kind| json!({
            "kind": kind.kind,
            "active": kind.active,
            "merged": kind.merged,
            "out_of_scope": kind.out_of_scope,
            "deleted": kind.deleted,
        })).collect::<Vec<_>>(),
        "datasets": summary.datasets.iter().map(|dataset| json!({
            "dataset": dataset.dataset,
            "last_complete": dataset.complete,
            "assets": dataset.assets,
            "missing": dataset.missing,
        })).collect::<Vec<_>>(),
        "relations": summary.relations,
        "last_run": summary.last_run.as_ref()
            .map(|(run, started, finished)| json!({ "run": run, "started": started, "finished": finished })),
        "bytes": summary.bytes,
    })
}

fn sql(reader: &Reader, statement: &str, limit: u64, as_json: bool) -> Result<(), Exit> {
    let form = if as_json { Form::Json } else { Form::Text };
    let mut shown = Shown { out: Out::new(form), as_json, columns: Vec::new() };
    let asked = reader.rows(statement, Some(limit).filter(|limit| *limit > 0), &mut shown);
    let is_cut = match asked.and_then(|is_cut| shown.out.end().map(|()| is_cut)) {
        Err(exit) if exit.is_gone() => return Ok(()),
        other => other?,
    };
    if is_cut {
        tell(format_args!("only the first {limit} rows are shown; --limit ROWS shows more, --limit 0 all"));
    }
    Ok(())
}

/// A result on the standard output.
struct Shown {
    out: Out,
    as_json: bool,
    columns: Vec<String>,
}

impl Rows for Shown {
    type Error = Exit;

    fn columns(&mut self, names: Vec<String>) -> Result<(), Exit> {
        if !self.as_json {
            self.out.line(&text_line(names.iter().map(|name| whole_line(name))))?;
        }
        self.columns = names;
        Ok(())
    }

    fn row(&mut self, cells: Vec<Cell>) -> Result<(), Exit> {
        self.out.line(&match self.as_json {
            true => json_line(&self.columns, cells),
            false => text_line(cells.iter().map(cell_text)),
        })
    }
}

/// Tab-separated. Tabs and line ends in values are blanks already.
fn text_line(values: impl Iterator<Item = String>) -> String {
    values.collect::<Vec<_>>().join("\t")
}

fn cell_text(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Text(text) => whole_line(text),
    }
}

fn json_line(columns: &[String], cells: Vec<Cell>) -> String {
    let value = |cell: Cell| match cell {
        Cell::Null => Value::Null,
        Cell::Integer(number) => number.into(),
        Cell::Real(number) => number.into(),
        Cell::Text(text) => text.into(),
    };
    Value::Object(columns.iter().cloned().zip(cells.into_iter().map(value)).collect()).to_string()
}

/// Damage ends with the code of a file that has to be changed before anything helps.
fn verify(reader: &Reader, as_json: bool) -> Result<(), Exit> {
    let verdict = reader.verify()?;
    match as_json {
        true => print_json(&verdict_json(&verdict))?,
        false => print(&verdict_text(&verdict), Form::Text)?,
    }
    match verdict.is_sound() {
        true => Ok(()),
        false => Err(reader.damaged(&verdict).into()),
    }
}

fn verdict_text(verdict: &Verdict) -> String {
    let Verdict { assets, documents, relations, problems, more } = verdict;
    let mut out = String::new();
    for problem in problems {
        let _ = writeln!(out, "{}", whole_line(problem));
    }
    if *more > 0 {
        let _ = writeln!(out, "and {more} more");
    }
    let end = if verdict.is_sound() { "; all of it is sound" } else { "" };
    let _ = writeln!(out, "looked at {assets} assets, {documents} documents, {relations} relations{end}");
    out
}

fn verdict_json(verdict: &Verdict) -> Value {
    json!({
        "sound": verdict.is_sound(),
        "assets": verdict.assets,
        "documents": verdict.documents,
        "relations": verdict.relations,
        "problems": verdict.problems,
        "more": verdict.more,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_moments_or_spans() {
        let now = Duration::from_secs(1_000_000);
        for (text, expected) in [
            ("1970-01-02", Some(86_400)),
            ("1970-01-02T00:00:01Z", Some(86_401)),
            ("10s", Some(999_990)),
            ("90m", Some(994_600)),
            ("1d", Some(913_600)),
            ("9999999d", Some(0)),
            ("d", None),
            ("1w", None),
            ("", None),
            ("yesterday", None),
            ("99999999999999999999h", None),
        ] {
            assert_eq!(since_when(text, now).ok(), expected.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn results_stay_on_their_line() {
        let columns = ["a".to_owned(), "b".to_owned()];
        let rows = [[Cell::Text("x\ty\n".into()), Cell::Null], [Cell::Integer(1), Cell::Real(0.5)]];
        let text = rows.each_ref().map(|row| text_line(row.iter().map(cell_text)));
        assert_eq!(text, ["x y \t", "1\t0.5"]);
        let json = rows.map(|row| json_line(&columns, row.to_vec()));
        assert_eq!(json, ["{\"a\":\"x\\ty\\n\",\"b\":null}", "{\"a\":1,\"b\":0.5}"]);
    }
}
