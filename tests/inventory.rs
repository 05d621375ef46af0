//! The inventory: what is delivered, what is remembered, what is concluded, and what survives.

mod support;

#[path = "inventory/crashes.rs"]
mod crashes;
#[path = "inventory/damage.rs"]
mod damage;
#[path = "inventory/files.rs"]
mod files;
#[path = "inventory/model.rs"]
mod model;
#[path = "inventory/queries.rs"]
mod queries;
#[path = "inventory/reading.rs"]
mod reading;
#[path = "inventory/resting.rs"]
mod resting;
#[path = "inventory/rules.rs"]
mod rules;
#[path = "inventory/sample.rs"]
mod sample;
#[path = "inventory/script.rs"]
mod script;
#[path = "inventory/terminal.rs"]
mod terminal;
#[path = "inventory/verbs.rs"]
mod verbs;
