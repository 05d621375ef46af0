//! Bindings generated from `wit/`.
#![allow(missing_docs, unreachable_pub, unused_qualifications, clippy::all, reason = "generated")]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "asset-source",
    exports: { default: async },
});
