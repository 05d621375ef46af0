//! What a walk asks for.

/// What to ask for next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A page.
    Page(String),
    /// The list of files.
    List(String),
    /// A file, with words for messages.
    File(String, String),
    /// The result of a query, with its body.
    Result(String, String),
}
