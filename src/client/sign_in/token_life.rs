//! How long a token may be used: the first of these that the answer tells.
//!
//! 1. `expires_in`, seconds from now (RFC 6749 section 5.1, which only recommends it). Entra's older endpoint wrote the
//!    number as a text, and proxies have been seen to make a decimal of it.
//! 2. `expires_on`, seconds since the epoch (Entra's older endpoint and managed identities).
//! 3. `exp` of the token itself, seconds since the epoch (RFC 7519 section 4.1.4). It is read for no other purpose.
//! 4. Ten minutes: less than any token of Entra lives, and long enough not to ask for one before each request.

use serde_json::Value;

/// Where nothing says how long a token lives.
const UNTOLD_SECS: u64 = 600;

/// What the answer with a token says about its life.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub(super) expires_in: &'a Value,
    pub(super) expires_on: &'a Value,
    /// The claim of the token.
    pub(super) exp: Option<u64>,
}

impl Told<'_> {
    /// Seconds from now for which the token lives. `wall_ms` is now, in milliseconds since the epoch.
    pub(super) fn secs(self, wall_ms: i64) -> u64 {
        let now_secs = u64::try_from(wall_ms / 1000).unwrap_or_default();
        let until = |moment: u64| moment.checked_sub(now_secs);
        [seconds(self.expires_in), seconds(self.expires_on).and_then(until), self.exp.and_then(until)]
            .into_iter()
            .flatten()
            .find(|secs| *secs > 0)
            .unwrap_or(UNTOLD_SECS)
    }
}

/// A number of seconds, or the text of one; a part of a second is left out.
fn seconds(value: &Value) -> Option<u64> {
    let whole = |text: &str| text.split('.').next().and_then(|whole| whole.trim().parse().ok());
    match value {
        Value::Number(number) => number.as_u64().or_else(|| whole(&number.to_string())),
        Value::String(text) => whole(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW_MS: i64 = 1_768_456_800_500;
    const NOW: u64 = 1_768_456_800;

    #[test]
    fn the_first_that_is_told_counts() {
        for (expires_in, expires_on, exp, secs) in [
            (json!(3599), json!(NOW + 60), Some(NOW + 70), 3599),
            (json!("3599"), Value::Null, None, 3599),
            (json!(3599.7), Value::Null, None, 3599),
            (json!("3599.000"), Value::Null, None, 3599),
            (Value::Null, json!(NOW + 60), Some(NOW + 70), 60),
            (Value::Null, json!((NOW + 60).to_string()), None, 60),
            (Value::Null, Value::Null, Some(NOW + 70), 70),
            (Value::Null, Value::Null, None, UNTOLD_SECS),
            // What cannot be is not told.
            (json!(0), json!(NOW - 5), Some(NOW), UNTOLD_SECS),
            (json!(-5), json!("soon"), Some(NOW + 70), 70),
            (json!({}), json!([1]), None, UNTOLD_SECS),
            (json!(1e300), Value::Null, None, UNTOLD_SECS),
        ] {
            let told = Told { expires_in: &expires_in, expires_on: &expires_on, exp };
            assert_eq!(told.secs(NOW_MS), secs, "{told:?}");
        }
    }
}
