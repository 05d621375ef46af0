//! Rows of Microsoft Graph: the directory with what changes in it, Intune, and security.

mod change;
mod device;
mod group;
mod incident;
mod managed;
mod organization;
mod score;
#[cfg(test)]
mod tests;
mod user;

pub use device::{DIRECTORY_DEVICE_CHANGES, DIRECTORY_DEVICES};
pub use group::{GROUP_CHANGES, GROUP_MEMBERS, GROUPS, GROUPS_WITH_MEMBERS};
pub use incident::{SECURITY_ALERTS, SECURITY_INCIDENTS, SECURITY_INCIDENTS_WITH_ALERTS};
pub use managed::MANAGED_DEVICES;
pub use organization::ORGANIZATION;
pub use score::SECURE_SCORES;
pub use user::{USER_CHANGES, USERS};
