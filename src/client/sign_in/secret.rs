//! Values that must not be shown.

/// A secret text. Has neither `Debug` nor `Display`, so that it cannot end up in a message by accident.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes the text, without the line end that files and shells tend to add.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// The text, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
