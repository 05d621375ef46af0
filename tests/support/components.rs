//! The test components: built once for each set of features, and given their mark.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use wasm_encoder::reencode::{self, Reencode, ReencodeComponent};
use wasm_encoder::{RefType, TableSection, TableType};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const TARGET: &str = "wasm32-wasip2";
const MARK: &[u8] = b"MARK=";
const MARK_BYTES: usize = 64;

/// A component as its crate builds it, with a feature or without.
///
/// The folder is one of its own: the cargo that runs the tests may hold the lock on the usual one.
pub fn build(package: &str, feature: Option<&str>) -> Vec<u8> {
    // With a feature or without, the file has one name: nobody may build between building and reading.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Path::new(ROOT).join("target/test-components");
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(ROOT)
        .args(["build", "--locked", "--quiet", "--target", TARGET, "-p", package, "--target-dir"])
        .arg(&folder)
        .args(feature.iter().flat_map(|feature| ["--features", feature]));
    // Small, because every variant is compiled anew.
    cargo.env("CARGO_PROFILE_DEV_OPT_LEVEL", "s").env("CARGO_PROFILE_DEV_STRIP", "true");
    // What the outer cargo was told is not meant for this one.
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "RUSTC_WORKSPACE_WRAPPER"] {
        cargo.env_remove(name);
    }
    let built: PathBuf = folder.join(TARGET).join("debug").join(format!("{}.wasm", package.replace('-', "_")));
    let status = cargo.status().expect("cargo starts");
    assert!(status.success(), "{package} did not build; is the target there? `rustup target add {TARGET}`");
    std::fs::read(&built).unwrap_or_else(|error| panic!("{}: {error}", built.display()))
}

/// A component with another mark.
pub fn marked(wasm: &[u8], name: &str) -> Vec<u8> {
    let mut places = wasm.windows(MARK.len()).enumerate().filter(|(_, window)| *window == MARK).map(|(at, _)| at);
    // The prefix alone is in the code that reads the mark.
    let is_mark = |at: &usize| wasm[at + MARK.len()..].starts_with(b"good.");
    let at = places.find(is_mark).expect("the component has a mark");
    let mut mark = [b'.'; MARK_BYTES];
    mark[..MARK.len()].copy_from_slice(MARK);
    mark[MARK.len()..MARK.len() + name.len()].copy_from_slice(name.as_bytes());
    let mut wasm = wasm.to_vec();
    wasm[at..at + MARK_BYTES].copy_from_slice(&mark);
    wasm
}

/// What a component declares, beside what it is.
#[derive(Debug, Clone, Copy)]
pub enum Declared {
    /// Another table of so many elements.
    Table(u64),
    /// So many more tables, without an element.
    Tables(u32),
}

/// A component whose first module declares something more.
pub fn declaring(wasm: &[u8], declared: Declared) -> Vec<u8> {
    let mut component = wasm_encoder::Component::new();
    Redeclare(Some(declared))
        .parse_component(&mut component, wasmparser::Parser::new(0), wasm)
        .expect("a component can be written again");
    component.finish()
}

struct Redeclare(Option<Declared>);

impl Reencode for Redeclare {
    type Error = std::convert::Infallible;

    fn parse_table_section(
        &mut self,
        tables: &mut TableSection,
        section: wasmparser::TableSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        reencode::utils::parse_table_section(self, tables, section)?;
        let (count, minimum) = match self.0.take() {
            Some(Declared::Table(elements)) => (1, elements),
            Some(Declared::Tables(count)) => (count, 0),
            None => (0, 0),
        };
        for _ in 0..count {
            tables.table(TableType {
                element_type: RefType::FUNCREF,
                table64: false,
                minimum,
                maximum: None,
                shared: false,
            });
        }
        Ok(())
    }
}

impl ReencodeComponent for Redeclare {}
