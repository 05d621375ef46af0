//! Sections of a TOML document, read member by member so that every mistake has a line.

use super::disclosed::Disclosed;
use super::error::{ConfigError, Place};
use crate::nearest::nearest;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Name and text of the document, for messages.
#[derive(Clone, Copy)]
pub(super) struct Document<'a> {
    pub(super) file: &'a Path,
    pub(super) text: &'a str,
}

impl<'a> Document<'a> {
    pub(super) fn parse(self) -> Result<Spanned<DeTable<'a>>, ConfigError> {
        DeTable::parse(self.text).map_err(|error| ConfigError::Syntax {
            file: self.file.display().to_string(),
            place: self.place(error.span().unwrap_or_default()),
            // The parser's own rendering would quote the line, and with it a secret.
            problem: error.message().lines().next().unwrap_or_default().to_owned(),
        })
    }

    pub(super) fn place(self, span: Range<usize>) -> Place {
        Place::of(self.text, span.start)
    }
}

/// One table of the document.
#[derive(Clone, Copy)]
pub(super) struct Section<'a> {
    document: Document<'a>,
    name: &'a str,
    table: &'a DeTable<'a>,
}

impl<'a> Section<'a> {
    pub(super) fn root(document: Document<'a>, table: &'a DeTable<'a>) -> Self {
        Self { document, name: "", table }
    }

    /// Refuses members that are not listed, and proposes the nearest one that is.
    pub(super) fn allow(&self, known: &[&str]) -> Result<(), ConfigError> {
        match self.table.keys().find(|key| !known.contains(&key.get_ref().as_ref())) {
            None => Ok(()),
            Some(key) => {
                let name = key.get_ref().as_ref();
                Err(match nearest(name, known.iter().copied()) {
                    Some(near) => self.mistake(name, key.span(), format!("unknown; did you mean `{near}`?")),
                    None => {
                        let shown = Disclosed::member(name).to_string();
                        self.mistake(&shown, key.span(), format!("unknown; known here: {}", known.join(", ")))
                    }
                })
            }
        }
    }

    pub(super) fn section(&self, name: &'static str, full: &'a str) -> Result<Option<Section<'a>>, ConfigError> {
        let Some(value) = self.table.get(name) else { return Ok(None) };
        match value.get_ref() {
            DeValue::Table(table) => Ok(Some(Section { document: self.document, name: full, table })),
            _ => Err(self.mistake(name, value.span(), format!("must be a section; write [{full}]"))),
        }
    }

    pub(super) fn members(&self) -> impl Iterator<Item = (&'a str, &'a Spanned<DeValue<'a>>)> {
        self.table.iter().map(|(name, value)| (name.get_ref().as_ref(), value))
    }

    pub(super) fn string(&self, name: &str) -> Result<Option<&'a str>, ConfigError> {
        self.typed(name, "a string in quotes", |value| value.as_str().filter(|text| !text.is_empty()))
    }

    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, ConfigError> {
        self.typed(name, "true or false", DeValue::as_bool)
    }

    pub(super) fn positive(&self, name: &str, most: u64) -> Result<Option<u64>, ConfigError> {
        let wanted = format!("a whole number from 1 to {most}");
        self.typed(name, &wanted, |value| integer(value)?.try_into().ok().filter(|number| (1..=most).contains(number)))
    }

    pub(super) fn whole(&self, name: &str, most: u64) -> Result<Option<u64>, ConfigError> {
        let wanted = format!("a whole number from 0 to {most}");
        self.typed(name, &wanted, |value| integer(value)?.try_into().ok().filter(|number| *number <= most))
    }

    /// Where the value of a member stands.
    pub(super) fn span(&self, name: &str) -> Range<usize> {
        self.table.get(name).map_or(0..0, Spanned::span)
    }

    /// A path; relative ones are relative to the file.
    pub(super) fn path(&self, name: &str) -> Result<Option<PathBuf>, ConfigError> {
        Ok(self.string(name)?.map(|path| self.relative(path)))
    }

    pub(super) fn relative(&self, path: &str) -> PathBuf {
        self.document.file.parent().unwrap_or(Path::new("")).join(path)
    }

    pub(super) fn mistake(&self, name: &str, span: Range<usize>, problem: impl Into<String>) -> ConfigError {
        let member = if self.name.is_empty() { name.to_owned() } else { format!("{}.{name}", self.name) };
        ConfigError::Member {
            file: self.document.file.display().to_string(),
            place: self.document.place(span),
            member,
            problem: problem.into(),
        }
    }

    fn typed<T>(
        &self,
        name: &str,
        wanted: &str,
        read: impl Fn(&'a DeValue<'a>) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(value) = self.table.get(name) else { return Ok(None) };
        match read(value.get_ref()) {
            Some(read) => Ok(Some(read)),
            None => Err(self.mistake(name, value.span(), format!("must be {wanted}"))),
        }
    }
}

/// A TOML value as JSON; nothing for numbers that JSON does not have.
pub(super) fn to_json(value: &DeValue<'_>) -> Option<serde_json::Value> {
    Some(match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(_) => integer(value)?.into(),
        DeValue::Float(number) => serde_json::Number::from_f64(number.as_str().parse().ok()?)?.into(),
        DeValue::Boolean(value) => (*value).into(),
        DeValue::Datetime(time) => time.to_string().into(),
        DeValue::Array(values) => {
            values.iter().map(|value| to_json(value.get_ref())).collect::<Option<Vec<_>>>()?.into()
        }
        DeValue::Table(table) => {
            let member = |(name, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
                Some((AsRef::<str>::as_ref(name.get_ref()).to_owned(), to_json(value.get_ref())?))
            };
            serde_json::Value::Object(table.iter().map(member).collect::<Option<_>>()?)
        }
    })
}

pub(super) fn integer(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}
