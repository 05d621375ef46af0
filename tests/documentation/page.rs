//! The generated parts of a page: what stands between `<!-- name: begin -->` and `<!-- name: end -->`.

use std::path::Path;

/// How to regenerate everything that is generated here.
const CURE: &str = "regenerate it with BLESS=1 cargo test -p source-host --test documentation";

/// Whether files are to be written anew.
pub(crate) fn is_blessed() -> bool {
    std::env::var_os("BLESS").is_some_and(|value| value == "1")
}

/// Holds the parts of a page to what they should be, or writes them.
pub(crate) fn hold_parts(file: &str, parts: &[(&str, &str)]) {
    let mut page = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
    for (name, wanted) in parts {
        let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->\n"));
        let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("{file} has no {begin}"));
        let (written, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{file} has no {end}"));
        assert!(is_blessed() || written == *wanted, "{file}, {name}; {CURE}");
        page = format!("{before}{begin}{wanted}{end}{after}");
    }
    if is_blessed() {
        std::fs::write(file, page).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
}

/// Holds a whole file to what it should be, or writes it.
pub(crate) fn hold_file(file: &Path, wanted: &str) {
    if is_blessed() {
        std::fs::write(file, wanted).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
    let written = std::fs::read_to_string(file).unwrap_or_default();
    assert!(written == wanted, "{}; {CURE}", file.display());
}
