//! Makes what a release publishes: the component with its name, version, licence and description where registries look
//! for them, the contract as a package of its own, and the JSON Schema of the events.
//!
//!     cargo run -p source-host --example package -- target/wasm32-wasip2/component/defender_source.wasm target/packages
//!
//! The bytes of the component stay as they are; sections that describe it follow behind them.

use std::fs;
use std::path::Path;
use wasm_encoder::{ComponentNameSection, ComponentSection, CustomSection};
use wasmparser::{Parser, Payload};
use wit_parser::Resolve;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const NAME: &str = "defender-source";
/// Sections that tools for components know, one for each fact.
const SECTIONS: [&str; 3] = ["version", "licenses", "description"];
/// The file of the schema of the events, and where it is.
const EVENTS: &str = "defender-source-events.schema.json";
const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/events.schema.json");
const CONTRACT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [component, folder] = &arguments[..] else {
        return Err("usage: package COMPONENT FOLDER".into());
    };
    fs::create_dir_all(folder)?;
    for (name, bytes) in [described(fs::read(component)?)?, contract()?, (EVENTS.into(), fs::read(SCHEMA)?)] {
        let path = Path::new(folder).join(name);
        fs::write(&path, &bytes)?;
        println!("{} bytes in {}", bytes.len(), path.display());
    }
    Ok(())
}

/// What the module in the component says about itself, under the names of the sections that hold it.
fn said(component: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::CustomSection(section) = payload?
            && SECTIONS.contains(&section.name())
        {
            found.push((section.name().to_owned(), section.data().to_vec()));
        }
    }
    if found.len() != SECTIONS.len() {
        return Err(format!("the component does not say each of {SECTIONS:?} once").into());
    }
    Ok(found)
}

/// The component, with the same said once more behind it, about the component as a whole.
fn described(mut component: Vec<u8>) -> Result<(String, Vec<u8>)> {
    let sections = said(&component)?;
    let version = sections.iter().find(|(name, _)| name == "version").ok_or("the component has no version")?;
    let file = format!("{NAME}-{}.wasm", std::str::from_utf8(&version.1)?);
    let mut names = ComponentNameSection::new();
    names.component(NAME);
    names.append_to_component(&mut component);
    for (name, data) in sections {
        CustomSection { name: name.into(), data: data.into() }.append_to_component(&mut component);
    }
    Ok((file, component))
}

/// The contract with its documentation, which a built component does not carry.
fn contract() -> Result<(String, Vec<u8>)> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(CONTRACT)?;
    let bytes = wit_component::encode(&resolve, package, false)?;
    let name = &resolve.packages[package].name;
    let version = name.version.as_ref().ok_or("the contract has no version")?;
    Ok((format!("{}-{}-{version}.wasm", name.namespace, name.name), bytes))
}
