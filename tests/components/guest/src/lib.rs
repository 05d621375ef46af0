//! What the test components share.
#![cfg(target_family = "wasm")]

pub mod http;
pub mod mark;
pub mod time;

/// Types of the contract, generated from `wit/`.
pub mod bindings {
    #![allow(missing_docs, unreachable_pub, clippy::all, reason = "generated code")]
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "asset-source",
        pub_export_macro: true,
        default_bindings_module: "test_guest::bindings",
    });
}
