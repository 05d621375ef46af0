//! JSON on one line.

use super::after_string;

/// Copies a valid JSON value without the white space between its tokens.
pub fn push_compact(value: &str, out: &mut String) {
    let bytes = value.as_bytes();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = after_string(bytes, at),
            b' ' | b'\t' | b'\n' | b'\r' => {
                out.push_str(&value[start..at]);
                at += 1;
                start = at;
            }
            _ => at += 1,
        }
    }
    out.push_str(&value[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_keeps_strings() {
        let mut out = String::new();
        push_compact("{ \"a b\" :\r\n[1 , \"x \\\" y\"\t] }", &mut out);
        assert_eq!(out, r#"{"a b":[1,"x \" y"]}"#);
    }
}
