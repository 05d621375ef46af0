//! Translations of source words to OCSF numbers.
//!
//! Every enumeration of the service is open. A word matches exactly, whatever the case of its letters, never by a
//! part of it. A word that no table knows becomes 99 with the word itself as its name, and is counted.

use std::borrow::Cow;

use defender_rows::event::JsonWriter;
use defender_rows::record::Number;
use defender_rows::tally::Tolerated;

/// The translation of one source enumeration.
#[derive(Debug)]
pub struct WordTable {
    /// What unknown words are counted as.
    pub unknown: &'static str,
    /// What no word at all means; `None` leaves the attribute out.
    pub absent: Option<(i64, &'static str)>,
    /// Word, OCSF number, OCSF name. Words without a number leave the attribute out.
    pub words: &'static [(&'static str, Option<i64>, &'static str)],
}

/// A number of an OCSF enumeration with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term<'a> {
    /// Value of the `…_id` attribute.
    pub id: i64,
    /// Value of its sibling.
    pub name: Cow<'a, str>,
}

impl WordTable {
    /// Translates one word.
    #[inline(never)]
    pub fn term<'a>(&self, word: Option<&'a str>, tolerated: &mut Tolerated) -> Option<Term<'a>> {
        let Some(word) = word else {
            return self.absent.map(|(id, name)| Term { id, name: name.into() });
        };
        match self.words.iter().find(|row| row.0.eq_ignore_ascii_case(word)) {
            Some((_, id, name)) => id.map(|id| Term { id, name: Cow::Borrowed(name) }),
            None => {
                tolerated.count(self.unknown);
                Some(Term { id: 99, name: word.into() })
            }
        }
    }
}

/// The number of every enumeration for words that it has no number for.
pub const OTHER: i64 = 99;

impl Term<'_> {
    /// Writes number and name under the two given attributes, as [`captioned`] does.
    pub fn write(&self, out: &mut JsonWriter, id: &str, name: &str) {
        captioned(out, (id, self.id), (name, &self.name));
    }
}

/// Writes a number and the caption beside it. Beside 99 stands the word of the source, which no number says: it is in
/// lean bodies too.
#[inline(always)]
pub fn captioned(out: &mut JsonWriter, (id, number): (&str, i64), (name, caption): (&str, &str)) {
    out.integer_member(id, number);
    if number == OTHER || out.is_full() {
        out.text_member(name, caption);
    }
}

/// `severity_id` from a severity word.
pub static SEVERITY: WordTable = WordTable {
    unknown: "unknown_word.severity",
    absent: Some((0, "Unknown")),
    words: &[
        ("Unspecified", Some(0), "Unknown"),
        ("Unknown", Some(0), "Unknown"),
        // CVSS calls a score of 0 so.
        ("None", Some(1), "Informational"),
        ("Informational", Some(1), "Informational"),
        ("Low", Some(2), "Low"),
        ("Medium", Some(3), "Medium"),
        ("High", Some(4), "High"),
        ("Critical", Some(5), "Critical"),
    ],
};

/// Largest score of CVSS, and of what Defender scores alike.
pub const SCORE_MAX: u64 = 10;

/// Upper bounds, exclusive and in thousandths, of the scores that have a `severity_id`; for records that carry a score
/// and no word.
const SEVERITY_BY_SCORE: [(i64, i64, &str); 4] =
    [(1, 1, "Informational"), (4000, 2, "Low"), (7000, 3, "Medium"), (9000, 4, "High")];

/// `severity_id` from a score. What is not between 0 and 10 is none.
#[must_use]
pub fn severity_of_score(score: Option<Number<'_>>) -> Term<'static> {
    let Some(score) = score.filter(|score| score.is_at_most(SCORE_MAX)) else {
        return Term { id: 0, name: "Unknown".into() };
    };
    let (_, id, name) = SEVERITY_BY_SCORE.into_iter().find(|(below, ..)| score.thousandths() < *below).unwrap_or((
        i64::MAX,
        5,
        "Critical",
    ));
    Term { id, name: name.into() }
}

/// `device.risk_level_id` from `riskScore`. Its 0 means Info, not Unknown, so no risk is no attribute.
pub static RISK: WordTable = WordTable {
    unknown: "unknown_word.riskScore",
    absent: None,
    words: &[
        ("None", None, ""),
        ("Informational", Some(0), "Info"),
        ("Low", Some(1), "Low"),
        ("Medium", Some(2), "Medium"),
        ("High", Some(3), "High"),
        ("Critical", Some(4), "Critical"),
    ],
};

/// `network_interface.type_id` from `ipAddresses[].type`, a .NET `NetworkInterfaceType`. Required up to 1.5.0.
pub static INTERFACE: WordTable = WordTable {
    unknown: "unknown_word.ipAddresses.type",
    absent: Some((0, "Unknown")),
    words: &[
        ("Ethernet", Some(1), "Wired"),
        // What the service declares, and .NET's own name.
        ("IEEE80211", Some(2), "Wireless"),
        ("Wireless80211", Some(2), "Wireless"),
        ("Wwanpp", Some(3), "Mobile"),
        ("Wwanpp2", Some(3), "Mobile"),
        ("Tunnel", Some(4), "Tunnel"),
        ("Unknown", Some(0), "Unknown"),
        ("Other", Some(99), "Other"),
        ("PPP", Some(99), "PPP"),
        ("TokenRing", Some(99), "TokenRing"),
        ("ATM", Some(99), "ATM"),
        ("IEEE1394", Some(99), "IEEE1394"),
        ("SoftwareLoopback", Some(99), "SoftwareLoopback"),
    ],
};

/// `status_id` of a finding from a recommendation's `status`. One that is excepted for some devices is open for the
/// others.
pub static RECOMMENDATION_STATUS: WordTable = WordTable {
    unknown: "unknown_word.status",
    absent: Some((0, "Unknown")),
    words: &[("Active", Some(1), "New"), ("Exception", Some(3), "Suppressed"), ("PartialException", Some(1), "New")],
};

/// `status_id` of a finding from a CVE's `status`: what is under exception must not look open. OCSF has no word for what
/// asks for no action.
pub static CVE_STATUS: WordTable = WordTable {
    unknown: "unknown_word.status",
    absent: Some((1, "New")),
    words: &[
        ("RemediationRequired", Some(1), "New"),
        ("UnderException", Some(3), "Suppressed"),
        ("PartialException", Some(1), "New"),
        ("NoActionRequired", Some(99), "NoActionRequired"),
    ],
};

/// `resources[].criticality_id` from `deviceValue` and `assetCriticalityLevel`. What was judged to be none is not there.
pub static CRITICALITY: WordTable = WordTable {
    unknown: "unknown_word.criticality",
    absent: None,
    words: &[
        ("None", None, ""),
        ("Low", Some(1), "Low"),
        // Of `deviceValue`, between its other two words.
        ("Normal", Some(2), "Medium"),
        ("Medium", Some(2), "Medium"),
        ("High", Some(3), "High"),
        ("Very High", Some(4), "Very High"),
        ("VeryHigh", Some(4), "Very High"),
    ],
};

/// Words of `exploitabilityLevel` and whether they mean that an exploit exists.
pub const EXPLOITABILITY: [(&str, bool); 4] =
    [("NoExploit", false), ("ExploitIsPublic", true), ("ExploitIsVerified", true), ("ExploitIsInKit", true)];

#[cfg(test)]
mod tests {
    use super::*;

    fn id(table: &WordTable, word: Option<&str>) -> Option<i64> {
        table.term(word, &mut Tolerated::default()).map(|term| term.id)
    }

    #[test]
    fn words_match_whole_and_whatever_their_case() {
        assert_eq!(id(&SEVERITY, Some("high")), Some(4));
        assert_eq!(id(&SEVERITY, None), Some(0));
        assert_eq!(id(&SEVERITY, Some("Highest")), Some(99));
        assert_eq!(id(&RISK, Some("None")), None);
        assert_eq!(id(&RISK, None), None);
        assert_eq!(id(&RISK, Some("informational")), Some(0));
        assert_eq!(id(&INTERFACE, None), Some(0));
        assert_eq!(id(&RECOMMENDATION_STATUS, Some("Exception")), Some(3));
        assert_eq!(id(&CVE_STATUS, Some("UnderException")), Some(3));
        assert_eq!(id(&CVE_STATUS, None), Some(1));
        assert_eq!(id(&CRITICALITY, Some("normal")), Some(2));
        assert_eq!(id(&CRITICALITY, Some("None")), None);
    }

    #[test]
    fn unknown_words_are_kept_and_counted() {
        let mut tolerated = Tolerated::default();
        let term = SEVERITY.term(Some("Severe"), &mut tolerated).unwrap();
        assert_eq!((term.id, &*term.name), (99, "Severe"));
        assert_eq!(tolerated.iter().collect::<Vec<_>>(), [("unknown_word.severity", 1)]);
    }

    #[test]
    fn scores_fall_into_bands() {
        for (score, expected) in
            [("0.0", 1), ("0.1", 2), ("3.9", 2), ("4.0", 3), ("6.9", 3), ("7.0", 4), ("8.9", 4), ("9", 5), ("10.0", 5)]
        {
            assert_eq!(severity_of_score(Number::parse(score)).id, expected, "{score}");
        }
        for none in [None, Number::parse("-0.1"), Number::parse("10.01"), Number::parse("99")] {
            assert_eq!(severity_of_score(none).id, 0, "{none:?}");
        }
    }
}
