//! What the files of a release say about themselves, to the tools that registries and people read them with.

use source_host::engine::EMBEDDED;
use std::path::{Path, PathBuf};
use wasmparser::{ComponentName, KnownCustom, Parser, Payload};

/// The sections that describe a component: how deep they lie in it, name and text.
fn descriptions(wasm: &[u8]) -> Vec<(usize, String, String)> {
    let (mut depth, mut found) = (0_usize, Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.expect("well-formed") {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if ["version", "licenses", "description"].contains(&section.name()) => {
                let text = String::from_utf8(section.data().to_vec()).expect("text");
                found.push((depth, section.name().to_owned(), text));
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::ComponentName(names) = section.as_known() {
                    let names = names.into_iter().map(|name| name.expect("well-formed"));
                    found.extend(names.filter_map(|name| match name {
                        ComponentName::Component { name, .. } => Some((depth, "name".to_owned(), name.to_owned())),
                        _ => None,
                    }));
                }
            }
            _ => {}
        }
    }
    found
}

/// What is said at a depth, by the name of the section.
fn said(wasm: &[u8], depth: usize, section: &str) -> Option<String> {
    let mut found = descriptions(wasm).into_iter().filter(|(at, name, _)| *at == depth && name == section);
    let text = found.next().map(|(_, _, text)| text);
    assert!(found.next().is_none(), "{section} is said once");
    text
}

fn check(wasm: &[u8], depth: usize) {
    assert_eq!(said(wasm, depth, "version").as_deref(), Some(env!("CARGO_PKG_VERSION")));
    assert_eq!(said(wasm, depth, "licenses").as_deref(), Some("Apache-2.0"));
    let description = said(wasm, depth, "description");
    assert!(description.as_ref().is_some_and(|text| text.contains("Microsoft Defender")), "{description:?}");
}

#[test]
fn the_plain_build_says_what_it_is() {
    check(EMBEDDED, 1);
    match std::env::var_os("SHIPPED_COMPONENT") {
        Some(path) => check(&std::fs::read(path).expect("SHIPPED_COMPONENT names a file"), 1),
        None => eprintln!("SKIPPED: SHIPPED_COMPONENT names no file"),
    }
}

/// The program that makes a release, built beside the tests.
fn program() -> PathBuf {
    let tests = std::env::current_exe().expect("a program");
    tests.parent().and_then(Path::parent).expect("two folders").join("examples").join("package")
}

#[test]
fn a_release_holds_the_component_and_the_contract() {
    if !program().exists() {
        eprintln!("SKIPPED: the example `package` is not built; `cargo test` without names of tests builds it");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let plain = folder.path().join("plain.wasm");
    std::fs::write(&plain, EMBEDDED).expect("written");
    let made = std::process::Command::new(program()).arg(&plain).arg(folder.path()).output().expect("it starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let version = env!("CARGO_PKG_VERSION");

    let component = std::fs::read(folder.path().join(format!("defender-source-{version}.wasm"))).expect("a file");
    assert!(component.starts_with(EMBEDDED), "the bytes that ran everywhere, and something behind them");
    check(&component, 0);
    assert_eq!(said(&component, 0, "name").as_deref(), Some("defender-source"));

    let schema = std::fs::read(folder.path().join("defender-source-events.schema.json")).expect("a file");
    let schema: serde_json::Value = serde_json::from_slice(&schema).expect("JSON");
    assert!(schema["$defs"].as_object().is_some_and(|bodies| bodies.len() > 5), "{schema}");

    let contract = std::fs::read(folder.path().join("pipeline-source-0.1.0.wasm")).expect("a file");
    let wit_component::DecodedWasm::WitPackage(resolve, package) = wit_component::decode(&contract).expect("a package")
    else {
        panic!("a component, not a package")
    };
    let package = &resolve.packages[package];
    assert_eq!(package.name.to_string(), "pipeline:source@0.1.0");
    let world = resolve.worlds.get(package.worlds["asset-source"]).expect("the world");
    assert!(world.docs.contents.as_ref().is_some_and(|docs| docs.contains("A component that is a source")));
}
