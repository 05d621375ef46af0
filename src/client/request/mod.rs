//! Requests as a good client makes them: signed in, within the budget, and repeated where that may help.

mod budget;
mod call;
mod client;
mod failure;
mod http_config;
mod limit;
mod patience;
#[cfg(test)]
mod tests;

pub use budget::{Budget, Family, Quota};
pub use call::{Answer, Attempt, Call, Wait, WaitReason};
pub use client::{Client, Collaborators, Usage};
pub use failure::{Asked, ServiceError, status_error, transport_error};
pub use http_config::HttpConfig;
pub use limit::Limit;
pub(crate) use patience::Retry;
