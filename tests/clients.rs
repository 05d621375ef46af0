//! Real clients against the double, recordings of it by real recorders, and the double's part of the Kusto query language
//! against Microsoft's own parser.
//!
//! `tests/clients/install` installs them. What is not there is skipped by name; with `CLIENTS=required`, as in CI, that is
//! a failure.

mod support;

#[path = "clients/corpus.rs"]
mod corpus;
#[path = "clients/double.rs"]
mod double;
#[path = "clients/kusto.rs"]
mod kusto;
#[path = "clients/packages.rs"]
mod packages;
#[path = "clients/reading.rs"]
mod reading;
#[path = "clients/recorders.rs"]
mod recorders;
