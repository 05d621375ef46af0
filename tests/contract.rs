//! The promises of the contract, kept by the real component against a service with every fault that services have.

mod support;

#[path = "contract/bodies.rs"]
mod bodies;
#[path = "contract/canary.rs"]
mod canary;
#[path = "contract/cves.rs"]
mod cves;
#[path = "contract/fields.rs"]
mod fields;
#[path = "contract/filters.rs"]
mod filters;
#[path = "contract/in_flight.rs"]
mod in_flight;
#[path = "contract/paging.rs"]
mod paging;
#[path = "contract/records.rs"]
mod records;
#[path = "contract/refusals.rs"]
mod refusals;
#[path = "contract/reports.rs"]
mod reports;
#[path = "contract/resume.rs"]
mod resume;
#[path = "contract/snapshots.rs"]
mod snapshots;
#[path = "contract/waits.rs"]
mod waits;
