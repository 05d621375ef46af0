//! One statement of the user, which may read and nothing else. Its rows are handed out one by one.

use super::database::Database;
use super::error::InventoryError;
use super::query::Reader;
use super::seal::MARK;
use rusqlite::ErrorCode;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::ValueRef;

/// A value of a result.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// NULL.
    Null,
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Real(f64),
    /// A text; bytes are shown in hexadecimal digits.
    Text(String),
}

/// A whole result.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

/// Somebody who takes a result as it comes.
pub trait Rows {
    /// What stops it.
    type Error: From<InventoryError>;
    /// The names of the columns; comes first, and once.
    ///
    /// # Errors
    /// Ends the statement.
    fn columns(&mut self, names: Vec<String>) -> Result<(), Self::Error>;
    /// The next row.
    ///
    /// # Errors
    /// Ends the statement.
    fn row(&mut self, cells: Vec<Cell>) -> Result<(), Self::Error>;
}

impl Rows for Table {
    type Error = InventoryError;

    fn columns(&mut self, names: Vec<String>) -> Result<(), InventoryError> {
        self.columns = names;
        Ok(())
    }

    fn row(&mut self, cells: Vec<Cell>) -> Result<(), InventoryError> {
        self.rows.push(cells);
        Ok(())
    }
}

impl Reader {
    /// The whole result of one statement that reads.
    ///
    /// # Errors
    /// [`InventoryError::Query`] for anything else, and where the statement does not work.
    pub fn sql(&self, statement: &str) -> Result<Table, InventoryError> {
        let mut table = Table { columns: Vec::new(), rows: Vec::new() };
        self.rows(statement, None, &mut table)?;
        Ok(table)
    }

    /// Hands out the result of one statement that reads, row by row, up to a number of rows. Says whether there are more.
    /// What is held in memory does not depend on how many there are.
    ///
    /// # Errors
    /// [`InventoryError::Query`] for anything else, and where the statement does not work; whatever `out` returns.
    pub fn rows<R: Rows>(&self, statement: &str, limit: Option<u64>, out: &mut R) -> Result<bool, R::Error> {
        self.0.sealed()?;
        let mut database = Database::read(self.0.path())?;
        let guarded = database.connection.authorizer(Some(may_read));
        let database = database;
        let refuse = |error| refused(&database, error);
        guarded.map_err(refuse)?;
        let mut statement = database.connection.prepare(statement).map_err(refuse)?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let width = columns.len();
        if width == 0 {
            return Err(InventoryError::Query { problem: "there is no statement that returns rows".to_owned() }.into());
        }
        let mut rows = statement.query([]).map_err(refuse)?;
        let mut count = 0;
        let mut names = Some(columns);
        loop {
            let row = rows.next().map_err(refuse)?;
            // A statement that fails at once says so, and nothing else.
            if let Some(names) = names.take() {
                out.columns(names)?;
            }
            let Some(row) = row else { break };
            if limit.is_some_and(|limit| count >= limit) {
                database.still()?;
                return Ok(true);
            }
            let cells = (0..width).map(|column| Ok(cell(row.get_ref(column)?)));
            out.row(cells.collect::<rusqlite::Result<_>>().map_err(refuse)?)?;
            count += 1;
        }
        database.still()?;
        Ok(false)
    }
}

/// What an error says of the statement, or of the file.
fn refused(database: &Database, error: rusqlite::Error) -> InventoryError {
    let problem = match (&error, error.sqlite_error_code()) {
        (rusqlite::Error::MultipleStatement, _) => "only one statement can be run".to_owned(),
        (_, Some(ErrorCode::AuthorizationForStatementDenied)) => "only statements that read are allowed".to_owned(),
        (_, Some(ErrorCode::Unknown) | None) if !error.to_string().contains(MARK) => error.to_string(),
        (_, Some(ErrorCode::TooBig | ErrorCode::TypeMismatch | ErrorCode::OperationInterrupted)) => error.to_string(),
        _ => return InventoryError::of(database.path(), error),
    };
    InventoryError::Query { problem }
}

/// Statements may look and compute, and do nothing else: not even attach another file.
fn may_read(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => Authorization::Allow,
        AuthAction::Function { function_name } if function_name != "load_extension" => Authorization::Allow,
        _ => Authorization::Deny,
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Cell::Text(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
    }
}
