//! What Defender advises: to update products that have weaknesses, and to change settings that devices fail.

/// A recommendation, by what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Advice {
    /// Update a product, by its number.
    Product(u32),
    /// Change a setting, by its place in the catalogue.
    Configuration(u32),
}
