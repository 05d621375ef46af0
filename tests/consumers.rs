//! What reads the events: validators, models, pipelines and databases, as they come from PyPI and Debian.
//!
//! `tests/consumers/install` installs them. What is not there is skipped by name; with `CONSUMERS=required`, as in CI, that
//! is a failure.

mod support;

#[path = "consumers/judged.rs"]
mod judged;
#[path = "consumers/loading.rs"]
mod loading;
#[path = "consumers/packages.rs"]
mod packages;
#[path = "consumers/postgresql.rs"]
mod postgresql;
#[path = "consumers/recipes.rs"]
mod recipes;
