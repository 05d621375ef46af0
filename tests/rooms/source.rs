//! Which file imports which, read from their text: `use` and every other path that leads to a module.
//!
//! What is compiled for tests alone is left out: a test may look at everything.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A crate and the folder of its root.
pub(crate) struct Crate {
    /// As it is written in paths.
    pub(crate) name: &'static str,
    /// Below the root of the project.
    pub(crate) folder: &'static str,
}

/// A path in one file that leads to another.
#[derive(Debug)]
pub(crate) struct Import {
    /// The file that it is written in.
    pub(crate) from: PathBuf,
    /// The file of the innermost module that it names.
    pub(crate) to: PathBuf,
    /// The path as it is written.
    pub(crate) path: String,
}

/// Every source file of some crates that is not for tests alone, below the root of the project.
pub(crate) fn files(root: &Path, folder: &Path, crates: &[Crate]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut tests = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root.join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if root.join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(root.join(&path)).unwrap();
                let below = folder_of(&path);
                tests.extend(test_modules(&bare(&text)).into_iter().map(|name| below.join(name)));
                files.push(path);
            }
        }
    }
    assert!(crates.iter().all(|one| files.iter().any(|file| file.starts_with(one.folder))));
    files.retain(|file| !tests.iter().any(|test| file.starts_with(test) || file.with_extension("") == *test));
    files.sort();
    files
}

/// What a file imports of these crates.
pub(crate) fn imports(root: &Path, file: &Path, crates: &[Crate]) -> Vec<Import> {
    let text = without_tests(&bare(&std::fs::read_to_string(root.join(file)).unwrap()));
    let own = crates.iter().filter(|one| file.starts_with(one.folder)).max_by_key(|one| one.folder.len()).unwrap();
    let mut found = Vec::new();
    for path in paths(&text, crates) {
        let mut segments = path.split("::");
        let mut folder = match segments.next().unwrap_or_default() {
            "crate" => PathBuf::from(own.folder),
            "self" => folder_of(file),
            "super" => folder_of(file).parent().unwrap().to_owned(),
            name => match crates.iter().find(|one| one.name == name) {
                Some(one) => PathBuf::from(one.folder),
                None => folder_of(file).join(name),
            },
        };
        for segment in segments {
            match segment {
                "super" => drop(folder.pop()),
                segment if module(root, &folder.join(segment)).is_some() => folder.push(segment),
                _ => break,
            }
        }
        if let Some(to) = module(root, &folder).filter(|to| to != file) {
            found.push(Import { from: file.to_owned(), to, path });
        }
    }
    found
}

/// The file of the module whose children are in a folder.
fn module(root: &Path, folder: &Path) -> Option<PathBuf> {
    let all = [folder.with_extension("rs"), folder.join("mod.rs"), folder.join("lib.rs")];
    all.into_iter().find(|file| root.join(file).is_file())
}

/// Where the children of a file's module are.
fn folder_of(file: &Path) -> PathBuf {
    let is_root = file.file_stem().is_some_and(|stem| stem == "mod" || stem == "lib" || stem == "main");
    if is_root { file.parent().unwrap().to_owned() } else { file.with_extension("") }
}

/// The text without comments and without what is in quotes.
fn bare(text: &str) -> String {
    let (mut bare, mut rest) = (String::new(), text);
    while let Some(first) = rest.chars().next() {
        let hashes = rest.strip_prefix('r').map(|raw| raw.len() - raw.trim_start_matches('#').len());
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(hashes) = hashes.filter(|hashes| rest[1 + hashes..].starts_with('"')) {
            let end = format!("\"{}", "#".repeat(hashes));
            rest[hashes + 2..].find(&end).map_or(rest.len(), |at| at + hashes + 2 + end.len())
        } else if first == '"' {
            quoted(rest)
        } else if rest.starts_with("'\"'") || rest.starts_with("'{'") || rest.starts_with("'}'") {
            3
        } else {
            bare.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        rest = &rest[skipped..];
    }
    bare
}

/// The length of the quoted text that something begins with.
fn quoted(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Modules that are declared for tests alone.
fn test_modules(text: &str) -> Vec<String> {
    let declared = text.split("#[cfg(test)]").skip(1).filter_map(|rest| rest.split_once(';'));
    let names = declared.filter_map(|(item, _)| item.trim().rsplit_once("mod ").map(|(_, name)| name.trim()));
    names.filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')).map(str::to_owned).collect()
}

/// The text without the items that are compiled for tests alone.
fn without_tests(text: &str) -> String {
    let mut parts = text.split("#[cfg(test)]");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut depth = 0;
        let end = part.find(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            depth == 0 && (c == ';' || c == '}')
        });
        kept.push_str(end.map_or("", |end| &part[end + 1..]));
    }
    kept
}

/// Every path that begins with a crate, or with a module that is declared here, trees of `use` spelt out.
fn paths(text: &str, crates: &[Crate]) -> Vec<String> {
    let mut roots = vec!["crate", "self", "super"];
    roots.extend(crates.iter().map(|one| one.name));
    roots.extend(text.split("mod ").skip(1).filter_map(|rest| {
        let name = rest.split_once(';')?.0;
        name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_').then_some(name)
    }));
    let mut found = Vec::new();
    for root in roots {
        for (at, _) in text.match_indices(&format!("{root}::")) {
            let is_start = !text[..at].ends_with(|c: char| c.is_alphanumeric() || "_:$".contains(c));
            // A visibility names a module and imports nothing.
            if is_start && !text[..at].ends_with("pub(in ") {
                spell("", &text[at..], &mut found);
            }
        }
    }
    found
}

/// Spells out the path or tree at the beginning of a text. Where it ends.
fn spell(before: &str, text: &str, found: &mut Vec<String>) -> usize {
    let trimmed = text.trim_start();
    let start = text.len() - trimmed.len();
    if let Some(mut rest) = trimmed.strip_prefix('{') {
        while !rest.trim_start().starts_with('}') && !rest.is_empty() {
            let end = spell(before, rest, found);
            rest = rest[end..].trim_start().trim_start_matches(',');
        }
        return text.len() - rest.trim_start().len() + 1;
    }
    let length = trimmed.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*').unwrap_or(trimmed.len());
    let path = format!("{before}{}", &trimmed[..length]);
    match trimmed[length..].strip_prefix("::") {
        Some(rest) if length > 0 => start + length + 2 + spell(&format!("{path}::"), rest, found),
        _ => {
            found.push(path);
            // Another name for it, up to the next item of the tree.
            let name = trimmed[length..].find([',', '}', ';', '\n']).filter(|_| trimmed[length..].starts_with(" as "));
            (start + length + name.unwrap_or(0)).max(1).min(text.len())
        }
    }
}

#[test]
fn paths_are_read_and_what_only_looks_like_one_is_not() {
    let text = r##"
        // use crate::comment::X;
        use crate::{a::{self, B}, c as d, e::f::*};
        pub use inner::Y; mod inner;
        let text = "crate::quoted \" crate::more" + r#"crate::raw " crate::raw"# + '"';
        my_crate::other(); pub(in crate::seen) fn f() {} $crate::macros(); super::super::up::Z::new();
        #[cfg(test)] mod tests { use crate::tested::X; mod g { } }
        #[cfg(test)] use crate::tested_too::X;
        let x = crate::last::CONST;
    "##;
    let text = without_tests(&bare(text));
    let found: BTreeSet<_> = paths(&text, &[]).into_iter().collect();
    let expected = [
        "crate::a::B",
        "crate::a::self",
        "crate::c",
        "crate::e::f::*",
        "crate::last::CONST",
        "inner::Y",
        "super::super::up::Z::new",
    ];
    assert_eq!(found, expected.map(str::to_owned).into());
    assert_eq!(
        test_modules("#[cfg(test)]\nmod tests;\n#[cfg(test)] pub(crate) mod more;\nmod real;"),
        ["tests", "more"]
    );
}
