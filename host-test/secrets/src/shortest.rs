//! From which length on a value is looked for.

/// Shortest value that is found in the middle of other text, in bytes.
pub const SHORTEST: usize = 8;

/// Shortest value that is found as a word, in bytes.
pub const SHORTEST_WORD: usize = 4;
