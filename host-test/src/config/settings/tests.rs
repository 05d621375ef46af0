//! What a file may say, and what is said of mistakes in it.

use super::*;

fn parse(text: &str) -> Result<Settings, String> {
    Settings::parse(Path::new("dir/x.toml"), text).map_err(|error| error.to_string())
}

const FULL: &str = r#"
[source]
component = "c.wasm"
[source.config]
tenant_id = "t"
since = 2024-01-02T03:04:05Z
datasets = { devices = { enabled = true, limit = 0x10, share = 0.5 } }
names = ["a", 1]
[source.secrets]
client_secret = { env = "X" }
other = { file = "s.txt" }
[sandbox]
memory_bytes = 33_554_432
call_timeout_secs = 60
proxy = "http://proxy.example:3128"
hosts = { "127.0.0.1:8080" = "api.example", "127.0.0.1:8081" = ["a.example", "b.example"] }
cache = false
[state]
path = "/var/state.json"
[sink]
path = "out.ndjson"
[schedule]
interval_secs = 3600
"#;

#[test]
fn everything_is_read() {
    let settings = parse(FULL).unwrap();
    assert_eq!(settings.component.as_deref(), Some(Path::new("dir/c.wasm")));
    assert_eq!(
        Value::Object(settings.config).to_string(),
        r#"{"datasets":{"devices":{"enabled":true,"limit":16,"share":0.5}},"names":["a",1],"since":"2024-01-02T03:04:05Z","tenant_id":"t"}"#
    );
    assert_eq!(settings.secrets["client_secret"], SecretRef::Env("X".into()));
    assert_eq!(settings.secrets["other"], SecretRef::File { path: "dir/s.txt".into(), written: "s.txt".into() });
    assert_eq!(settings.sandbox.memory_bytes, 32 << 20);
    assert_eq!(settings.sandbox.call_timeout, Duration::from_secs(60));
    assert_eq!(settings.sandbox.hosts.iter().count(), 3);
    assert!(!settings.sandbox.cache);
    assert_eq!(settings.state_path, Path::new("/var/state.json"));
    assert_eq!(settings.sink, SinkSettings::File("dir/out.ndjson".into()));
    assert_eq!(settings.interval, Some(Duration::from_secs(3600)));
}

#[test]
fn defaults_are_enough() {
    let settings = parse("[source]").unwrap();
    assert_eq!(settings.sink, SinkSettings::Stdout);
    assert_eq!(settings.state_path, Path::new("dir/x.state.json"));
    assert_eq!(settings.interval, None);
    assert_eq!(settings.inventory, None);
    let settings = parse("[source]\n[state]\ninventory = true\ngrace_runs = 0\nmax_delete_percent = 5").unwrap();
    assert_eq!(settings.state_path, Path::new("dir/x.inventory.db"));
    let rules = Rules { grace_runs: 0, max_delete_percent: 5, allow_mass_delete: false };
    assert_eq!(settings.inventory, Some(rules));
}

/// A message that tells one column, without it.
fn without_column(message: &str) -> String {
    let (before, behind) = message.split_once(" column ").expect("a column");
    format!("{before}{}", behind.trim_start_matches(|digit: char| digit.is_ascii_digit()))
}

#[test]
fn mistakes_have_a_line_and_a_cure() {
    for (text, expected) in [
        ("", "dir/x.toml line 1: source: is missing; add a [source.config] section"),
        ("[sorce]", "dir/x.toml line 1: sorce: unknown; did you mean `source`?"),
        ("[source]\n[sandbox]\nmemory = 1", "dir/x.toml line 3: sandbox.memory: unknown; did you mean `memory_bytes`?"),
        ("[source]\nzzz = 1", "dir/x.toml line 2: source.zzz: unknown; known here: component, config, secrets"),
        ("[source]\n[sandbox]\nmemory_bytes = -1", "line 3: sandbox.memory_bytes: must be a whole number from 1 to"),
        ("[source]\n[sandbox]\ncall_timeout_secs = 0", "call_timeout_secs: must be a whole number from 1 to 2678400"),
        ("[source]\n[sandbox]\nmemory_bytes = \"1\"", "memory_bytes: must be a whole number"),
        ("[source]\n[sandbox]\nhosts = { a = \"b:1\" }", "sandbox.hosts.a: \"b:1\" is not a plain host name"),
        ("[source]\n[sandbox]\nhosts = { a = [\"b\", 1] }", "sandbox.hosts.a: must be the published host in quotes"),
        (
            "[source]\n[sandbox]\nproxy = \"htp://proxy.example:1\"",
            "line 3: sandbox.proxy: must begin with http, https, socks5 or socks5h; write it like \"http://proxy.example:1\"",
        ),
        ("[source]\n[sink]\ntype = \"file\"", "sink.path: is missing"),
        ("[source]\n[sink]\ntype = \"kafka\"", "sink.type: must be \"stdout\" or \"file\""),
        ("[source]\n[schedule]", "schedule.interval_secs: is missing"),
        ("source = 1", "line 1: source: must be a section; write [source]"),
        ("[source.config]\nx = nan", "line 2: source.config.x: holds a number that JSON does not have"),
        ("[source]\n[source", "dir/x.toml line 2: not valid TOML"),
        ("[source]\n[state]\npath = ''", "state.path: must be a string"),
        ("[source]\n[state]\ninventory = 1", "line 3: state.inventory: must be true or false"),
        ("[source]\n[state]\ngrace_runs = 1", "line 3: state.grace_runs: needs inventory = true"),
        (
            "[source]\n[state]\ninventory = true\nmax_delete_percent = 101",
            "line 4: state.max_delete_percent: must be a whole number from 0 to 100",
        ),
    ] {
        let error = without_column(&parse(text).unwrap_err());
        assert!(error.contains(expected), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn a_secret_in_the_wrong_place_is_refused_and_not_shown() {
    let secret = |value: &str| format!("[source]\n[source.secrets]\nclient_secret = {value}");
    let mut texts: Vec<String> = [
        "\"hush\"",
        "hush",
        "{ value = \"hush\" }",
        "{ hush = \"X\" }",
        "{ \"hush~\" = \"X\" }",
        "[\"hush\"]",
        "{ env = \"hush\", file = \"x\" }",
        "{ env = [\"hush\"] }",
        "{ exec = \"hush\" }",
        "{ exec = [] , hush = 1 }",
        "{ exec = [\"hush\", 1] }",
        "{ exec = [\"hush\"], timeout_secs = 0 }",
        "{ exec = [\"hush\"], hush = 1 }",
        "{ credential = \"hush/hush\" }",
        "{ credential = \"..\", hush = 1 }",
        "{ env = hush }",
        "{ env = \"~hush\" }",
        "{ env = \"hush=\" }",
        "{ env = \"hush hush\" }",
        "{ env = \"7hush\" }",
        "{ env \"hush\" }",
        "{ env = \"hush\"",
        "{ env = \"hush }",
        "{ env: \"hush\" }",
        "{ env = \"\\hush\" }",
        "{ env = 'hush\u{1}' }",
        "{ env = \"hush\" } hush",
        "env = \"hush\"",
        "\"hush",
        "'hush",
        "\"\"\"hush",
        "hush~hush",
        "2024-13-45Thush",
        "0xhush",
    ]
    .map(secret)
    .into();
    texts.extend(
        [
            "\"hush~\" = 1",
            "\"Hush8hush\" = { value = 1 }",
            "hush~",
            "hush",
            "client_secret.\"hush~\" = \"X\"",
            "[source.secrets.client_secret.\"hush~\"]",
            "client_secret == hush",
            "client_secret = { env = \"X\" }\nclient_secret = \"hush\"",
        ]
        .map(|line| format!("[source]\n[source.secrets]\n{line}")),
    );
    texts.extend(["\"hush~\" = 1", "\"HushHush8\" = { env = \"X\" }"].map(|line| format!("[source]\n\n{line}")));
    for text in texts {
        let error = parse(&text).expect_err(&text);
        let line = error.contains("line 3") || error.contains("line 4");
        assert!(line && !error.to_lowercase().contains("hush"), "{text}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}
