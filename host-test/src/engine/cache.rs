//! Compiled components on disk. Compiling takes a fraction of a second, loading a compiled one a millisecond.
//!
//! Nothing about the cache is ever fatal: what cannot be read, was damaged or was written by another version is
//! compiled again.

use sha2::{Digest, Sha256};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use wasmtime::Engine;
use wasmtime::component::Component;

const DIGEST_BYTES: usize = 32;
const MOST_FILES: usize = 16;

/// A folder with compiled components.
///
/// Whoever can write into the folder can run code as the user, as with any folder of programs. It is made so that
/// only the user can.
#[derive(Debug, Clone)]
pub struct CompiledCache {
    folder: PathBuf,
}

/// The user's folder for such things; nothing if the environment names none.
pub fn default_cache_dir() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        folder("HOME").map(|home| home.join("Library/Caches"))
    } else {
        folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")))
    };
    base.map(|base| base.join("source-host"))
}

impl CompiledCache {
    /// Uses a folder, which is made when it is first written to.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The component of the folder; one that `compile` makes, which is kept then, if there is none.
    pub(super) fn load_or<E>(
        &self,
        engine: &Engine,
        wasm: &[u8],
        compile: impl FnOnce() -> Result<Component, E>,
    ) -> Result<Component, E> {
        let path = self.folder.join(file_name(engine, wasm));
        if let Some(component) = load(engine, &path) {
            return Ok(component);
        }
        let component = compile()?;
        match component
            .serialize()
            .map_err(|error| error.to_string())
            .and_then(|bytes| self.store(&path, &bytes).map_err(|error| error.to_string()))
        {
            Ok(()) => self.prune(),
            Err(error) => tracing::debug!("the compiled component is not cached: {error}"),
        }
        Ok(component)
    }

    fn store(&self, path: &Path, compiled: &[u8]) -> std::io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(&self.folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(&Sha256::digest(compiled))?;
        file.write_all(compiled)?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Keeps the newest files only: each new build of a component leaves one behind.
    fn prune(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let mut files: Vec<_> = entries
            .flatten()
            .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "cwasm"))
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        files.sort();
        for (_, path) in files.iter().rev().skip(MOST_FILES) {
            let _ = fs::remove_file(path);
        }
    }
}

fn file_name(engine: &Engine, wasm: &[u8]) -> String {
    let mut settings = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut settings);
    let digest: String = Sha256::digest(wasm).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{digest}-{:016x}.cwasm", settings.finish())
}

fn load(engine: &Engine, path: &Path) -> Option<Component> {
    let bytes = fs::read(path).ok()?;
    let (digest, compiled) = bytes.split_at_checked(DIGEST_BYTES)?;
    if Sha256::digest(compiled).as_slice() != digest {
        tracing::debug!("the cached component is damaged and will be compiled again");
        return None;
    }
    // SAFETY: the bytes are what this program wrote after compiling: the name carries the hash of the component and
    // of the engine's version and settings, the content its own digest, and only the user can write to the folder.
    // The engine checks its version and settings once more.
    unsafe { Component::deserialize(engine, compiled) }
        .inspect_err(|error| tracing::debug!("the cached component does not fit this engine: {error}"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    fn load_or_compile(cache: &CompiledCache, engine: &Engine) -> wasmtime::Result<Component> {
        cache.load_or(engine, EMPTY, || Component::from_binary(engine, EMPTY))
    }

    fn only_file(folder: &Path) -> PathBuf {
        let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 1);
        files.remove(0)
    }

    #[test]
    fn damaged_files_are_compiled_again() {
        let folder = tempfile::tempdir().unwrap();
        let cache = CompiledCache::new(folder.path().join("cache"));
        let engine = Engine::default();
        load_or_compile(&cache, &engine).unwrap();
        let path = only_file(&folder.path().join("cache"));
        let good = fs::read(&path).unwrap();
        assert!(load(&engine, &path).is_some());
        for damaged in
            [b"".as_slice(), b"short", &good[..good.len() - 1], &[&good[..100], &[!good[100]], &good[101..]].concat()]
        {
            fs::write(&path, damaged).unwrap();
            assert!(load(&engine, &path).is_none());
            load_or_compile(&cache, &engine).unwrap();
            assert_eq!(fs::read(&path).unwrap(), good, "repaired");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_used_is_no_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let cache = CompiledCache::new(file.path().join("below-a-file"));
        assert!(load_or_compile(&cache, &Engine::default()).is_ok());
    }
}
