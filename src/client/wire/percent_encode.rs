//! Percent-encoding, RFC 3986 section 2.

use std::fmt::Write as _;

/// Appends a text so that it is one path segment, or one value of a form, whatever it holds.
pub fn percent_encode(target: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            target.push(char::from(byte));
        } else {
            let _ = write!(target, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_unreserved_characters_stay() {
        let mut text = String::new();
        super::percent_encode(&mut text, "va-_-a/b?c é");
        assert_eq!(text, "va-_-a%2Fb%3Fc%20%C3%A9");
    }
}
