//! Which limit of the service binds, as far as its words say so.

/// Which limit binds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    /// Whether it is one of an hour.
    pub is_hourly: bool,
    /// After how many milliseconds to try again.
    pub again_ms: Option<u64>,
}

const HOUR_MS: u64 = 3_600_000;

impl Limit {
    /// Reads words such as "Maximum allowed requests exceeded (100 per 1 minute). Please try again after 55 sec." The text
    /// is not stable: what cannot be read is left to patience. Source: "Common Microsoft Defender for Endpoint API
    /// errors", throttling.
    pub(super) fn read(message: &str) -> Self {
        let message = message.to_ascii_lowercase();
        let words: Vec<&str> =
            message.split(|c: char| !c.is_ascii_alphanumeric()).filter(|it| !it.is_empty()).collect();
        let mut limit = Self::default();
        for (at, word) in words.iter().enumerate() {
            let [first, second] = [1, 2].map(|ahead| words.get(at + ahead).copied().unwrap_or_default());
            let span_ms = first.parse().ok().and_then(|number: u64| number.checked_mul(unit_ms(second)?));
            // "per 1 hour", "calls/hour", "hourly", "60 minutes"
            limit.is_hourly |= word.starts_with("hour") || span_ms.is_some_and(|span_ms| span_ms >= HOUR_MS);
            if matches!(*word, "after" | "in") && unit_ms(second).is_some() {
                limit.again_ms = span_ms;
            }
        }
        limit
    }
}

/// How long a unit of time is that a word names; `None` if it names none.
fn unit_ms(word: &str) -> Option<u64> {
    match word.get(..3)? {
        "sec" => Some(1_000),
        "min" => Some(60_000),
        "hou" => Some(HOUR_MS),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_limit_are_read_where_they_can_be() {
        for (message, is_hourly, again_ms) in [
            (
                "Maximum allowed requests exceeded (100 per 1 minute). Please try again after 55 sec.",
                false,
                Some(55_000),
            ),
            (
                "You have sent too many requests (1500 per 1 hour). Please try again after 40 minutes.",
                true,
                Some(2_400_000),
            ),
            ("Rate limit: 20 per hour", true, None),
            ("The hourly quota (1500 calls/hour) is used up.", true, None),
            ("You have used 1500 calls in the last hour.", true, None),
            ("Hourly limit reached; try again in 1 hour", true, Some(3_600_000)),
            ("Quota of 1500 requests per 60 minutes exceeded", true, None),
            ("Retry after 3600 seconds", true, Some(3_600_000)),
            ("At most 100 calls per 60 seconds", false, None),
            ("Try again in 5 seconds", false, Some(5_000)),
            ("after 99999999999999999999 sec", false, None),
            ("try again after a while", false, None),
            ("", false, None),
        ] {
            assert_eq!(Limit::read(message), Limit { is_hourly, again_ms }, "{message}");
        }
    }
}
