//! Component files that cost more than they should: looked at before they are compiled, and compiled within bounds.

use crate::support::program::{Output, Program};
use source_host::engine::EMBEDDED;
use std::path::Path;
use wasm_encoder::{CodeSection, Function, FunctionSection, Instruction, Module, TypeSection};

/// What the documentation says is enough: 768 MiB, and the component's memory twice.
#[cfg(target_os = "linux")]
const ENOUGH_KIB: u64 = (768 + 2 * 64) * 1024;

/// The built-in component with a module beside it that nobody uses, of so many functions that do nothing.
fn costly(functions: u32) -> Vec<u8> {
    let (mut types, mut list, mut code) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
    types.ty().function([], []);
    for _ in 0..functions {
        list.function(0);
        let mut body = Function::new([]);
        body.instruction(&Instruction::End);
        code.function(&body);
    }
    let mut module = Module::new();
    module.section(&types).section(&list).section(&code);
    let module = module.finish();
    let mut component = EMBEDDED.to_vec();
    component.push(1);
    let mut length = module.len();
    while length > 127 {
        component.push((length & 127) as u8 | 128);
        length >>= 7;
    }
    component.push(length as u8);
    component.extend(module);
    component
}

/// `describe` of a component, with bounds.
fn describe(folder: &Path, wasm: &[u8], bounds: &str) -> Output {
    std::fs::write(folder.join("x.wasm"), wasm).expect("written");
    let config = format!("[source]\ncomponent = \"x.wasm\"\n[sandbox]\ncache_dir = \"cache\"\n{bounds}\n");
    std::fs::write(folder.join("c.toml"), config).expect("written");
    Program::new().current_dir(folder).args(["describe", "--config", "c.toml"]).run()
}

fn refused(output: &Output, parts: &[&str]) {
    assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{}", output.stderr);
    assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
    for part in parts {
        assert!(output.stderr.contains(part), "{part}: {}", output.stderr);
    }
}

#[cfg(unix)]
#[test]
fn compiling_takes_no_longer_than_it_may() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = describe(folder.path(), &costly(100_000), "compile_timeout_secs = 1");
    refused(&output, &["error: compiling ", "x.wasm takes longer than 1 s", "raise sandbox.compile_timeout_secs"]);
    assert!(!folder.path().join("cache").exists(), "nothing is kept of it");
}

#[cfg(target_os = "linux")]
#[test]
fn compiling_takes_no_more_memory_than_it_may() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = describe(folder.path(), &costly(100_000), "compile_memory_bytes = 268435456");
    refused(
        &output,
        &["error: compiling ", "x.wasm takes more than 268435456 bytes of memory", "sandbox.compile_memory_bytes"],
    );
}

#[test]
fn a_compiled_component_comes_from_the_cache_whatever_the_bounds() {
    let folder = tempfile::tempdir().expect("a folder");
    let wasm = costly(1);
    let first = describe(folder.path(), &wasm, "");
    assert_eq!(first.code, 0, "{}", first.stderr);
    let kept = std::fs::read_dir(folder.path().join("cache")).expect("there is a cache").count();
    assert_eq!(kept, 1);
    let again = describe(folder.path(), &wasm, "compile_memory_bytes = 1");
    assert_eq!((again.code, again.stdout), (0, first.stdout), "{}", again.stderr);
}

#[test]
fn what_no_source_gets_is_refused_before_anything_is_compiled() {
    let folder = tempfile::tempdir().expect("a folder");
    let renamed = |from: &[u8], to: &[u8]| {
        let mut wasm = costly(100_000);
        let places: Vec<usize> = (0..EMBEDDED.len()).filter(|at| wasm[*at..].starts_with(from)).collect();
        assert!(!places.is_empty());
        places.into_iter().for_each(|at| wasm[at..at + to.len()].copy_from_slice(to));
        wasm
    };
    // It could not be compiled in that time.
    let bounds = "compile_timeout_secs = 20\ncompile_memory_bytes = 268435456";
    let output = describe(folder.path(), &renamed(b"wasi:random/random@", b"evil:random/random@"), bounds);
    refused(&output, &["x.wasm imports evil:random/random@0.2", "a source may import nothing but"]);
    // What a runtime brings along is left out by its own option.
    refused(
        &output,
        &["without an adapter", "jco componentize --disable stdio", "componentize-py componentize --stub-wasi"],
    );
    let output = describe(folder.path(), &renamed(b"pipeline:source/source@", b"pipeline:sauces/source@"), bounds);
    refused(&output, &["x.wasm does not export pipeline:source/source@0.1.0"]);
    let output = describe(folder.path(), &costly(1)[..5000], bounds);
    refused(&output, &["x.wasm cannot be compiled: "]);
}

#[cfg(target_os = "linux")]
#[test]
fn little_address_space_is_enough_and_too_little_is_said_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let confined = |component: &str, kibibytes: u64| {
        let config = format!("[source]\n{component}\n[sandbox]\ncache_dir = \"confined\"\n");
        std::fs::write(folder.path().join("c.toml"), config).expect("written");
        let program = Program::new().current_dir(folder.path()).args(["describe", "--config", "c.toml"]);
        program.address_space(kibibytes).run()
    };
    let whole = describe(folder.path(), EMBEDDED, "");
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    // The engine would set 4 GiB aside for the memory alone.
    for how in ["compiled", "from the cache"] {
        let output = confined("", ENOUGH_KIB);
        assert_eq!((output.code, &output.stdout), (0, &whole.stdout), "{how}: {}", output.stderr);
    }
    let demo =
        Program::new().current_dir(folder.path()).args(["--out", "events.ndjson"]).address_space(ENOUGH_KIB).run();
    assert_eq!(demo.code, 0, "{}", demo.stderr);
    // The bound of the compiler is a gigabyte, the system gives less.
    std::fs::write(folder.path().join("x.wasm"), costly(100_000)).expect("written");
    let output = confined("component = \"x.wasm\"", 300_000);
    refused(&output, &["takes more memory than there is", "307200000 bytes of address space (`ulimit -v 300000`)"]);
}
