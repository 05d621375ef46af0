//! Texts as answers have them, and what is left of them.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use proptest::prelude::*;

fn redact(text: &str, place: Place<'_>) -> String {
    Redactor::new(&Known::default().searcher()).text(text, place)
}

#[test]
fn urls_lose_users_and_secret_parameters() {
    for (url, expected) in [
        ("https://s.example/c/f.gz?sv=1&SIG=a%2Fb&se=2", "https://s.example/c/f.gz?sv=1&SIG=[REDACTED]&se=2"),
        ("https://s.example/c?s%69g=a%2Fb&se=2", "https://s.example/c?s%69g=[REDACTED]&se=2"),
        (
            "https://s.example/c?x=https%3A%2F%2Fs%2F%3Fsig%3Dhush%26y",
            "https://s.example/c?x=https%3A%2F%2Fs%2F%3Fsig%3D[REDACTED]%26y",
        ),
        ("https://u:p@s.example/a", "https://[REDACTED]@s.example/a"),
        ("https://s.example/a@b?$top=1", "https://s.example/a@b?$top=1"),
        ("https://s.example/a?design=1&keyword=2", "https://s.example/a?design=1&keyword=2"),
    ] {
        assert_eq!(redact_url(url), expected);
    }
}

#[test]
fn forms_keep_what_helps() {
    assert_eq!(
        redact(
            "grant_type=client_credentials&client_id=c&client_secret=hush&client_assertion_type=t&client_assertion=jwt",
            Place::Form
        ),
        "grant_type=client_credentials&client_id=c&client_secret=[REDACTED]&client_assertion_type=t&client_assertion=[REDACTED]"
    );
}

#[test]
fn bodies_keep_everything_else() {
    for (body, expected) in [
        (
            r#"{ "token_type": "Bearer", "access_token" : "a\"b", "expires_in":3599, "access_token":1 }"#,
            r#"{ "token_type": "Bearer", "access_token" : "[REDACTED]", "expires_in":3599, "access_token":1 }"#,
        ),
        (
            r#"["https://s/x?sv=1&sig=abc%3D","https://s/y?sig=q\u0026se=1\u0026sig=z","design=1&x"]"#,
            r#"["https://s/x?sv=1&sig=[REDACTED]","https://s/y?sig=[REDACTED]\u0026se=1\u0026sig=[REDACTED]","design=1&x"]"#,
        ),
        (r#"{"access\u005ftoken":"a\"b","b":"c"}"#, r#"{"access\u005ftoken":"[REDACTED]","b":"c"}"#),
        (r#"{"ACCESS_TOKEN":"a","b":"c"}"#, r#"{"ACCESS_TOKEN":"[REDACTED]","b":"c"}"#),
        (r#"{"m":"{\"access_token\":\"a\\\"b\",\"c\":1}"}"#, r#"{"m":"{\"access_token\":\"[REDACTED]\",\"c\":1}"}"#),
        ("<a href='https://s/x?sv=1&amp;sig=abc'>", "<a href='https://s/x?sv=1&amp;sig=[REDACTED]'>"),
        ("token_type=Bearer&access_token=abc&x=1", "token_type=Bearer&access_token=[REDACTED]&x=1"),
        ("https://s/x?Sig=abc\nhttps://s/y?s%69g=def\n", "https://s/x?Sig=[REDACTED]\nhttps://s/y?s%69g=[REDACTED]\n"),
        (r#"{"access_token":"cut off"#, r#"{"access_token":"[REDACTED]"#),
        (
            r#"{"key":"value","code":"x","secret":"of a finding"}"#,
            r#"{"key":"value","code":"x","secret":"of a finding"}"#,
        ),
    ] {
        assert_eq!(redact(body, Place::Body), expected);
    }
}

#[test]
fn headers_lose_credentials() {
    for (name, value, expected) in [
        ("Authorization", "Bearer x", "[REDACTED]"),
        ("set-cookie", "a=b; Path=/", "[REDACTED]"),
        ("Location", "https://u:p@s/x?sig=abc", "https://[REDACTED]@s/x?sig=[REDACTED]"),
        ("ETag", "e", "e"),
    ] {
        assert_eq!(redact(value, Place::Header(name)), expected);
    }
}

#[test]
fn a_token_keeps_its_roles_alone() {
    let token = |claims: &str| format!("eyJhbGciOiJSUzI1NiJ9.{}.c2lnbmF0dXJl", BASE64.encode(claims));
    let redacted = |claims: &str| redact(&format!(r#"{{"access_token":"{}"}}"#, token(claims)), Place::Body);
    let kept = BASE64.encode(r#" {"roles":["A.Read.All","B"]}"#);
    assert!(!kept.contains("eyJ"));
    assert_eq!(
        redacted(r#"{"aud":"x","roles":["A.Read.All",7,"B"],"oid":"hush"}"#),
        format!(r#"{{"access_token":"{REDACTED}.{kept}.{REDACTED}"}}"#)
    );
    assert_eq!(redacted(r#"{"aud":"x"}"#), format!(r#"{{"access_token":"{REDACTED}"}}"#));
}

#[test]
fn what_is_left_of_a_known_token_is_no_piece_of_it() {
    for padding in ["", "a", "ab"] {
        let claims =
            format!(r#"{{"aud":"x{padding}","roles":["Vulnerability.Read.All","Machine.Read.All"],"oid":"hush"}}"#);
        let token = format!("eyJhbGciOiJSUzI1NiJ9.{}.c2lnbmF0dXJlc2lnbmF0dXJl", BASE64.encode(claims));
        let mut known = Known::default();
        known.add("the token", &token);
        let searcher = known.searcher();
        let left = Redactor::new(&searcher).text(&format!(r#"{{"access_token":"{token}"}}"#), Place::Body);
        assert_eq!(searcher.find(left.as_bytes()), None);
        assert!(left.len() > 80, "the roles are there: {left}");
    }
}

#[test]
fn what_is_learnt_by_its_place_is_known_everywhere() {
    let mut known = Known::default();
    for (text, place) in [
        (r#"{"access\u005ftoken":"first-token"}"#, Place::Body),
        ("client_secret=second%2Bsecret&x=1", Place::Form),
        ("Bearer third-token", Place::Header("authorization")),
        ("Basic dXNlcjpmb3VydGgtcGFzc3dvcmQ=", Place::Header("Proxy-Authorization")),
        ("https://s/x?s%69g=fifth-signature%3D&se=1", Place::Url),
        ("http://user:sixth-password@proxy.example:3128", Place::Url),
        ("https://s/x?sv=1&amp;SIG=seventh-signature\"", Place::Body),
        ("a=eighth-cookie-value; path=/", Place::Header("Set-Cookie")),
    ] {
        learn(text.as_bytes(), place, "a secret", &mut known);
    }
    let searcher = known.searcher();
    for secret in [
        "first-token",
        "second+secret",
        "third-token",
        "fourth-password",
        "fifth-signature=",
        "sixth-password",
        "seventh-signature",
        "eighth-cookie-value",
    ] {
        assert!(searcher.find(format!("x {secret} y").as_bytes()).is_some(), "{secret}");
    }
    assert_eq!(searcher.find(b"user path client_secret Bearer proxy.example"), None);
}

/// One spelling of a text, and how it is spelled.
fn spelled(text: &str, how: &[u8]) -> String {
    let pick = |at: usize| how[at % how.len()];
    match pick(0) % 7 {
        0 => text.to_owned(),
        1 => BASE64.encode(text),
        2 => {
            base64::engine::general_purpose::STANDARD.encode(format!("{}{text}", "x".repeat(usize::from(pick(1) % 4))))
        }
        3 => text.bytes().map(|byte| format!("{byte:02X}")).collect(),
        4 => BASE64.encode(gzip(text.as_bytes())),
        // A mixture, letter by letter.
        _ => text
            .chars()
            .enumerate()
            .map(|(at, letter)| match pick(at) % 6 {
                0 => letter.to_string().bytes().map(|byte| format!("%{byte:02x}")).collect(),
                1 => letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
                2 => format!("&#{};", u32::from(letter)),
                3 => letter.to_string().bytes().map(|byte| format!("%25{byte:02X}")).collect(),
                4 if letter == ' ' => "+".into(),
                // What means an escape is one in no honest spelling.
                _ if matches!(letter, '%' | '&' | '\\') => format!("%{:02X}", u32::from(letter)),
                _ => letter.to_string(),
            })
            .collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 512 } else { 4096 }))]

    #[test]
    fn no_spelling_is_left(
        secret in "[ -~é€]{8,60}",
        how in prop::collection::vec(any::<u8>(), 1..60),
        before in "[ -~]{0,40}",
        behind in "[ -~]{0,40}",
        twice in prop::collection::vec(any::<u8>(), 1..8),
    ) {
        let mut known = Known::default();
        known.add("the secret", &secret);
        let searcher = known.searcher();
        // Packed once more, or not, without which the text around it would be a part of what is packed.
        let inner = spelled(&if twice[0] % 3 == 0 { secret.to_ascii_uppercase() } else { secret.clone() }, &how);
        let inner = if twice[0] % 2 == 0 { inner } else { spelled(&inner, &twice[1..].iter().chain([&0]).copied().collect::<Vec<_>>()) };
        let text = format!("{before}\"{inner}\"{behind}");
        let found = searcher.find(text.as_bytes());
        prop_assert!(found.is_some(), "{secret:?} is not found in {text:?}");
        let left = Redactor::new(&searcher).text(&text, Place::Body);
        prop_assert!(!left.contains(&inner), "{left:?}");
        prop_assert_eq!(searcher.find(left.as_bytes()), None);
    }

    #[test]
    fn what_holds_no_secret_stays(text in "[ -~é€]{0,200}", secret in "[a-z]{30}") {
        let mut known = Known::default();
        known.add("the secret", &secret);
        let searcher = known.searcher();
        if searcher.find(text.as_bytes()).is_none() {
            prop_assert_eq!(Redactor::new(&searcher).bytes(text.as_bytes(), Place::Header("x")), match shaped(&text) {
                Some(left) => Redacted::Changed(left.into_bytes()),
                None => Redacted::Clean,
            });
        }
    }
}

/// What the shapes alone leave of a text.
fn shaped(text: &str) -> Option<String> {
    let left = redact(text, Place::Header("x"));
    (left != text).then_some(left)
}
