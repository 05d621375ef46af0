//! Writes the bundled recording of an invented tenant, `tests/recordings/handmade-tenant.har`.
//!
//! Nothing in it was ever recorded: the rows are made up here, with the oddities that the real service is known for.
//! The file is always the same, byte for byte; `tests/handmade_tenant.rs` compares.

mod tenant;

use std::path::Path;

fn main() -> std::io::Result<()> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/recordings/handmade-tenant.har"));
    let written = tenant::tape().write_file(path)?;
    println!("{} exchanges in {}", written.exchanges, path.display());
    Ok(())
}
