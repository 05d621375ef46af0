//! What a component imports and exports, read off its file before anything of it is compiled: a component that no host
//! would run costs nobody a compilation.
//!
//! Only the outermost level is read. Modules and components within are skipped by their lengths, so that this takes as
//! long as the list of imports is. What is said here is checked again of the compiled component, by the engine's own
//! idea of its types.

use super::component::INTERFACE;
use super::error::LoadError;
use super::imports::is_allowed;
use wasmparser::{
    Chunk, ComponentAlias, ComponentExternalKind, ComponentOuterAliasKind, ComponentType, ComponentTypeRef,
    InstanceTypeDeclaration, Parser, Payload,
};

/// Refuses what is no source, or wants what no source gets. `name` is for messages.
pub(super) fn inspect(bytes: &[u8], name: &str) -> Result<(), LoadError> {
    let invalid = |cause: &str| LoadError::Invalid { name: name.to_owned(), cause: crate::contract::one_line(cause) };
    let surface = Surface::read(bytes)
        .map_err(|error| invalid(error.message()))?
        .ok_or_else(|| invalid("the file is cut off"))?;
    if !surface.is_source {
        return Err(LoadError::NotASource { name: name.to_owned(), missing: INTERFACE.into() });
    }
    let surplus: Vec<&str> = surface.imports.iter().copied().filter(|name| !is_allowed(name)).collect();
    match surplus.as_slice() {
        [] => Ok(()),
        surplus => Err(LoadError::Forbidden { name: name.to_owned(), interfaces: surplus.join(", ") }),
    }
}

/// The outside of a component.
#[derive(Default)]
struct Surface<'a> {
    /// What a host has to supply.
    imports: Vec<&'a str>,
    /// Whether it exports the interface of sources.
    is_source: bool,
    /// Of each type: whether it is that of an instance that holds types of plain data alone.
    types: Vec<bool>,
}

impl<'a> Surface<'a> {
    /// Nothing if the file ends in the middle of something.
    fn read(bytes: &'a [u8]) -> wasmparser::Result<Option<Self>> {
        let (mut surface, mut parser, mut rest) = (Self::default(), Parser::new(0), bytes);
        loop {
            let Chunk::Parsed { consumed, payload } = parser.parse(rest, true)? else { return Ok(None) };
            rest = rest.get(consumed..).unwrap_or_default();
            match payload {
                Payload::ModuleSection { unchecked_range, .. } | Payload::ComponentSection { unchecked_range, .. } => {
                    let length = unchecked_range.end.saturating_sub(unchecked_range.start);
                    let Some(behind) = rest.get(length..) else { return Ok(None) };
                    rest = behind;
                }
                Payload::End(_) => return Ok(Some(surface)),
                payload => surface.add(payload)?,
            }
        }
    }

    fn add(&mut self, payload: Payload<'a>) -> wasmparser::Result<()> {
        match payload {
            Payload::ComponentTypeSection(section) => {
                for ty in section {
                    self.types.push(is_plain_data(&ty?));
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section {
                    if is_alias_of_type(&alias?) {
                        self.types.push(false);
                    }
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section {
                    let import = import?;
                    match import.ty {
                        ComponentTypeRef::Instance(ty) if self.types.get(ty as usize) == Some(&true) => {}
                        _ => self.imports.push(import.name.name),
                    }
                    if import.ty.kind() == ComponentExternalKind::Type {
                        self.types.push(false);
                    }
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    let export = export?;
                    self.is_source |= export.name.name == INTERFACE && export.kind == ComponentExternalKind::Instance;
                    if export.kind == ComponentExternalKind::Type {
                        self.types.push(false);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn is_plain_data(ty: &ComponentType<'_>) -> bool {
    let ComponentType::Instance(parts) = ty else { return false };
    let is_plain = |part: &InstanceTypeDeclaration<'_>| match part {
        InstanceTypeDeclaration::Export { ty, .. } => {
            matches!(ty, ComponentTypeRef::Type(wasmparser::TypeBounds::Eq(_)))
        }
        _ => true,
    };
    parts.iter().all(is_plain)
}

fn is_alias_of_type(alias: &ComponentAlias<'_>) -> bool {
    match alias {
        ComponentAlias::InstanceExport { kind, .. } => *kind == ComponentExternalKind::Type,
        ComponentAlias::Outer { kind, .. } => *kind == ComponentOuterAliasKind::Type,
        ComponentAlias::CoreInstanceExport { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{EMBEDDED, imports};

    #[test]
    fn the_surface_is_what_the_engine_says_of_the_compiled_component() {
        let engine = wasmtime::Engine::default();
        let compiled = wasmtime::component::Component::from_binary(&engine, EMBEDDED).unwrap();
        let surface = Surface::read(EMBEDDED).unwrap().unwrap();
        assert!(surface.is_source);
        assert_eq!(surface.imports, imports::of(&engine, &compiled));
        assert!(inspect(EMBEDDED, "x").is_ok());
    }

    #[test]
    fn what_is_cut_off_or_garbled_is_an_error_and_no_panic() {
        for end in [0, 4, 8, 9, 20, 1000, EMBEDDED.len() / 2] {
            let error = inspect(&EMBEDDED[..end], "x").unwrap_err();
            assert!(matches!(error, LoadError::Invalid { .. } | LoadError::NotASource { .. }), "{end}: {error}");
        }
        for at in (8..2000).step_by(7) {
            let mut garbled = EMBEDDED.to_vec();
            garbled[at] ^= 0xff;
            let _ = inspect(&garbled, "x");
        }
    }
}
