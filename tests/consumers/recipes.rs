//! The recipes of `docs/loading.md`: the code that stands behind `<!-- recipe: name -->`.

use std::collections::BTreeMap;
use std::path::Path;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/loading.md");

/// Every recipe by its name, as it stands on the page.
pub(crate) fn all() -> BTreeMap<String, String> {
    let page = std::fs::read_to_string(PAGE).expect("the page is there");
    let of = |part: &str| {
        let (name, rest) = part.split_once(" -->\n```").expect("a name, and code behind it");
        let (_, rest) = rest.split_once('\n').expect("code begins on a line of its own");
        let (code, _) = rest.split_once("\n```").expect("code has an end");
        (name.to_owned(), format!("{code}\n"))
    };
    let found: BTreeMap<_, _> = page.split("<!-- recipe: ").skip(1).map(of).collect();
    assert_eq!(found.len(), page.matches("<!-- recipe: ").count(), "names are there once");
    found
}

/// Writes all of them into a folder, each into a file of its name.
pub(crate) fn write(folder: &Path) {
    for (name, code) in all() {
        std::fs::write(folder.join(name), code).expect("written");
    }
}
