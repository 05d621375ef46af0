//! What a token says about itself. Read for diagnosis only: the service decides, not we.

use serde_json::Value;

/// The `roles` claim of a JSON Web Token, empty if it has none; `None` if the text is not one that can be read.
pub(super) fn roles(token: &str) -> Option<Vec<String>> {
    let claims = claims(token)?;
    let roles = claims["roles"].as_array().into_iter().flatten().filter_map(Value::as_str);
    Some(roles.map(str::to_owned).collect())
}

/// The `exp` claim, seconds since the epoch, if there is one.
pub(super) fn expiry(token: &str) -> Option<u64> {
    claims(token)?["exp"].as_u64()
}

fn claims(token: &str) -> Option<Value> {
    let [_, payload, _] = token.split('.').collect::<Vec<_>>()[..] else { return None };
    let claims: Value = serde_json::from_slice(&base64url(payload)?).ok()?;
    claims.is_object().then_some(claims)
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
    fn claims_are_read_and_other_texts_are_not() {
        // {"alg":"none"} . {"roles":["Machine.Read.All"]} . signature
        let token = "eyJhbGciOiJub25lIn0.eyJyb2xlcyI6WyJNYWNoaW5lLlJlYWQuQWxsIl19.sig";
        assert_eq!(roles(token), Some(vec!["Machine.Read.All".to_owned()]));
        assert_eq!(roles("eyJhbGciOiJub25lIn0.e30.sig"), Some(vec![]));
        // As recordings have it: ` {"roles":["B"]}`
        assert_eq!(roles("[REDACTED].IHsicm9sZXMiOlsiQiJdfQ.[REDACTED]"), Some(vec!["B".to_owned()]));
        assert_eq!(roles("[REDACTED]"), None);
        assert_eq!(roles("a.!.c"), None);
        // {"exp":1768456800}
        assert_eq!(expiry("e30.eyJleHAiOjE3Njg0NTY4MDB9.c2ln"), Some(1_768_456_800));
        assert_eq!(expiry("e30.e30.c2ln"), None);
        assert_eq!(base64url("YQ"), Some(b"a".to_vec()));
        assert_eq!(base64url("YWI"), Some(b"ab".to_vec()));
        assert_eq!(base64url("YWJj"), Some(b"abc".to_vec()));
        assert_eq!(base64url("Y"), Some(vec![]));
    }
}
