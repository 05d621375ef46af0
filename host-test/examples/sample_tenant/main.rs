//! Records the sample tenant of the demo, `tests/recordings/sample-tenant.har`: the source reads a tenant of the double,
//! on a virtual clock, and the recorder writes down what was said, redacted.
//!
//! The file is always the same, byte for byte; `tests/sample_tenant.rs` compares.

mod recording;

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/recordings/sample-tenant.har"));
    let exchanges = recording::record(path)?;
    println!("{exchanges} exchanges in {}", path.display());
    Ok(())
}
