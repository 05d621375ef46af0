//! Names that the configuration has and nobody knows: a secret may stand in their place.
//!
//! **The rule.** A name is repeated if it is near a known one, or if its words, parted by `_`, are short and of lower-case
//! letters, with a few digits behind them at most: what is made by chance mixes letters and digits, or cases. Of any other
//! the length is told.

/// Letters of the longest word, and digits behind it.
const LONGEST_WORD: usize = 16;
const MOST_DIGITS: usize = 3;
/// Longest name of which anything is repeated.
const LONGEST_NAME: usize = 80;

/// A name, or a path of names parted by points, as messages show it.
pub(super) fn disclosed(path: &str, is_near: bool) -> String {
    if path.len() <= LONGEST_NAME && (is_near || path.split('.').all(is_name)) {
        return format!("`{path}`");
    }
    format!("of {} characters, which are not shown", path.chars().count())
}

fn is_name(name: &str) -> bool {
    let is_word = |word: &str| {
        let letters = word.bytes().take_while(u8::is_ascii_lowercase).count();
        let digits = &word.as_bytes()[letters..];
        (1..=LONGEST_WORD).contains(&letters) && digits.len() <= MOST_DIGITS && digits.iter().all(u8::is_ascii_digit)
    };
    name.split('_').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_shown_and_what_may_be_a_secret_is_not() {
        assert_eq!(disclosed("datasets.device_usr.on", false), "`datasets.device_usr.on`");
        assert_eq!(disclosed("tenantId", true), "`tenantId`");
        for secret in ["Zk9~S3cretTOKENvalue", "correct-horse", "0f8fad5b", "aB", "d41d8cd98f00b204", "a b"] {
            let shown = disclosed(&format!("datasets.{secret}"), false);
            assert!(!shown.contains(secret) && shown.contains("characters"), "{shown}");
        }
    }
}
