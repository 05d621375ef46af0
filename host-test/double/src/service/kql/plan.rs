//! What a query does to the rows of its table, and the columns that come of it.

use super::bind::{Bound, Gathered, Scope, condition, distinct, named, place};
use super::error::{KqlError, semantic, syntax};
use super::evaluate::Given;
use super::parser::parse;
use super::syntax::{Comparison, Expression, Key, Named, Stage};
use super::value::{Column, Row, Value};
use crate::api::{Table, Type, hunting_table};
use crate::wire::Shard;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A query, understood.
pub(in crate::service) struct Plan {
    pub(in crate::service) table: &'static Table,
    /// Columns of the table.
    pub(in crate::service) source: Vec<Column>,
    /// Columns of the result, with or without rows.
    pub(in crate::service) columns: Vec<Column>,
    pub(in crate::service) steps: Vec<Step>,
}

/// What is done to rows.
pub(in crate::service) enum Step {
    Where(OfRow),
    Project(Vec<OfRow>),
    Take(usize),
    Count,
    /// One row for each group: the columns it is grouped by, and then these.
    Summarize(Summary),
    /// The row with the largest or smallest value of a column in each group; its columns are in another order then.
    Extreme {
        by: Vec<usize>,
        of: usize,
        is_largest: bool,
        columns: Vec<usize>,
    },
    Order(Vec<(usize, bool)>),
}

/// An expression on one row.
pub(in crate::service) struct OfRow(Bound);

/// Groups of rows and what becomes of each.
pub(in crate::service) struct Summary {
    by: Vec<Bound>,
    gathered: Vec<Gathered>,
    columns: Vec<Bound>,
}

impl Plan {
    /// Understands a query, or says why not.
    pub(in crate::service) fn of(text: &str) -> Result<Self, KqlError> {
        let query = parse(text)?;
        let table = hunting_table(&query.table).ok_or_else(|| {
            semantic(format!("Failed to resolve table or column expression named '{}'", query.table.escape_default()))
        })?;
        let source: Vec<Column> =
            table.columns.iter().map(|(name, of)| Column { name: (*name).to_owned(), of: *of }).collect();
        let (mut columns, mut steps) = (source.clone(), Vec::new());
        for stage in &query.stages {
            columns = add(stage, columns, &mut steps)?;
            distinct(&columns)?;
        }
        Ok(Self { table, source, columns, steps })
    }

    /// The devices that the rows are of, if the first steps keep no others.
    pub(in crate::service) fn shard(&self) -> Option<Shard> {
        let device = place(&self.source, "DeviceId").ok()?;
        self.steps
            .iter()
            .map_while(|step| if let Step::Where(OfRow(bound)) = step { Some(bound) } else { None })
            .find_map(|bound| shard(bound, device))
    }
}

fn shard(bound: &Bound, device: usize) -> Option<Shard> {
    match bound {
        Bound::And(left, right) => shard(left, device).or_else(|| shard(right, device)),
        Bound::Compare(left, Comparison::Equal, right) => {
            let (Bound::Call(function, arguments), Bound::Literal(Value::Whole(number))) = (&**left, &**right) else {
                return None;
            };
            match (function.name, arguments.as_slice()) {
                ("hash", [Bound::Column(column), Bound::Literal(Value::Whole(of))]) if *column == device => {
                    Some(Shard { of: u64::try_from(*of).ok()?, number: u64::try_from(*number).ok()? })
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Adds what an operator does and gives the columns behind it.
fn add(stage: &Stage, columns: Vec<Column>, steps: &mut Vec<Step>) -> Result<Vec<Column>, KqlError> {
    Ok(match stage {
        Stage::Where(wanted) => {
            steps.push(Step::Where(OfRow(condition(&columns, wanted)?)));
            columns
        }
        Stage::Project(values) => {
            let (bound, projected) = each(values, &columns)?;
            steps.push(Step::Project(bound.into_iter().map(OfRow).collect()));
            projected
        }
        Stage::Extend(values) => {
            let (bound, extended) = each(values, &columns)?;
            distinct(&extended)?;
            let mut all: Vec<Bound> = (0..columns.len()).map(Bound::Column).collect();
            let mut names = columns;
            for (bound, column) in bound.into_iter().zip(extended) {
                match names.iter().position(|known| known.name == column.name) {
                    Some(at) => (all[at], names[at]) = (bound, column),
                    None => {
                        all.push(bound);
                        names.push(column);
                    }
                }
            }
            steps.push(Step::Project(all.into_iter().map(OfRow).collect()));
            names
        }
        Stage::Distinct(names) => {
            let by: Vec<Named> =
                names.iter().map(|name| Named { name: None, value: Expression::Column(name.clone()) }).collect();
            summarize(&[], &by, &columns, steps)?
        }
        Stage::Take(most) => {
            steps.push(Step::Take(usize::try_from(*most).unwrap_or(usize::MAX)));
            columns
        }
        Stage::Count => {
            steps.push(Step::Count);
            vec![Column { name: "Count".into(), of: Type::Long }]
        }
        Stage::Summarize { columns: wanted, by } => match wanted.as_slice() {
            [Named { name: None, value: Expression::Call(name, of) }] if matches!(&**name, "arg_max" | "arg_min") => {
                extreme(name == "arg_max", of, by, &columns, steps)?
            }
            wanted => summarize(wanted, by, &columns, steps)?,
        },
        Stage::Order(keys) => {
            let keys = keys.iter().map(|one| key(one, &columns)).collect::<Result<_, _>>()?;
            steps.push(Step::Order(keys));
            columns
        }
        Stage::Top(most, by) => {
            steps.push(Step::Order(vec![key(by, &columns)?]));
            steps.push(Step::Take(usize::try_from(*most).unwrap_or(usize::MAX)));
            columns
        }
    })
}

/// Values of each row, and their columns.
fn each(values: &[Named], columns: &[Column]) -> Result<(Vec<Bound>, Vec<Column>), KqlError> {
    let (mut all, mut names) = (Vec::new(), Vec::new());
    for value in values {
        let (bound, of) = Scope { columns, gathered: None }.bind(&value.value)?;
        all.push(bound);
        names.push(Column { name: named(value)?, of });
    }
    Ok((all, names))
}

fn key(key: &Key, columns: &[Column]) -> Result<(usize, bool), KqlError> {
    let at = place(columns, &key.column)?;
    refuse_lists(&columns[at..=at])?;
    Ok((at, key.is_ascending))
}

fn refuse_lists(columns: &[Column]) -> Result<(), KqlError> {
    match columns.iter().any(|column| column.of == Type::Dynamic) {
        true => Err(semantic("The value of type 'dynamic' is not allowed in this context")),
        false => Ok(()),
    }
}

fn summarize(
    wanted: &[Named],
    by: &[Named],
    columns: &[Column],
    steps: &mut Vec<Step>,
) -> Result<Vec<Column>, KqlError> {
    let (by, mut names) = each(by, columns)?;
    refuse_lists(&names)?;
    let (mut gathered, mut values) = (Vec::new(), Vec::new());
    for one in wanted {
        let (bound, of) = Scope { columns, gathered: Some(&mut gathered) }.bind(&one.value)?;
        values.push(bound);
        names.push(Column { name: named(one)?, of });
    }
    steps.push(Step::Summarize(Summary { by, gathered, columns: values }));
    Ok(names)
}

/// `arg_max(column, *)`.
fn extreme(
    is_largest: bool,
    arguments: &[Expression],
    by: &[Named],
    columns: &[Column],
    steps: &mut Vec<Step>,
) -> Result<Vec<Column>, KqlError> {
    let [Expression::Column(of), Expression::All] = arguments else {
        return Err(syntax("arg_max and arg_min are understood as arg_max(column, *)"));
    };
    let of = place(columns, of)?;
    refuse_lists(&columns[of..=of])?;
    let mut places = Vec::new();
    for one in by {
        match (&one.name, &one.value) {
            (None, Expression::Column(name)) => places.push(place(columns, name)?),
            _ => return Err(syntax("arg_max and arg_min are understood with columns behind 'by' alone")),
        }
    }
    let by = places.clone();
    refuse_lists(&by.iter().map(|at| columns[*at].clone()).collect::<Vec<_>>())?;
    if by.contains(&of) {
        return Err(syntax("arg_max and arg_min are not understood of a column that rows are grouped by"));
    }
    places.push(of);
    places.extend((0..columns.len()).filter(|at| *at != of && !by.contains(at)));
    let names = places.iter().map(|at| columns[*at].clone()).collect();
    steps.push(Step::Extreme { by, of, is_largest, columns: places });
    Ok(names)
}

impl Step {
    /// Whether rows that follow do not change what becomes of those before.
    pub(in crate::service) fn is_row_by_row(&self) -> bool {
        matches!(self, Self::Where(_) | Self::Project(_))
    }

    /// What becomes of a row; nothing if it is dropped. Steps that look at many rows leave it.
    pub(in crate::service) fn row(&self, row: Row, now: i64) -> Option<Row> {
        let given = Given { row: &row, gathered: &[], now };
        match self {
            Self::Where(OfRow(bound)) => bound.holds(&given).then_some(row),
            Self::Project(values) => Some(values.iter().map(|OfRow(bound)| bound.value(&given)).collect()),
            _ => Some(row),
        }
    }

    /// What becomes of all rows.
    pub(in crate::service) fn rows(&self, mut rows: Vec<Row>, now: i64) -> Vec<Row> {
        match self {
            Self::Where(_) | Self::Project(_) => rows.into_iter().filter_map(|row| self.row(row, now)).collect(),
            Self::Take(most) => {
                rows.truncate(*most);
                rows
            }
            Self::Count => vec![vec![Value::Whole(i64::try_from(rows.len()).unwrap_or(i64::MAX))]],
            Self::Summarize(summary) => summary.rows(&rows, now),
            Self::Extreme { by, of, is_largest, columns } => {
                let mut groups: BTreeMap<Vec<String>, Row> = BTreeMap::new();
                for row in rows {
                    let key = by.iter().map(|at| row[*at].text()).collect();
                    let better = if *is_largest { Ordering::Greater } else { Ordering::Less };
                    match groups.get_mut(&key) {
                        Some(best) if row[*of].order(&best[*of]) != better => {}
                        Some(best) => *best = row,
                        None => drop(groups.insert(key, row)),
                    }
                }
                groups.into_values().map(|row| columns.iter().map(|at| row[*at].clone()).collect()).collect()
            }
            Self::Order(keys) => {
                rows.sort_by(|left, right| {
                    let by_key = keys.iter().map(|(at, is_ascending)| {
                        let order = left[*at].order(&right[*at]);
                        if *is_ascending { order } else { order.reverse() }
                    });
                    by_key.fold(Ordering::Equal, Ordering::then)
                });
                rows
            }
        }
    }
}

impl Summary {
    fn rows(&self, rows: &[Row], now: i64) -> Vec<Row> {
        let mut groups: BTreeMap<Vec<String>, (Row, Vec<&Row>)> = BTreeMap::new();
        for row in rows {
            let given = Given { row, gathered: &[], now };
            let key: Row = self.by.iter().map(|bound| bound.value(&given)).collect();
            let texts = key.iter().map(Value::text).collect();
            groups.entry(texts).or_insert_with(|| (key, Vec::new())).1.push(row);
        }
        // Without `by` there is one group, of no rows too.
        if self.by.is_empty() && groups.is_empty() {
            groups.insert(Vec::new(), (Vec::new(), Vec::new()));
        }
        let one = |(mut row, rows): (Row, Vec<&Row>)| {
            let of = |gathered: &Gathered| {
                let values = rows.iter().map(|row| match &gathered.of {
                    Some(bound) => bound.value(&Given { row, gathered: &[], now }),
                    None => Value::Null,
                });
                (gathered.function.of)(values.collect())
            };
            let gathered: Vec<Value> = self.gathered.iter().map(of).collect();
            let given = Given { row: &[], gathered: &gathered, now };
            row.extend(self.columns.iter().map(|bound| bound.value(&given)));
            row
        };
        groups.into_values().map(one).collect()
    }
}
