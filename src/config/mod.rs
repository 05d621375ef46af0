//! What the user may set.

mod ids;
mod output;

pub use ids::TenantId;
pub use output::{Format, OcsfVersion};
