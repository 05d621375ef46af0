//! Loading a component and checking that it is a source.

use super::Engine;
use super::compile::Compiler;
use super::error::{LoadError, chain};
use super::imports;
use super::state::State;
use super::system;
use crate::contract::Origin;
use crate::contract::bindings::AssetSourcePre;
use std::io::Read;
use std::path::Path;

/// The component that is built together with the host.
pub const EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/component.wasm"));

/// Largest file that is read. Sources are some hundred kilobytes; this one is for what is none.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

pub(super) const INTERFACE: &str = "pipeline:source/source@0.1.0";

/// A compiled source, ready to be instantiated as often as wanted.
#[derive(Clone)]
pub struct Component {
    pub(super) pre: AssetSourcePre<State>,
    pub(super) origin: Origin,
}

impl Component {
    /// The component that is built together with the host.
    pub fn embedded(engine: &Engine) -> Result<Self, LoadError> {
        Ok(Self { origin: Origin::BuiltIn, ..Self::from_bytes(engine, EMBEDDED, "the built-in component")? })
    }

    /// A component from a file.
    pub fn from_file(engine: &Engine, path: &Path) -> Result<Self, LoadError> {
        let name = path.display().to_string();
        let bytes = read(path)?;
        Self::from_bytes(engine, &bytes, &name)
    }

    /// A component from memory; `name` is for messages.
    pub fn from_bytes(engine: &Engine, bytes: &[u8], name: &str) -> Result<Self, LoadError> {
        let name = || name.to_owned();
        match bytes {
            [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => {}
            [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => return Err(LoadError::Module { name: name() }),
            _ => return Err(LoadError::NotWasm { name: name() }),
        }
        // What the program was built with is trusted as the program is. Where there may be too little room to compile it,
        // a process that ends for it can be told of.
        let is_harmless = bytes == EMBEDDED && system::address_space().is_none();
        let compiler = if is_harmless { &Compiler::Here } else { &engine.compiler };
        let compile = || compiler.compile(&engine.inner, bytes, &name());
        let component = match &engine.cache {
            Some(cache) => cache.load_or(&engine.inner, bytes, compile)?,
            None => compile()?,
        };
        if component.get_export_index(None, INTERFACE).is_none() {
            return Err(LoadError::NotASource { name: name(), missing: INTERFACE.into() });
        }
        let surplus: Vec<String> =
            imports::of(&engine.inner, &component).into_iter().filter(|name| !imports::is_allowed(name)).collect();
        if !surplus.is_empty() {
            return Err(LoadError::Forbidden { name: name(), interfaces: surplus.join(", ") });
        }
        let pre = engine
            .linker
            .instantiate_pre(&component)
            .map_err(|error| LoadError::Import { name: name(), cause: chain(&error) })?;
        let pre = AssetSourcePre::new(pre).map_err(|error| LoadError::NotASource {
            name: name(),
            missing: format!("{INTERFACE} as published ({})", chain(&error)),
        })?;
        Ok(Self { pre, origin: Origin::Foreign })
    }
}

/// The bytes of a component's file. Nothing endless, like a device, is ever held.
pub fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    let name = || path.display().to_string();
    let unreadable = |cause| LoadError::Read { name: name(), cause };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let read = file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if read as u64 > MAX_FILE_BYTES {
        return Err(LoadError::TooLarge { name: name(), limit_bytes: MAX_FILE_BYTES });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(bytes: &[u8]) -> String {
        let engine = Engine::new(None).unwrap();
        Component::from_bytes(&engine, bytes, "x.wasm").err().unwrap().to_string()
    }

    #[test]
    fn what_is_not_a_source_is_named() {
        assert!(error(b"").starts_with("x.wasm is not WebAssembly"));
        assert!(error(b"#!/bin/sh").starts_with("x.wasm is not WebAssembly"));
        assert!(error(b"\0asm\x01\0\0\0").contains("core WebAssembly module"));
        assert!(error(b"\0asm\x0d\0\x01\0").contains("does not export pipeline:source/source@0.1.0"));
        assert!(error(b"\0asm\x0d\0\x01\0garbage").contains("cannot be compiled"));
        let engine = Engine::new(None).unwrap();
        let missing = Component::from_file(&engine, Path::new("no/such.wasm")).err().unwrap();
        assert!(missing.to_string().starts_with("cannot read the component no/such.wasm"));
    }

    #[test]
    fn the_embedded_component_is_a_source() {
        let engine = Engine::new(None).unwrap();
        assert!(Component::embedded(&engine).is_ok());
    }
}
