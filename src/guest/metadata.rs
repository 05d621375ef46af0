//! What the file says about itself, in the custom sections that tools for components read. They hold what `Cargo.toml`
//! says, and are no part of the memory of a running component.

/// A text as the bytes of a section.
const fn bytes<const LENGTH: usize>(text: &str) -> [u8; LENGTH] {
    match text.as_bytes().first_chunk() {
        Some(bytes) => *bytes,
        None => panic!("the section is longer than the text"),
    }
}

macro_rules! section {
    ($name:literal, $item:ident, $text:expr) => {
        #[used]
        // SAFETY: a custom section by a name that no linker gives a meaning to.
        #[unsafe(link_section = $name)]
        static $item: [u8; $text.len()] = bytes($text);
    };
}

section!("version", VERSION, env!("CARGO_PKG_VERSION"));
section!("licenses", LICENSES, env!("CARGO_PKG_LICENSE"));
section!("description", DESCRIPTION, env!("CARGO_PKG_DESCRIPTION"));
