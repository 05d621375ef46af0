//! The few operators of the Kusto query language that a collector needs to read a table in shards. Anything else is
//! refused rather than answered wrongly.

use super::error::ApiError;
use crate::wire::Shard;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A row of a table or of a result.
pub(super) type Row = Map<String, Value>;

/// A query, understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pipeline {
    pub(super) table: String,
    /// What is done to the rows, one after another.
    pub(super) stages: Vec<Stage>,
}

/// One operator.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Keeps the rows for which one of the lists holds as a whole.
    Where(Vec<Vec<Condition>>),
    Project(Vec<String>),
    Take(usize),
    Count,
    /// One row for each combination of the columns in `by`.
    Summarize {
        columns: Vec<(String, Aggregate)>,
        by: Vec<(String, String)>,
    },
    /// By these columns, smallest first.
    Order(Vec<String>),
}

/// What holds for a row, or does not.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Condition {
    is: bool,
    test: Test,
}

#[derive(Debug, PartialEq, Eq)]
enum Test {
    /// `hash(DeviceId, n) == k`.
    Shard(Shard),
    IsEmpty(String),
    Equals(String, String),
    StartsWith(String, String),
    EndsWith(String, String),
}

/// What becomes of the values of a column.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Aggregate {
    Max(String),
    TakeAny(String),
    /// All values in order, with commas between them.
    Set(String),
    /// Whether it is true in any row.
    Any(String),
}

impl Pipeline {
    pub(super) fn parse(query: &str) -> Result<Self, ApiError> {
        let mut stages = query.split('|').map(str::trim);
        let table = stages.next().unwrap_or_default();
        if table.is_empty() || !is_name(table) {
            return Err(refused(table));
        }
        let stages = stages.map(|stage| Stage::parse(stage).ok_or_else(|| refused(stage))).collect::<Result<_, _>>()?;
        Ok(Self { table: table.to_owned(), stages })
    }
}

fn refused(stage: &str) -> ApiError {
    let shown: String = stage.trim().chars().take(80).collect();
    ApiError::bad_request(format!(
        "The double does not understand '{}'. It knows a table, 'where', 'project', 'summarize', 'order by', 'take', \
         'limit' and 'count', in the forms that its documentation lists.",
        shown.escape_default()
    ))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn name(text: &str) -> Option<String> {
    let text = text.trim();
    is_name(text).then(|| text.to_owned())
}

/// The argument of a function.
fn argument<'a>(text: &'a str, function: &str) -> Option<&'a str> {
    text.trim().strip_prefix(function)?.strip_prefix('(')?.strip_suffix(')')
}

impl Stage {
    fn parse(stage: &str) -> Option<Self> {
        let (operator, rest) = stage.split_once(char::is_whitespace).unwrap_or((stage, ""));
        Some(match operator {
            "take" | "limit" => Self::Take(rest.trim().parse().ok()?),
            "project" => Self::Project(rest.split(',').map(|name| name.trim().to_owned()).collect()),
            "count" if rest.is_empty() => Self::Count,
            "where" => {
                let all = |any: &str| any.split(" and ").map(Condition::parse).collect::<Option<_>>();
                Self::Where(rest.split(" or ").map(all).collect::<Option<_>>()?)
            }
            "order" => {
                let one = |column: &str| name(column.trim().strip_suffix(" asc")?);
                Self::Order(rest.trim().strip_prefix("by ")?.split(',').map(one).collect::<Option<_>>()?)
            }
            "summarize" => {
                let (columns, by) = rest.split_once(" by ")?;
                let column = |text: &str| {
                    let (to, from) = text.split_once('=')?;
                    Some((name(to)?, Aggregate::parse(from)?))
                };
                let key = |text: &str| match text.split_once('=') {
                    Some((to, from)) => Some((name(to)?, name(from)?)),
                    None => Some((name(text)?, name(text)?)),
                };
                Self::Summarize {
                    columns: arguments(columns).into_iter().map(column).collect::<Option<_>>()?,
                    by: by.split(',').map(key).collect::<Option<_>>()?,
                }
            }
            _ => return None,
        })
    }

    /// Whether rows that follow do not change what became of those before.
    pub(super) fn is_row_by_row(&self) -> bool {
        matches!(self, Self::Where(_) | Self::Project(_))
    }

    /// The shard that it keeps the rows of, if it keeps no others.
    pub(super) fn shard(&self) -> Option<Shard> {
        let Self::Where(any) = self else { return None };
        let [all] = any.as_slice() else { return None };
        all.iter().find_map(|condition| match condition {
            Condition { is: true, test: Test::Shard(shard) } => Some(*shard),
            _ => None,
        })
    }

    /// Takes a row or drops it.
    pub(super) fn filter(&self, row: &mut Row) -> Result<bool, ApiError> {
        match self {
            Self::Where(any) => {
                for all in any {
                    let mut holds = true;
                    for condition in all {
                        holds &= condition.holds(row)?;
                    }
                    if holds {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Project(columns) => {
                if let Some(unknown) = columns.iter().find(|column| !row.contains_key(*column)) {
                    return Err(unresolved("project", unknown));
                }
                row.retain(|name, _| columns.contains(name));
                Ok(true)
            }
            _ => Ok(true),
        }
    }

    /// What becomes of all rows.
    pub(super) fn apply(&self, mut rows: Vec<Row>) -> Result<Vec<Row>, ApiError> {
        match self {
            Self::Where(_) | Self::Project(_) => {
                let mut kept = Vec::new();
                for mut row in rows {
                    if self.filter(&mut row)? {
                        kept.push(row);
                    }
                }
                rows = kept;
            }
            Self::Take(most) => rows.truncate(*most),
            Self::Count => rows = vec![Row::from_iter([("Count".to_owned(), rows.len().into())])],
            Self::Summarize { columns, by } => return summarize(&rows, columns, by),
            Self::Order(columns) => {
                rows.sort_by_cached_key(|row| columns.iter().map(|column| text(row, column)).collect::<Vec<_>>());
            }
        }
        Ok(rows)
    }
}

/// Texts between commas that are in no parentheses and no quotes.
fn arguments(text: &str) -> Vec<&str> {
    let (mut depth, mut is_quoted, mut start, mut all) = (0_i32, false, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '"' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => depth -= 1,
            ',' if !is_quoted && depth == 0 => {
                all.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    all.push(&text[start..]);
    all
}

impl Condition {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(inner) = argument(text, "not") {
            return Self::parse(inner).map(|condition| Self { is: !condition.is, ..condition });
        }
        let test = if let Some(column) = argument(text, "isempty") {
            Test::IsEmpty(name(column)?)
        } else if let Some(shard) = text.strip_prefix("hash(") {
            let shard: String = shard.chars().filter(|c| !c.is_whitespace()).collect();
            let (shards, wanted) = shard.strip_prefix("DeviceId,")?.split_once(")==")?;
            let (shards, wanted) = (shards.parse().ok()?, wanted.parse().ok()?);
            if wanted >= shards {
                return None;
            }
            Test::Shard(Shard { of: shards, number: wanted })
        } else {
            let mut words = text.splitn(3, ' ');
            let (column, operator, value) = (name(words.next()?)?, words.next()?, words.next()?);
            let value = value.trim().strip_prefix('"')?.strip_suffix('"')?.to_owned();
            match operator {
                "==" => Test::Equals(column, value),
                "startswith" => Test::StartsWith(column, value.to_ascii_lowercase()),
                "endswith" => Test::EndsWith(column, value.to_ascii_lowercase()),
                _ => return None,
            }
        };
        Some(Self { is: true, test })
    }

    fn holds(&self, row: &Row) -> Result<bool, ApiError> {
        let known = |column: &str| {
            if row.contains_key(column) { Ok(text(row, column)) } else { Err(unresolved("where", column)) }
        };
        let holds = match &self.test {
            Test::Shard(shard) => shard.has(&known("DeviceId")?),
            Test::IsEmpty(column) => known(column)?.is_empty(),
            Test::Equals(column, value) => known(column)? == *value,
            Test::StartsWith(column, value) => known(column)?.to_ascii_lowercase().starts_with(value),
            Test::EndsWith(column, value) => known(column)?.to_ascii_lowercase().ends_with(value),
        };
        Ok(holds == self.is)
    }
}

impl Aggregate {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(column) = argument(text, "max") {
            Some(Self::Max(name(column)?))
        } else if let Some(column) = argument(text, "take_any") {
            Some(Self::TakeAny(name(column)?))
        } else if let Some(counted) = text.strip_suffix("> 0") {
            Some(Self::Any(name(argument(counted, "countif")?)?))
        } else {
            let array = argument(text, "strcat_array")?.strip_suffix(", \",\"")?;
            Some(Self::Set(name(argument(argument(array, "array_sort_asc")?, "make_set")?)?))
        }
    }

    fn column(&self) -> &str {
        match self {
            Self::Max(column) | Self::TakeAny(column) | Self::Set(column) | Self::Any(column) => column,
        }
    }

    fn of(&self, rows: &[&Row]) -> Value {
        let texts = || rows.iter().map(|row| text(row, self.column()));
        match self {
            Self::Max(_) => texts().max().into(),
            Self::TakeAny(_) => texts().next().into(),
            Self::Set(_) => texts().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(",").into(),
            // Booleans come as 0 and 1.
            Self::Any(_) => u32::from(texts().any(|text| text == "1")).into(),
        }
    }
}

fn summarize(rows: &[Row], columns: &[(String, Aggregate)], by: &[(String, String)]) -> Result<Vec<Row>, ApiError> {
    if let Some(first) = rows.first() {
        let used = columns.iter().map(|(_, aggregate)| aggregate.column()).chain(by.iter().map(|(_, from)| &**from));
        if let Some(unknown) = used.into_iter().find(|column| !first.contains_key(*column)) {
            return Err(unresolved("summarize", unknown));
        }
    }
    let mut groups: BTreeMap<Vec<String>, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        groups.entry(by.iter().map(|(_, from)| text(row, from)).collect()).or_default().push(row);
    }
    let one = |(key, rows): (Vec<String>, Vec<&Row>)| {
        let keys = by.iter().map(|(to, _)| to.clone()).zip(key.into_iter().map(Value::from));
        keys.chain(columns.iter().map(|(to, aggregate)| (to.clone(), aggregate.of(&rows)))).collect()
    };
    Ok(groups.into_iter().map(one).collect())
}

fn unresolved(operator: &str, column: &str) -> ApiError {
    ApiError::bad_request(format!("'{operator}' operator: Failed to resolve '{}'.", column.escape_default()))
}

/// A value as text: numbers in their spelling, nothing as nothing.
fn text(row: &Row, column: &str) -> String {
    match row.get(column) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn run(query: &str, rows: &[Value]) -> Result<Vec<Row>, ApiError> {
        let rows = rows.iter().map(|row| row.as_object().unwrap().clone()).collect();
        Pipeline::parse(query)?.stages.iter().try_fold(rows, |rows, stage| stage.apply(rows))
    }

    fn logons() -> Vec<Value> {
        let row = |device: &str, sid: &str, kind: &str, time: &str, admin: u32| json!({ "DeviceId": device, "Sid": sid, "Kind": kind, "Time": time, "Admin": admin });
        vec![
            row("b", "S-1-5-21-1", "Network", "2026-01-02", 0),
            row("a", "S-1-5-18", "Service", "2026-01-03", 1),
            row("b", "S-1-5-21-1", "Interactive", "2026-01-01", 1),
            row("a", "", "Network", "2026-01-01", 0),
        ]
    }

    #[test]
    fn queries_are_understood_or_refused() {
        let plan =
            Pipeline::parse("DeviceInfo | where hash(DeviceId, 8) == 3 | project DeviceId, OSPlatform | take 10");
        let plan = plan.unwrap();
        assert_eq!(plan.table, "DeviceInfo");
        assert_eq!(
            plan.stages[0],
            Stage::Where(vec![vec![Condition { is: true, test: Test::Shard(Shard { of: 8, number: 3 }) }]])
        );
        assert_eq!(plan.stages[1], Stage::Project(vec!["DeviceId".into(), "OSPlatform".into()]));
        assert_eq!(plan.stages[2], Stage::Take(10));
        assert_eq!(Pipeline::parse("DeviceInfo\n| count").unwrap().stages, [Stage::Count]);
        for query in [
            "",
            "print 1",
            "DeviceInfo | summarize count()",
            "DeviceInfo | where hash(DeviceId, 2) == 2",
            "A|take x",
            "A | order by x",
            "A | where x contains \"y\"",
            "A | summarize a = avg(x) by y",
            "A | summarize a = max(x) by bin(y)",
        ] {
            assert!(Pipeline::parse(query).is_err(), "{query}");
        }
    }

    #[test]
    fn rows_are_kept_by_what_holds() {
        let count = |query: &str| run(query, &logons()).map(|rows| rows.len());
        assert_eq!(count("T | where isempty(Sid) or Sid startswith \"s-1-5-21-\""), Ok(3));
        assert_eq!(count("T | where not(Sid endswith \"8\") and Kind == \"Network\""), Ok(2));
        assert!(count("T | where Nothing == \"x\"").is_err());
        let shards: usize = (0..4).map(|n| count(&format!("T | where hash(DeviceId, 4) == {n}")).unwrap()).sum();
        assert_eq!(shards, 4);
        for n in 0..2 {
            let halves = count(&format!("T | where hash(DeviceId, 4) == {n} or hash(DeviceId, 4) == {}", n + 2));
            assert_eq!(count(&format!("T | where hash(DeviceId, 2) == {n}")), halves, "a remainder");
        }
    }

    #[test]
    fn rows_are_summed_up_and_ordered() {
        let query = "T | summarize last = max(Time), kinds = strcat_array(array_sort_asc(make_set(Kind)), \",\"), \
                     admin = countif(Admin) > 0, any = take_any(Kind) by id = DeviceId, Sid | order by id asc, Sid asc";
        let rows: Vec<Value> = run(query, &logons()).unwrap().into_iter().map(Value::Object).collect();
        assert_eq!(
            rows,
            [
                json!({ "id": "a", "Sid": "", "last": "2026-01-01", "kinds": "Network", "admin": 0, "any": "Network" }),
                json!({ "id": "a", "Sid": "S-1-5-18", "last": "2026-01-03", "kinds": "Service", "admin": 1, "any": "Service" }),
                json!({ "id": "b", "Sid": "S-1-5-21-1", "last": "2026-01-02", "kinds": "Interactive,Network", "admin": 1, "any": "Network" }),
            ]
        );
        assert!(run("T | summarize a = max(Nothing) by DeviceId", &logons()).is_err());
        assert!(run("T | summarize a = max(Nothing) by DeviceId", &[]).unwrap().is_empty());
    }
}
