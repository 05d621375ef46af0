//! Texts from outside as literals of the languages that are written: nothing in a name can become a command.

/// A word of a POSIX shell: as it is where it means itself, else a literal.
#[must_use]
pub fn shell(text: &str) -> String {
    let means_itself = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/' | b'_' | b'-' | b'@');
    if !text.is_empty() && !text.starts_with('-') && text.bytes().all(means_itself) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A literal of PowerShell. It takes four typographic quotation marks for the straight one too.
/// Source: "about_Quoting_Rules".
pub(super) fn powershell(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for letter in text.chars() {
        out.push(letter);
        if matches!(letter, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}') {
            out.push(letter);
        }
    }
    out.push('\'');
    out
}

/// A quoted template of HCL, without anything to be filled in. Source: "HCL native syntax specification", Quoted Template.
pub(super) fn hcl(text: &str) -> String {
    let escaped = text.replace('\\', r"\\").replace('"', "\\\"").replace("${", "$${").replace("%{", "%%{");
    format!("\"{}\"", escaped.replace('\n', r"\n").replace('\r', r"\r").replace('\t', r"\t"))
}

/// A filter of OData, for a property that equals a text. Source: OData 4.01 URL conventions, string literals.
pub(super) fn odata_equals(property: &str, text: &str) -> String {
    format!("{property} eq '{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_mark_does_not_end_a_literal() {
        assert_eq!(shell("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!((shell("a/b_c-1.pem"), shell("-x"), shell("")), ("a/b_c-1.pem".into(), "'-x'".into(), "''".into()));
        assert_eq!(powershell("it's \u{2019} $x"), "'it''s \u{2019}\u{2019} $x'");
        assert_eq!(hcl("a \"b\" ${c} %{d} \\ \n"), r#""a \"b\" $${c} %%{d} \\ \n""#);
        assert_eq!(odata_equals("displayName", "it's"), "displayName eq 'it''s'");
    }
}
