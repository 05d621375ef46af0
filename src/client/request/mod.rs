//! Requests as a good client makes them: signed in, within the budget, and repeated where that may help.

mod budget;
mod call;
mod client;
mod failure;
mod patience;
#[cfg(test)]
mod tests;

pub use budget::{Budget, Family, Quota};
pub use call::{Answer, Attempt, Call, Wait, WaitReason};
pub use client::{Client, Collaborators, HttpConfig, Usage};
pub use failure::{Asked, Limit, ServiceError, status_error, transport_error};
pub(crate) use patience::Retry;
