//! What messages repeat of a configuration in which a secret may stand in the wrong place: as the name of the
//! environment variable that should hold it, as the path of its file, as the name of a member.
//!
//! Rule: a word is repeated where its form says that it is no secret, and is told by its length otherwise.
//!
//! | what | is repeated if |
//! |---|---|
//! | name of a variable | all its words are upper case |
//! | name of a member | all its words are lower case |
//! | path of a file | it is there; or the folder written in front of it is; or its name ends in one of [`ENDINGS`] |
//!
//! Words of a name are parted by `_`. A word has at most [`LONGEST_WORD`] letters, and digits only behind them: what is
//! made by chance mixes letters and digits, or cases.

use std::fmt;
use std::path::{Component, Path};

/// Letters of the longest word; digits behind them are no more than [`MOST_DIGITS`].
const LONGEST_WORD: usize = 16;
const MOST_DIGITS: usize = 3;
/// Longest name of which anything is repeated.
const LONGEST_NAME: usize = 64;

/// Endings of files that hold secrets. No secret ends like that.
const ENDINGS: [&str; 10] = ["conf", "env", "json", "key", "password", "pem", "pwd", "secret", "token", "txt"];

/// A word of the configuration as messages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Disclosed<'a> {
    /// Itself.
    Shown(&'a str),
    /// Only its length in characters.
    Length(usize),
}

impl<'a> Disclosed<'a> {
    /// Of the name of an environment variable.
    pub(super) fn variable(name: &'a str) -> Self {
        Self::shown_if(name, is_name(name, u8::is_ascii_uppercase))
    }

    /// Of the name of a member.
    pub(super) fn member(name: &'a str) -> Self {
        Self::shown_if(name, is_name(name, u8::is_ascii_lowercase))
    }

    /// Of a path as it is written, which leads to `path`.
    pub(super) fn file(written: &'a str, path: &Path) -> Self {
        let ends_well = || {
            let ending = Path::new(written).extension().and_then(|ending| ending.to_str());
            ending.is_some_and(|ending| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
        };
        let has_folder = || {
            let folder = Path::new(written).parent().unwrap_or(Path::new(""));
            // The root is there for whatever begins with a slash.
            let is_named = folder.components().any(|part| matches!(part, Component::Normal(_)));
            is_named && path.parent().is_some_and(Path::is_dir)
        };
        Self::shown_if(written, path.exists() || has_folder() || ends_well())
    }

    fn shown_if(text: &'a str, is_harmless: bool) -> Self {
        if is_harmless { Self::Shown(text) } else { Self::Length(text.chars().count()) }
    }
}

impl fmt::Display for Disclosed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shown(text) => f.write_str(text),
            Self::Length(1) => f.write_str("(1 character, not shown)"),
            Self::Length(length) => write!(f, "({length} characters, not shown)"),
        }
    }
}

fn is_name(name: &str, is_letter: fn(&u8) -> bool) -> bool {
    let is_word = |word: &str| {
        let letters = word.bytes().take_while(is_letter).count();
        let digits = &word.as_bytes()[letters..];
        (1..=LONGEST_WORD).contains(&letters) && digits.len() <= MOST_DIGITS && digits.iter().all(u8::is_ascii_digit)
    };
    name.len() <= LONGEST_NAME && name.split('_').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts as secrets are made: by services, by generators, by people.
    const SECRETS: [&str; 12] = [
        "Xy7.Q~abcdefGHIJKL0123456789-mnopqrstuvw",
        "0f8fad5b-d9cb-469f-a165-70867728950e",
        "d41d8cd98f00b204e9800998ecf8427e",
        "D41D8CD98F00B204E9800998ECF8427E",
        "JBSWY3DPEHPK3PXP",
        "q83vEjRWeJCrze8SNFZ4kKvN7w==",
        "/q83vEjRWeJCrze8SNFZ4kKvN7w",
        "ab/q83vEjRWeJCrze8SNFZ4kKvN7w",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "Tr0ub4dor&3",
        "correct horse battery staple",
        "correct-horse-battery-staple",
    ];

    #[test]
    fn secrets_are_told_by_their_length() {
        let folder = tempfile::tempdir().unwrap();
        for secret in SECRETS {
            let length = Disclosed::Length(secret.chars().count());
            assert_eq!(Disclosed::variable(secret), length, "{secret}");
            assert_eq!(Disclosed::member(secret), length, "{secret}");
            assert_eq!(Disclosed::file(secret, &folder.path().join(secret)), length, "{secret}");
            assert!(!Disclosed::variable(secret).to_string().contains(secret));
        }
    }

    #[test]
    fn names_and_paths_are_told_as_they_are() {
        for name in ["DEFENDER_CLIENT_SECRET", "SECRET", "AZURE_KEY2", "X509_CERT", "A"] {
            assert_eq!(Disclosed::variable(name), Disclosed::Shown(name));
        }
        for name in ["client_secret", "client_secrt", "secret", "key2"] {
            assert_eq!(Disclosed::member(name), Disclosed::Shown(name));
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("secrets")).unwrap();
        std::fs::write(folder.path().join("bare"), "").unwrap();
        for name in ["none.txt", "no/such/folder/x.pem", "secrets/client_secret", "bare"] {
            assert_eq!(Disclosed::file(name, &folder.path().join(name)), Disclosed::Shown(name));
        }
        let absolute = folder.path().join("client_secret");
        let absolute = absolute.to_str().unwrap();
        assert_eq!(Disclosed::file(absolute, Path::new(absolute)), Disclosed::Shown(absolute));
    }
}
