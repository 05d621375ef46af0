//! Properties of the rows.
