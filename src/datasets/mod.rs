//! From the rows of each data set to its events: the wire record, and what it becomes. What is asked for, and how, stands
//! in the catalogue.

mod cves;
#[cfg(test)]
mod declared;
mod device_users;
mod devices;
#[cfg(test)]
mod fuzz;
mod history;
#[cfg(test)]
mod leaves;
mod mappers;
mod mapping;
mod recommendations;
mod software;
#[cfg(test)]
mod testing;
mod vulnerabilities;

pub use devices::enroll;
pub use history::History;
pub use mappers::{ListMapper, list_mapper, mapper};
pub use mapping::{MapFn, MapScope, Outcome, Subject};
