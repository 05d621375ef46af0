//! Names looked up and types checked: from a tree to what can be done. What the language forbids is refused here, with
//! or without rows.

use super::error::{KqlError, semantic, syntax};
use super::function::{Aggregate, Scalar, Takes, aggregate, scalar};
use super::syntax::{Comparison, Expression, Named, Part};
use super::value::{Column, Value};
use crate::api::Type;

/// An expression that can be evaluated.
#[derive(Clone)]
pub(super) enum Bound {
    Literal(Value),
    Column(usize),
    /// The value of an aggregate of the group.
    Aggregate(usize),
    Or(Box<Bound>, Box<Bound>),
    And(Box<Bound>, Box<Bound>),
    Compare(Box<Bound>, Comparison, Box<Bound>),
    In {
        value: Box<Bound>,
        list: Vec<Bound>,
        is_exact: bool,
        is_wanted: bool,
    },
    Part {
        text: Box<Bound>,
        test: Part,
        part: Box<Bound>,
    },
    Call(&'static Scalar, Vec<Bound>),
}

/// An aggregate and what it looks at; none: the rows themselves.
pub(super) struct Gathered {
    pub(super) function: &'static Aggregate,
    pub(super) of: Option<Bound>,
}

/// What names mean.
pub(super) struct Scope<'s> {
    pub(super) columns: &'s [Column],
    /// Where aggregates are allowed: those that were met.
    pub(super) gathered: Option<&'s mut Vec<Gathered>>,
}

/// The place of a column.
pub(super) fn place(columns: &[Column], name: &str) -> Result<usize, KqlError> {
    columns.iter().position(|column| column.name == name).ok_or_else(|| unresolved(name))
}

fn unresolved(name: &str) -> KqlError {
    semantic(format!("Failed to resolve column or scalar expression named '{}'", name.escape_default()))
}

/// Refuses a name that is there twice.
pub(super) fn distinct(columns: &[Column]) -> Result<(), KqlError> {
    let twice = columns.iter().enumerate().find(|(at, one)| columns[..*at].iter().any(|other| other.name == one.name));
    match twice {
        Some((_, column)) => {
            Err(semantic(format!("A column with the name '{}' is already declared", column.name.escape_default())))
        }
        None => Ok(()),
    }
}

/// A condition.
pub(super) fn condition(columns: &[Column], expression: &Expression) -> Result<Bound, KqlError> {
    let (bound, of) = Scope { columns, gathered: None }.bind(expression)?;
    if of == Type::Bool { Ok(bound) } else { Err(semantic("The expression must have the type bool")) }
}

/// The name of a result: the one it is given, or the one that the language gives.
pub(super) fn named(named: &Named) -> Result<String, KqlError> {
    let column = |expression: &Expression| match expression {
        Expression::Column(name) => Some(name.clone()),
        _ => None,
    };
    let own = match (&named.name, &named.value) {
        (Some(name), _) => Some(name.clone()),
        (None, Expression::Call(name, of)) => aggregate(name).and_then(|function| match of.first() {
            Some(first) => column(first).map(|column| format!("{}{column}", function.prefix)),
            None => Some(function.prefix.to_owned()),
        }),
        (None, value) => column(value),
    };
    own.ok_or_else(|| syntax("a value without a name is not understood; write name = value"))
}

impl Scope<'_> {
    /// An expression and its type.
    pub(super) fn bind(&mut self, expression: &Expression) -> Result<(Bound, Type), KqlError> {
        Ok(match expression {
            Expression::Literal(value) => (Bound::Literal(value.clone()), literal(value)),
            Expression::Column(name) => {
                let place = place(self.columns, name)?;
                if self.gathered.is_some() {
                    let message = format!("'{name}' is neither an aggregate nor a column that rows are grouped by");
                    return Err(semantic(message));
                }
                (Bound::Column(place), self.columns[place].of)
            }
            Expression::Or(left, right) => {
                (Bound::Or(self.of(left, Takes::Bool)?, self.of(right, Takes::Bool)?), Type::Bool)
            }
            Expression::And(left, right) => {
                (Bound::And(self.of(left, Takes::Bool)?, self.of(right, Takes::Bool)?), Type::Bool)
            }
            Expression::Compare(left, comparison, right) => self.compare(left, *comparison, right)?,
            Expression::In { value, list, is_exact, is_wanted } => {
                let (value, of) = self.bind(value)?;
                let mut values = Vec::new();
                for one in list {
                    let (one, other) = self.bind(one)?;
                    if !alike(of, other) || !*is_exact && of != Type::Text {
                        return Err(undefined(if *is_exact { "in" } else { "in~" }, of, other));
                    }
                    values.push(one);
                }
                let (is_exact, is_wanted) = (*is_exact, *is_wanted);
                (Bound::In { value: Box::new(value), list: values, is_exact, is_wanted }, Type::Bool)
            }
            Expression::Part { text, test, part } => {
                let (text, part) = (self.of(text, Takes::Text)?, self.of(part, Takes::Text)?);
                (Bound::Part { text, test: *test, part }, Type::Bool)
            }
            Expression::Call(name, arguments) => self.call(name, arguments)?,
            Expression::All => return Err(syntax("'*' is understood in arg_max and arg_min alone")),
        })
    }

    /// An expression of a kind.
    fn of(&mut self, expression: &Expression, wanted: Takes) -> Result<Box<Bound>, KqlError> {
        let (bound, of) = self.bind(expression)?;
        if wanted.fits(of) {
            return Ok(Box::new(bound));
        }
        Err(semantic(format!("The expression has the type {}; it must be {}", of.name(), wanted.name())))
    }

    fn compare(
        &mut self,
        left: &Expression,
        comparison: Comparison,
        right: &Expression,
    ) -> Result<(Bound, Type), KqlError> {
        let ((left, of), (right, other)) = (self.bind(left)?, self.bind(right)?);
        let (sign, is_defined) = match comparison {
            Comparison::Equal => ("==", alike(of, other)),
            Comparison::NotEqual => ("!=", alike(of, other)),
            Comparison::Alike => ("=~", (of, other) == (Type::Text, Type::Text)),
            Comparison::NotAlike => ("!~", (of, other) == (Type::Text, Type::Text)),
            Comparison::Less => ("<", ordered(of, other)),
            Comparison::LessOrEqual => ("<=", ordered(of, other)),
            Comparison::Greater => (">", ordered(of, other)),
            Comparison::GreaterOrEqual => (">=", ordered(of, other)),
        };
        if !is_defined {
            return Err(undefined(sign, of, other));
        }
        Ok((Bound::Compare(Box::new(left), comparison, Box::new(right)), Type::Bool))
    }

    fn call(&mut self, name: &str, arguments: &[Expression]) -> Result<(Bound, Type), KqlError> {
        if let Some(function) = aggregate(name) {
            return self.gather(function, arguments);
        }
        let function = scalar(name)
            .ok_or_else(|| syntax(format!("'{}' is no function that the double knows", name.escape_default())))?;
        if arguments.len() < function.least || arguments.len() > function.takes.len() {
            return Err(semantic(format!("The function '{name}' expects {} arguments", function.takes.len())));
        }
        let mut bound = Vec::new();
        for (argument, takes) in arguments.iter().zip(function.takes) {
            let is_above_0 = matches!(argument, Expression::Literal(Value::Whole(1..)));
            if *takes == Takes::Parts && !is_above_0 {
                return Err(semantic(format!("The expression must be {}", takes.name())));
            }
            bound.push(*self.of(argument, *takes)?);
        }
        Ok((Bound::Call(function, bound), function.gives))
    }

    fn gather(&mut self, function: &'static Aggregate, arguments: &[Expression]) -> Result<(Bound, Type), KqlError> {
        let name = function.name;
        let Some(gathered) = self.gathered.as_deref_mut() else {
            return Err(semantic(format!("The aggregate function '{name}' is not allowed in this context")));
        };
        if arguments.len() != function.takes.len() {
            return Err(semantic(format!("The function '{name}' expects {} arguments", function.takes.len())));
        }
        // What is aggregated is a value of one row.
        let mut row = Scope { columns: self.columns, gathered: None };
        let (of, gives) = match (arguments.first(), function.takes.first()) {
            (Some(argument), Some(takes)) => {
                let (bound, of) = row.bind(argument)?;
                if !takes.fits(of) {
                    return Err(semantic(format!("The argument value must be {}", takes.name())));
                }
                (Some(bound), of)
            }
            _ => (None, Type::Long),
        };
        gathered.push(Gathered { function, of });
        Ok((Bound::Aggregate(gathered.len() - 1), function.gives.unwrap_or(gives)))
    }
}

fn undefined(operator: &str, left: Type, right: Type) -> KqlError {
    let (left, right) = (left.name(), right.name());
    semantic(format!("The operator '{operator}' is not defined for the operand types {left} and {right}"))
}

fn is_number(of: Type) -> bool {
    matches!(of, Type::Int | Type::Long | Type::Real)
}

/// Whether two types can be equal. Lists are compared by no operator here.
fn alike(left: Type, right: Type) -> bool {
    left != Type::Dynamic && (left == right || is_number(left) && is_number(right))
}

/// Whether one of two types can be less: texts and booleans have no order outside of sorting.
fn ordered(left: Type, right: Type) -> bool {
    is_number(left) && is_number(right) || left == right && matches!(left, Type::Time | Type::Span)
}

fn literal(value: &Value) -> Type {
    match value {
        Value::Bool(_) => Type::Bool,
        Value::Whole(_) => Type::Long,
        Value::Real(_) => Type::Real,
        Value::Time(_) => Type::Time,
        Value::Span(_) => Type::Span,
        Value::Text(_) => Type::Text,
        Value::Dynamic(_) | Value::Null => Type::Dynamic,
    }
}
