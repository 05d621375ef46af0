//! What the component asks of its host, held to a list. `SHIPPED_COMPONENT=FILE` holds a file to it too.

use std::collections::BTreeSet;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;
use wasmtime::{Config, Engine};

/// Every interface that may be imported, in version 0.2.x. No file system, no sockets. The contract's own
/// `pipeline:source/types` is imported too, but holds nothing that a host would have to supply.
const ALLOWED: [&str; 18] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:http/outgoing-handler",
    "wasi:http/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/random",
];

/// Interfaces without which it could not do its work.
const NEEDED: [&str; 3] = ["wasi:http/outgoing-handler", "wasi:clocks/monotonic-clock", "wasi:random/random"];

/// What the adapter in the build of `cargo component` asks for on top; the reason why that build is not shipped.
const OF_THE_ADAPTER: [&str; 2] = ["wasi:filesystem/preopens", "wasi:filesystem/types"];

struct Interfaces {
    imports: BTreeSet<String>,
    exports: BTreeSet<String>,
}

fn interfaces(wasm: &[u8]) -> Interfaces {
    let engine = Engine::new(&Config::new()).expect("an engine");
    let component = Component::from_binary(&engine, wasm).expect("a component");
    let ty = component.component_type();
    let names = |name: &str| name.to_owned();
    Interfaces {
        imports: ty
            .imports(&engine)
            .filter(|(_, item)| !is_plain_data(&engine, &item.ty))
            .map(|(name, _)| names(name))
            .collect(),
        exports: ty
            .exports(&engine)
            .inspect(|(name, item)| assert!(matches!(item.ty, ComponentItem::ComponentInstance(_)), "{name}"))
            .map(|(name, _)| names(name))
            .collect(),
    }
}

/// Whether an interface holds types of plain data alone: no function, no resource.
fn is_plain_data(engine: &Engine, item: &ComponentItem) -> bool {
    match item {
        ComponentItem::ComponentInstance(instance) => {
            instance.exports(engine).all(|(_, item)| matches!(item.ty, ComponentItem::Type(_)))
        }
        _ => false,
    }
}

/// Name and version of `package:interface@version`.
fn parts(name: &str) -> (&str, &str) {
    name.split_once('@').unwrap_or((name, ""))
}

/// Imports that are not on the list.
fn surplus(imports: &BTreeSet<String>) -> Vec<&str> {
    let is_allowed = |name: &&str| {
        let (interface, version) = parts(name);
        ALLOWED.contains(&interface) && version.starts_with("0.2.")
    };
    imports.iter().map(String::as_str).filter(|name| !is_allowed(name)).collect()
}

fn check(wasm: &[u8]) {
    let Interfaces { imports, exports } = interfaces(wasm);
    assert_eq!(surplus(&imports), Vec::<&str>::new(), "imports: {imports:#?}");
    for needed in NEEDED {
        assert!(imports.iter().any(|name| parts(name).0 == needed), "{needed} is missing in {imports:#?}");
    }
    assert!(exports.contains("pipeline:source/source@0.1.0"), "{exports:#?}");
    assert!(
        exports.iter().any(|name| parts(name).0 == "wasi:cli/run" && parts(name).1.starts_with("0.2.")),
        "{exports:#?}"
    );
    assert_eq!(exports.len(), 2, "nothing else is exported: {exports:#?}");
}

#[test]
fn the_built_in_component_imports_wasi_and_nothing_else() {
    check(source_host::engine::EMBEDDED);
}

#[test]
fn the_shipped_component_imports_wasi_and_nothing_else() {
    match std::env::var_os("SHIPPED_COMPONENT") {
        Some(path) => check(&std::fs::read(path).expect("SHIPPED_COMPONENT names a file")),
        None => eprintln!("SKIPPED: SHIPPED_COMPONENT names no file"),
    }
}

/// `COMPATIBLE_COMPONENT=FILE` names what `cargo component build` made.
#[test]
fn the_build_of_cargo_component_asks_for_files_too() {
    match std::env::var_os("COMPATIBLE_COMPONENT") {
        Some(path) => {
            let wasm = std::fs::read(path).expect("COMPATIBLE_COMPONENT names a file");
            let Interfaces { imports, exports } = interfaces(&wasm);
            let extra: Vec<_> = surplus(&imports).into_iter().map(|name| parts(name).0).collect();
            assert_eq!(extra, OF_THE_ADAPTER, "imports: {imports:#?}");
            assert_eq!(exports, interfaces(source_host::engine::EMBEDDED).exports);
        }
        None => eprintln!("SKIPPED: COMPATIBLE_COMPONENT names no file"),
    }
}

#[test]
fn the_list_refuses_what_is_not_on_it() {
    for name in [
        "wasi:filesystem/types@0.2.6",
        "wasi:filesystem/preopens@0.2.6",
        "wasi:sockets/tcp@0.2.6",
        "wasi:http/types@0.3.0",
        "wasi:http/types",
        "vendor:extra/thing@0.2.0",
        "env",
    ] {
        assert_eq!(surplus(&BTreeSet::from([name.to_owned()])), [name]);
    }
    assert!(surplus(&BTreeSet::from(["wasi:io/poll@0.2.6".to_owned()])).is_empty());
}
