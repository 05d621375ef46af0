//! References to secrets. The configuration says where a secret is, never what it is.

use super::disclosed::Disclosed;
use super::document::{Section, integer};
use super::error::ConfigError;
use super::secret_program;
use crate::contract::Secret;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::de::{DeTable, DeValue};

/// Where a secret is.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// In an environment variable of the host.
    Env(String),
    /// In a file; line ends behind it do not belong to it.
    File {
        /// Where the file is.
        path: PathBuf,
        /// The path as the configuration has it.
        written: String,
    },
    /// What a program prints; line ends behind it do not belong to it.
    Exec {
        /// The program and its arguments.
        words: Vec<String>,
        /// How long it may take.
        limit: Duration,
    },
    /// A credential that systemd hands to the service: a file of this name in `$CREDENTIALS_DIRECTORY`. Source:
    /// systemd.exec(5), `LoadCredential=`.
    Credential(String),
}

impl SecretRef {
    /// Whether it can be fetched without starting anything: by verbs that only need a secret where one is at hand.
    #[must_use]
    pub fn is_passive(&self) -> bool {
        !matches!(self, Self::Exec { .. })
    }
}

/// Without what may be the secret itself.
impl fmt::Debug for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(variable) => write!(f, "Env({})", Disclosed::variable(variable)),
            Self::File { path, written } => write!(f, "File({})", Disclosed::file(written, path)),
            Self::Exec { words, .. } => write!(f, "Exec({} words)", words.len()),
            Self::Credential(name) => write!(f, "Credential({})", Disclosed::member(name)),
        }
    }
}

const FORM: &str = "must be a reference: { env = \"NAME\" }, { file = \"path\" }, { exec = [\"program\", \"argument\"] } or \
                    { credential = \"name\" }; a secret itself does not belong in the configuration";
const NO_COMMAND: &str = "exec must be a list of the program and its arguments, all in quotes, and timeout_secs beside it a \
                          whole number from 1 to 600";
const NO_CREDENTIAL: &str = "what it names is no credential of systemd: the name of a file, without a folder; if it is the \
                             secret itself, give it to the service by LoadCredential= and name that here";
const NO_VARIABLE: &str = "what it names is no environment variable: they have letters, digits and `_`, `.` or `-`, and \
                           begin with no digit; if it is the secret itself, put it into a variable and name that here";
const LONGEST_VARIABLE: usize = 128;
/// Where systemd puts credentials.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// Reads `[source.secrets]`.
pub(super) fn references(section: Section<'_>) -> Result<BTreeMap<String, SecretRef>, ConfigError> {
    section.members().map(|(name, value)| Ok((name.to_owned(), reference(section, name, value)?))).collect()
}

/// What is wrong in `[source.secrets]`.
pub(super) fn mistakes(section: Section<'_>) -> Vec<ConfigError> {
    section.members().filter_map(|(name, value)| reference(section, name, value).err()).collect()
}

fn reference(section: Section<'_>, name: &str, value: &toml::Spanned<DeValue<'_>>) -> Result<SecretRef, ConfigError> {
    let mistake = |problem| section.mistake(&Disclosed::member(name).to_string(), value.span(), problem);
    let malformed = || mistake(FORM);
    let table = value.get_ref().as_table().ok_or_else(malformed)?;
    if let Some(words) = table.get("exec") {
        return command(section, words.get_ref(), table).ok_or_else(|| mistake(NO_COMMAND));
    }
    let (kind, place) = table.iter().next().filter(|_| table.len() == 1).ok_or_else(malformed)?;
    let place = place.get_ref().as_str().filter(|place| !place.is_empty()).ok_or_else(malformed)?;
    match kind.get_ref().as_ref() {
        "env" if is_variable(place) => Ok(SecretRef::Env(place.to_owned())),
        "env" => Err(mistake(NO_VARIABLE)),
        "file" => Ok(SecretRef::File { path: section.relative(place), written: place.to_owned() }),
        "credential" if is_file_name(place) => Ok(SecretRef::Credential(place.to_owned())),
        "credential" => Err(mistake(NO_CREDENTIAL)),
        _ => Err(malformed()),
    }
}

/// `exec`, and `timeout_secs` beside it.
fn command(section: Section<'_>, words: &DeValue<'_>, table: &DeTable<'_>) -> Option<SecretRef> {
    let words: Option<Vec<String>> =
        words.as_array()?.iter().map(|word| word.get_ref().as_str().map(str::to_owned)).collect();
    let mut words = words.filter(|words| words.first().is_some_and(|program| !program.is_empty()))?;
    // A path is relative to the file, as all paths are; a mere name is looked for where programs are.
    if let Some(program) = words.first_mut().filter(|program| program.contains('/')) {
        *program = section.relative(program).display().to_string();
    }
    let seconds = match table.get("timeout_secs") {
        Some(seconds) => integer(seconds.get_ref())?.try_into().ok()?,
        None => secret_program::DEFAULT_SECS,
    };
    let is_known = table.keys().all(|key| matches!(key.get_ref().as_ref(), "exec" | "timeout_secs"));
    let fits = is_known && (1..=secret_program::MOST_SECS).contains(&seconds);
    fits.then(|| SecretRef::Exec { words, limit: Duration::from_secs(seconds) })
}

/// Whether a text is the name of a file in a folder, and nothing that leads out of it.
fn is_file_name(name: &str) -> bool {
    name.len() <= LONGEST_VARIABLE && !name.contains(['/', '\\', '\0']) && name != "." && name != ".."
}

/// Whether a text can be the name of a variable that somebody sets: as shells have them, and container platforms.
fn is_variable(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    name.len() <= LONGEST_VARIABLE
        && name.bytes().all(is_part)
        && !name.starts_with(|first: char| first.is_ascii_digit())
}

/// Fetches the secrets. Neither they nor what the system says about their content appear in an error; nor does what
/// stands in the place of a name or a path and may be the secret itself.
pub fn resolve(references: &BTreeMap<String, SecretRef>) -> Result<Vec<Secret>, ConfigError> {
    references.iter().map(|(name, reference)| fetch(name, reference)).collect()
}

fn fetch(name: &str, reference: &SecretRef) -> Result<Secret, ConfigError> {
    let name_shown = Disclosed::member(name);
    let problem = |problem: String| ConfigError::Secret { name: name_shown.to_string(), problem };
    // Why nothing is shown, and what to do if it is what it looks like.
    let slip = |shown: &Disclosed<'_>, place: &str| match shown {
        Disclosed::Shown(_) => String::new(),
        Disclosed::Length(_) => {
            format!("; if the configuration has the secret itself there, put it into {place} and name that")
        }
    };
    let value = match reference {
        SecretRef::Env(variable) => std::env::var(variable).map_err(|error| {
            let shown = Disclosed::variable(variable);
            problem(match error {
                std::env::VarError::NotPresent => {
                    format!("the environment variable {shown} is not set; set it{}", slip(&shown, "a variable"))
                }
                std::env::VarError::NotUnicode(_) => format!("the environment variable {shown} is not UTF-8"),
            })
        })?,
        SecretRef::File { path, written } => {
            let shown = Disclosed::file(written, path);
            let bytes = std::fs::read(path).map_err(|error| {
                problem(format!(
                    "cannot read the file {shown}: {}; check the path{}",
                    error.kind(),
                    slip(&shown, "a file")
                ))
            })?;
            String::from_utf8(bytes).map_err(|_| problem(format!("the file {shown} is not UTF-8 text")))?
        }
        SecretRef::Exec { words, limit } => {
            let bytes = secret_program::output(words, *limit).map_err(problem)?;
            String::from_utf8(bytes).map_err(|_| problem("what the program printed is not UTF-8 text".to_owned()))?
        }
        SecretRef::Credential(name) => {
            let shown = Disclosed::member(name);
            let folder = std::env::var_os(CREDENTIALS).ok_or_else(|| {
                problem(format!(
                    "the credential {shown} is not there: this was not started by systemd with LoadCredential= or \
                     SetCredential=; add one to the service, or use env or file"
                ))
            })?;
            std::fs::read_to_string(Path::new(&folder).join(name)).map_err(|error| {
                problem(format!(
                    "cannot read the credential {shown}: {}; look at LoadCredential= of the service{}",
                    error.kind(),
                    slip(&shown, "a credential")
                ))
            })?
        }
    };
    let value = value.trim_end_matches(['\r', '\n']).to_owned();
    if value.is_empty() {
        return Err(problem("is empty; put the secret where the configuration says".into()));
    }
    Ok(Secret { name: name.to_owned(), value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &Path) -> SecretRef {
        SecretRef::File { path: path.to_owned(), written: path.display().to_string() }
    }

    #[test]
    fn secrets_are_fetched_without_line_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "hush\r\n").unwrap();
        let references = BTreeMap::from([("s".to_owned(), file(&path))]);
        assert_eq!(resolve(&references).unwrap()[0].value, "hush");
        std::fs::write(&path, b"hush\xff").unwrap();
        let error = resolve(&references).err().unwrap().to_string();
        assert!(error.starts_with("secret s: ") && !error.contains("hush"), "{error}");
        std::fs::write(&path, "\n").unwrap();
        assert!(resolve(&references).err().unwrap().to_string().contains("is empty"));
        let missing = BTreeMap::from([("s".to_owned(), SecretRef::Env("SOURCE_HOST_NO_SUCH_VARIABLE".into()))]);
        assert!(resolve(&missing).err().unwrap().to_string().contains("SOURCE_HOST_NO_SUCH_VARIABLE is not set"));
    }

    #[test]
    fn what_stands_in_the_place_of_a_name_is_not_told() {
        let folder = tempfile::tempdir().unwrap();
        let hush = "Hush7Q-hush.hush8";
        for reference in
            [SecretRef::Env(hush.into()), SecretRef::File { path: folder.path().join(hush), written: hush.into() }]
        {
            let error = resolve(&BTreeMap::from([("client_secret".to_owned(), reference.clone())])).err().unwrap();
            let told = format!("{error} {error:?} {reference:?}").to_lowercase();
            assert!(told.contains("(17 characters, not shown)") && !told.contains("hush"), "{told}");
            assert!(told.contains("secret client_secret: ") && told.contains("the secret itself"), "{told}");
        }
        let odd = BTreeMap::from([(hush.to_owned(), SecretRef::Env("SOURCE_HOST_NO_SUCH_VARIABLE".into()))]);
        assert!(!resolve(&odd).err().unwrap().to_string().to_lowercase().contains("hush"));
    }
}
