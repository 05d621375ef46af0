//! What a token says about itself. Read for diagnosis only: the service decides, not we.

use serde_json::Value;

/// The `roles` claim of a JSON Web Token, empty if it has none; `None` if the text is not one that can be read.
pub(super) fn read(token: &str) -> Option<Vec<String>> {
    let [_, payload, _] = token.split('.').collect::<Vec<_>>()[..] else { return None };
    let payload = base64url(payload)?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    let roles = claims["roles"].as_array().into_iter().flatten().filter_map(Value::as_str);
    claims.is_object().then(|| roles.map(str::to_owned).collect())
}

/// Decodes base64url without padding, RFC 4648 section 5.
fn base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    for group in text.trim_end_matches('=').as_bytes().chunks(4) {
        let mut bits = 0u32;
        for byte in group {
            let sextet = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'-' => 62,
                b'_' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(sextet);
        }
        let missing = 4 - group.len();
        bits <<= 6 * missing;
        let whole = bits.to_be_bytes();
        bytes.extend_from_slice(whole.get(1..4_usize.checked_sub(missing)?)?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_and_other_texts_are_not() {
        // {"alg":"none"} . {"roles":["Machine.Read.All"]} . signature
        let token = "eyJhbGciOiJub25lIn0.eyJyb2xlcyI6WyJNYWNoaW5lLlJlYWQuQWxsIl19.sig";
        assert_eq!(read(token), Some(vec!["Machine.Read.All".to_owned()]));
        assert_eq!(read("eyJhbGciOiJub25lIn0.e30.sig"), Some(vec![]));
        // As recordings have it: ` {"roles":["B"]}`
        assert_eq!(read("[REDACTED].IHsicm9sZXMiOlsiQiJdfQ.[REDACTED]"), Some(vec!["B".to_owned()]));
        assert_eq!(read("[REDACTED]"), None);
        assert_eq!(read("a.!.c"), None);
        assert_eq!(base64url("YQ"), Some(b"a".to_vec()));
        assert_eq!(base64url("YWI"), Some(b"ab".to_vec()));
        assert_eq!(base64url("YWJj"), Some(b"abc".to_vec()));
        assert_eq!(base64url("Y"), Some(vec![]));
    }
}
