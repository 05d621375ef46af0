//! Text that was written elsewhere, by the tenant, the service or a component, on its way to people.
//!
//! | what | becomes |
//! |---|---|
//! | a character of the table `HIDDEN` | its number, as JSON would write it: `\u202e` |
//! | U+200C and U+200D, where both neighbours are beyond ASCII: there they join letters and pictures | itself |
//! | U+200C and U+200D anywhere else: there they are nothing but hidden | its number |
//! | in [`one_line`] and [`whole_line`]: tab, line feed, carriage return | a blank |
//! | in [`visible`]: tab, line feed | itself |
//! | anything else | itself |
//!
//! The default is to show a character: the table lists what is hidden, and hides nothing of its own. The numbers are
//! spelled as in JSON so that a JSON text stays one, with the same values: such characters occur only within strings.
//!
//! Text for people goes through here wherever it is written to, as it ends on a terminal sooner or later. JSON does only
//! where the standard output is a terminal: programs get it as it is.

use std::borrow::Cow;
use std::fmt::Write;
use std::ops::RangeInclusive;

/// Longest line that is shown to people, in characters.
pub const MAX_LINE_CHARS: usize = 4096;

/// Characters that command a terminal, turn the order of what is around them, end a line where none ends, or are not
/// there to be seen. From the Unicode Character Database: the general categories Cc, Zl and Zp, the property
/// `Bidi_Control`, and of `Default_Ignorable_Code_Point` what takes part in no script's spelling.
const HIDDEN: [(RangeInclusive<u32>, &str); 17] = [
    (0x0000..=0x001f, "C0 control codes: ESC begins the commands of a terminal"),
    (0x007f..=0x009f, "DEL, and C1 control codes: CSI and OSC in one character"),
    (0x00ad..=0x00ad, "soft hyphen"),
    (0x034f..=0x034f, "combining grapheme joiner"),
    (0x061c..=0x061c, "Arabic letter mark"),
    (0x115f..=0x1160, "Hangul fillers"),
    (0x180e..=0x180e, "Mongolian vowel separator"),
    (0x200b..=0x200d, "zero width space, and the joiners that the rule above speaks of"),
    (0x200e..=0x200f, "left-to-right and right-to-left mark"),
    (0x2028..=0x2029, "line and paragraph separator"),
    (0x202a..=0x202e, "embeddings and overrides of direction"),
    (0x2060..=0x206f, "word joiner, invisible operators, isolates of direction, deprecated format characters"),
    (0x3164..=0x3164, "Hangul filler"),
    (0xfeff..=0xfeff, "byte order mark"),
    (0xffa0..=0xffa0, "halfwidth Hangul filler"),
    (0xfff9..=0xfffb, "interlinear annotations"),
    (0xe0000..=0xe007f, "tags"),
];

/// Those of [`HIDDEN`] that belong to the spelling of some scripts, and to pictures made of several.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Text on one line of bearable length, for people.
pub fn one_line(text: &str) -> String {
    let mut line = String::new();
    let mut length = 0;
    for (c, joins) in with_joins(text) {
        if length >= MAX_LINE_CHARS {
            line.push('…');
            break;
        }
        let before = line.len();
        push_in_line(&mut line, c, joins);
        length += line[before..].chars().count();
    }
    line
}

/// Text on one line, however long: for results, which must not be cut.
pub fn whole_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    with_joins(text).for_each(|(c, joins)| push_in_line(&mut line, c, joins));
    line
}

/// Text of several lines, for people; or JSON, for a terminal.
pub fn visible(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| matches!(c, '\t' | '\n') || !is_hidden(c);
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (c, joins) in with_joins(text) {
        match c {
            '\t' | '\n' => out.push(c),
            c => push(&mut out, c, joins),
        }
    }
    Cow::Owned(out)
}

fn is_hidden(c: char) -> bool {
    !matches!(c, ' '..='~') && HIDDEN.iter().any(|(range, _)| range.contains(&u32::from(c)))
}

/// The characters, each with whether it joins its neighbours as the spelling of a script wants it.
fn with_joins(text: &str) -> impl Iterator<Item = (char, bool)> {
    let is_beyond = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !is_hidden(c));
    let mut before = None;
    text.char_indices().map(move |(at, c)| {
        let joins = JOINERS.contains(&c) && is_beyond(before) && is_beyond(text[at + c.len_utf8()..].chars().next());
        before = Some(c);
        (c, joins)
    })
}

fn push_in_line(out: &mut String, c: char, joins: bool) {
    match c {
        '\t' | '\n' | '\r' => out.push(' '),
        c => push(out, c, joins),
    }
}

fn push(out: &mut String, c: char, joins: bool) {
    if joins || !is_hidden(c) {
        out.push(c);
        return;
    }
    for unit in c.encode_utf16(&mut [0; 2]) {
        // Writing to a string cannot fail.
        let _ = write!(out, "\\u{unit:04x}");
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// One character of each kind that must not reach a terminal, with its spelling.
    pub(crate) const UNWANTED: [(char, &str); 30] = [
        ('\u{0}', "\\u0000"),
        ('\u{7}', "\\u0007"),
        ('\u{8}', "\\u0008"),
        ('\u{1b}', "\\u001b"),
        ('\u{7f}', "\\u007f"),
        ('\u{80}', "\\u0080"),
        ('\u{85}', "\\u0085"),
        ('\u{9b}', "\\u009b"),
        ('\u{9d}', "\\u009d"),
        ('\u{9f}', "\\u009f"),
        ('\u{ad}', "\\u00ad"),
        ('\u{61c}', "\\u061c"),
        ('\u{200b}', "\\u200b"),
        ('\u{200d}', "\\u200d"),
        ('\u{200e}', "\\u200e"),
        ('\u{200f}', "\\u200f"),
        ('\u{2028}', "\\u2028"),
        ('\u{2029}', "\\u2029"),
        ('\u{202a}', "\\u202a"),
        ('\u{202b}', "\\u202b"),
        ('\u{202c}', "\\u202c"),
        ('\u{202d}', "\\u202d"),
        ('\u{202e}', "\\u202e"),
        ('\u{2060}', "\\u2060"),
        ('\u{2066}', "\\u2066"),
        ('\u{2067}', "\\u2067"),
        ('\u{2068}', "\\u2068"),
        ('\u{2069}', "\\u2069"),
        ('\u{feff}', "\\ufeff"),
        ('\u{e0041}', "\\udb40\\udc41"),
    ];

    /// All of them, between letters.
    pub(crate) fn unwanted() -> String {
        UNWANTED.iter().map(|(c, _)| format!("a{c}")).collect::<String>() + "z"
    }

    /// Whether a text can be shown as it is.
    pub(crate) fn is_harmless(text: &str) -> bool {
        UNWANTED.iter().all(|(c, _)| !text.contains(*c))
    }

    #[test]
    fn what_is_hidden_is_shown_by_its_number() {
        for (c, number) in UNWANTED {
            let (text, shown) = (format!("a{c}b"), format!("a{number}b"));
            assert_eq!(one_line(&text), shown);
            assert_eq!(whole_line(&text), shown);
            assert_eq!(visible(&text), shown);
            assert_eq!(visible(&shown), shown, "once is enough");
        }
        for (range, what) in HIDDEN {
            for number in [*range.start(), *range.end()] {
                let c = char::from_u32(number).unwrap();
                assert!(!visible(&format!("a{c}b")).contains(c) || matches!(c, '\t' | '\n'), "{what}");
            }
        }
    }

    #[test]
    fn every_control_character_is_hidden() {
        for c in ('\0'..='\u{ffff}').filter(|c| c.is_control()) {
            assert!(is_hidden(c), "{:04x}", u32::from(c));
        }
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        for text in
            ["C:\\Users\\x", "Zoë – 東京 – Ωμέγα", "مرحبا", "می\u{200c}خواهم", "👩\u{200d}💻", "क्\u{200d}ष", "a\u{301}"]
        {
            assert_eq!(one_line(text), text);
            assert_eq!(visible(text), text);
        }
        assert_eq!(one_line("pay\u{200d}pal ü\u{200c}"), "pay\\u200dpal ü\\u200c", "nothing there to join");
    }

    #[test]
    fn json_stays_json_with_the_same_values() {
        let value = serde_json::json!({ unwanted(): [unwanted(), "\\\u{202e}", "\t\n\r\"", "می\u{200c}خواهم"] });
        for text in [value.to_string(), format!("{value:#}")] {
            let shown = visible(&text);
            assert!(is_harmless(&shown), "{shown}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        }
    }

    #[test]
    fn lines_stay_lines_and_of_bearable_length() {
        assert_eq!(one_line("a\tb\r\nc"), "a b  c");
        assert_eq!(visible("a\tb\r\nc\n"), "a\tb\\u000d\nc\n");
        assert_eq!(whole_line(&"ä\n".repeat(5000)), "ä ".repeat(5000));
        assert_eq!(one_line(&"ä".repeat(5000)).chars().count(), MAX_LINE_CHARS + 1);
        assert!(one_line(&"\u{1b}".repeat(5000)).chars().count() <= MAX_LINE_CHARS + 12);
    }
}
