//! References to secrets. The configuration says where a secret is, never what it is.

use super::document::Section;
use super::error::ConfigError;
use crate::contract::Secret;
use std::collections::BTreeMap;
use std::path::PathBuf;
use toml::de::DeValue;

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// In an environment variable of the host.
    Env(String),
    /// In a file; line ends behind it do not belong to it.
    File(PathBuf),
}

const FORM: &str = "must be a reference, { env = \"NAME\" } or { file = \"path\" }; a secret itself does not belong in \
                    the configuration";

/// Reads `[source.secrets]`.
pub(super) fn references(section: Section<'_>) -> Result<BTreeMap<String, SecretRef>, ConfigError> {
    let reference = |(name, value): (&str, &toml::Spanned<DeValue<'_>>)| {
        let malformed = || section.mistake(name, value.span(), FORM);
        let table = value.get_ref().as_table().filter(|table| table.len() == 1).ok_or_else(malformed)?;
        let (kind, place) = table.iter().next().ok_or_else(malformed)?;
        let place = place.get_ref().as_str().filter(|place| !place.is_empty()).ok_or_else(malformed)?;
        let reference = match kind.get_ref().as_ref() {
            "env" => SecretRef::Env(place.to_owned()),
            "file" => SecretRef::File(section.relative(place)),
            _ => return Err(malformed()),
        };
        Ok((name.to_owned(), reference))
    };
    section.members().map(reference).collect()
}

/// Fetches the secrets. Neither they nor what the system says about their content appear in an error.
pub fn resolve(references: &BTreeMap<String, SecretRef>) -> Result<Vec<Secret>, ConfigError> {
    references.iter().map(|(name, reference)| fetch(name, reference)).collect()
}

fn fetch(name: &str, reference: &SecretRef) -> Result<Secret, ConfigError> {
    let problem = |problem: String| ConfigError::Secret { name: name.to_owned(), problem };
    let value = match reference {
        SecretRef::Env(variable) => std::env::var(variable).map_err(|error| {
            problem(match error {
                std::env::VarError::NotPresent => format!("the environment variable {variable} is not set; set it"),
                std::env::VarError::NotUnicode(_) => format!("the environment variable {variable} is not UTF-8"),
            })
        })?,
        SecretRef::File(path) => {
            let shown = path.display();
            let bytes = std::fs::read(path)
                .map_err(|error| problem(format!("cannot read {shown}: {}; check the path", error.kind())))?;
            String::from_utf8(bytes).map_err(|_| problem(format!("{shown} is not UTF-8 text")))?
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

    #[test]
    fn secrets_are_fetched_without_line_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "hush\r\n").unwrap();
        let references = BTreeMap::from([("s".to_owned(), SecretRef::File(path.clone()))]);
        assert_eq!(resolve(&references).unwrap()[0].value, "hush");
        std::fs::write(&path, b"hush\xff").unwrap();
        let error = resolve(&references).err().unwrap().to_string();
        assert!(error.starts_with("secret s: ") && !error.contains("hush"), "{error}");
        std::fs::write(&path, "\n").unwrap();
        assert!(resolve(&references).err().unwrap().to_string().contains("is empty"));
        let missing = BTreeMap::from([("s".to_owned(), SecretRef::Env("SOURCE_HOST_NO_SUCH_VARIABLE".into()))]);
        assert!(resolve(&missing).err().unwrap().to_string().contains("SOURCE_HOST_NO_SUCH_VARIABLE is not set"));
    }
}
