//! What a component may ask of its host: clocks, random numbers, standard streams and outgoing HTTP of WASI 0.2. No
//! file system, no sockets, nothing of anybody's own. Checked before anything is linked, so that a component that
//! wants more is refused by name and not by what its calls would come to.

use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

/// Every interface that may be imported, in version 0.2.x.
pub const ALLOWED: [&str; 20] = [
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
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
];

/// Whether the sandbox gives an import.
pub fn is_allowed(import: &str) -> bool {
    let (interface, version) = import.split_once('@').unwrap_or((import, ""));
    ALLOWED.contains(&interface) && version.starts_with("0.2.")
}

/// The imports of a component that a host has to supply, in the order in which the component names them. Interfaces
/// of plain data, like the contract's own types, need nobody.
pub(super) fn of(engine: &wasmtime::Engine, component: &Component) -> Vec<String> {
    let ty = component.component_type();
    let supplied = ty.imports(engine).filter(|(_, item)| !is_plain_data(engine, &item.ty));
    supplied.map(|(name, _)| name.to_owned()).collect()
}

/// Whether an interface holds types of plain data alone: no function, no resource.
fn is_plain_data(engine: &wasmtime::Engine, item: &ComponentItem) -> bool {
    match item {
        ComponentItem::ComponentInstance(instance) => {
            instance.exports(engine).all(|(_, item)| matches!(item.ty, ComponentItem::Type(_)))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_refuses_what_is_not_on_it() {
        for name in [
            "wasi:filesystem/types@0.2.6",
            "wasi:filesystem/preopens@0.2.6",
            "wasi:sockets/tcp@0.2.6",
            "wasi:http/incoming-handler@0.2.6",
            "wasi:http/types@0.3.0",
            "wasi:http/types@0.2",
            "wasi:http/types",
            "vendor:extra/thing@0.2.0",
            "env",
            "",
        ] {
            assert!(!is_allowed(name), "{name}");
        }
        assert!(is_allowed("wasi:io/poll@0.2.6") && is_allowed("wasi:random/insecure-seed@0.2.12"));
    }
}
