//! Which way a data set is read, and at what cost. It goes one way: a selection of the configuration, the way that is
//! chosen for it, what is known of its amounts, the estimate.

mod cursors;
mod estimate;
mod gone;
mod known_amounts;
mod selection;
mod way;
pub mod way_of_subjects;
pub mod way_of_users;

pub use cursors::{Cursor, Cursors, optional_time_ms, time_ms};
pub use estimate::{Estimate, Purpose, either, estimate, expected, query_extent, way_rule};
pub use gone::Gone;
pub use known_amounts::{Figure, Figures};
pub use selection::{needs_machines, roster_selection};
pub use way::{Choice, changes_since, choose};
