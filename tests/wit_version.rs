//! The contract changes with its version: what its package says today still fits what the released one of the same
//! version said, or the version is another.
//!
//! `tests/released/source.wit` is the released package, all files in one. `BLESS=1` writes it anew, which is right only
//! when a version is released.

use std::fs;
use std::path::{Path, PathBuf};
use wit_parser::{PackageId, Resolve, SourceMap, WorldId};

const WORLD: &str = "asset-source";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files of `wit/` as one: the line that names the package, then the rest of each.
fn current() -> String {
    let mut files: Vec<PathBuf> =
        fs::read_dir(root().join("wit")).expect("the folder is there").map(|it| it.expect("a file").path()).collect();
    files.sort();
    let mut whole = String::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a text");
        let (package, rest) = text.split_once('\n').expect("more than one line");
        assert!(
            package.starts_with("package ") && package.ends_with(';'),
            "{} starts with its package",
            file.display()
        );
        if whole.is_empty() {
            whole = format!("{package}\n");
        }
        assert!(whole.starts_with(package), "{} belongs to the same package", file.display());
        whole += rest;
    }
    whole
}

fn released() -> String {
    let path = root().join("tests/released/source.wit");
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        fs::write(&path, current()).expect("the file can be written");
    }
    fs::read_to_string(path).expect("the released package is there")
}

/// Major, minor and patch of `package name@major.minor.patch;`.
fn version(wit: &str) -> [u64; 3] {
    let line = wit.lines().next().and_then(|line| line.split_once('@')).expect("the package has a version").1;
    let mut parts = line.trim_end_matches(';').split('.').map(|part| part.parse().expect("a number"));
    std::array::from_fn(|_| parts.next().expect("three numbers"))
}

/// Whether Semantic Versioning lets users of one version take the other: before 1.0, only patches do.
fn promises_to_fit(before: [u64; 3], after: [u64; 3]) -> bool {
    match (before, after) {
        ([0, a, _], [0, b, _]) => a == b,
        ([a, ..], [b, ..]) => a == b,
    }
}

/// Adds a package under a name of its own version, so that both can be there at once.
fn world(resolve: &mut Resolve, wit: &str, version: &str) -> WorldId {
    let (line, rest) = wit.split_once('\n').expect("more than one line");
    let name = line.split_once('@').expect("the package has a version").0;
    let mut sources = SourceMap::new();
    sources.push_str("source.wit", format!("{name}@{version};\n{rest}"));
    let group = sources.parse().map_err(|(_, error)| error.to_string()).expect("the package is WIT");
    let package: PackageId = resolve.push_group(group).map_err(|error| error.to_string()).expect("it holds together");
    resolve.select_world(&[package], Some(WORLD)).expect("the world is there")
}

/// Why a source of one contract does not run on a host of the other; nothing if it does.
fn misfit(source: &str, host: &str) -> Option<String> {
    let mut resolve = Resolve::default();
    let (source, host) = (world(&mut resolve, source, "1.0.0"), world(&mut resolve, host, "2.0.0"));
    wit_component::semver_check(resolve, source, host).err().map(|error| format!("{error:#}"))
}

/// Why the contract needs another version; nothing if it does not. New sources have to run on the hosts there are; under
/// one and the same version, the sources there are on new hosts as well.
fn breach(before: &str, after: &str) -> Option<String> {
    if !promises_to_fit(version(before), version(after)) {
        return None;
    }
    let of_old_sources = || (version(before) == version(after)).then(|| misfit(before, after)).flatten();
    misfit(after, before).or_else(of_old_sources)
}

#[test]
fn the_contract_fits_what_was_released_or_has_another_version() {
    if let Some(why) = breach(&released(), &current()) {
        panic!(
            "wit/ changed in a way that breaks hosts and sources of its version: give it another one, or, if this \
             version was never released, run BLESS=1 cargo test -p source-host --test wit_version\n{why}"
        );
    }
}

#[test]
fn what_breaks_is_seen() {
    let before = current();
    let change = |from: &str, to: &str| {
        let after = before.replacen(from, to, 1);
        assert_ne!(after, before, "{from}");
        breach(&before, &after)
    };
    assert_eq!(breach(&before, &before), None);
    let member = "    record limits {\n        extra: u32,\n";
    assert!(change("    record limits {\n", member).is_some(), "another member");
    assert!(change("describe: func() -> descriptor;", "").is_some(), "a function that is gone");
    assert!(change("        upsert,\n", "").is_some(), "a word that is gone");
    assert!(change("checkpoint: option<string>", "checkpoint: string").is_some(), "another type");
    let added = "describe: func() -> descriptor;\n    more: func() -> u32;";
    assert!(change("describe: func() -> descriptor;", added).is_some(), "a function that sources there are lack");
    let [major, minor, patch] = version(&before);
    let patched = before.replacen("describe: func() -> descriptor;", added, 1).replacen(
        &format!("@{major}.{minor}.{patch};"),
        &format!("@{major}.{minor}.{};", patch + 1),
        1,
    );
    assert_eq!(breach(&before, &patched), None, "a later patch may add");
    let another = format!("@{}.{}.0;", version(&before)[0], version(&before)[1] + 1);
    let released = before.replacen("describe: func() -> descriptor;", "", 1);
    let renamed = released.replacen(&format!("@{major}.{minor}.{patch};"), &another, 1);
    assert_eq!(breach(&before, &renamed), None, "another version may be another contract");
}
