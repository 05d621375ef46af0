//! How each verb of the program is started for the scan. A verb that is not here fails the test, so that a new one is
//! scanned from its first day.

/// A verb, and the arguments with which it is scanned. In the order in which one makes what the next one reads.
pub(crate) const VERBS: [(&str, &[&[&str]]); 20] = [
    ("init", &[&["init", "--out", "new.toml", "--tenant-id", "contoso.example", "--client-id", "c"]]),
    ("describe", &[&["describe", "--config", "c.toml"], &["describe", "--json"], &["describe", "--schema"]]),
    ("validate", &[&["validate", "--config", "c.toml"]]),
    ("check", &[&["check", "--config", "c.toml"], &["check", "--config", "c.toml", "--json"]]),
    ("plan", &[&["plan", "--config", "c.toml"], &["plan", "--config", "c.toml", "--online", "--json"]]),
    (
        "permissions",
        &[&["permissions", "--config", "c.toml"], &["permissions", "--config", "c.toml", "--format", "az"]],
    ),
    ("record", &[&["record", "--config", "c.toml", "--out", "tape"]]),
    ("run", &[&["run", "--config", "c.toml", "--once"], &["run", "--config", "c.toml", "--once"]]),
    ("inventory summary", &[&["inventory", "summary", "--config", "c.toml"]]),
    ("inventory changes", &[&["inventory", "changes", "--since", "24h", "--config", "c.toml", "--json"]]),
    ("inventory show", &[&["inventory", "show", "nothing", "--config", "c.toml"]]),
    ("inventory sql", &[&["inventory", "sql", "select * from sqlite_schema", "--config", "c.toml"]]),
    ("inventory export", &[&["inventory", "export", "--config", "c.toml"]]),
    (
        "inventory verify",
        &[&["inventory", "verify", "--config", "c.toml"], &["inventory", "verify", "--config", "c.toml", "--json"]],
    ),
    ("replay", &[&["replay", "tape", "--config", "c.toml"], &["replay", "tape", "--out", "replayed.ndjson"]]),
    ("conformance", &[&["conformance", "--config", "c.toml", "--recordings", "tape"]]),
    ("double", &[&["double", "--truth"]]),
    ("simulate", &[&["simulate", "--seeds", "1..1", "--days", "1", "--devices", "5"]]),
    ("compile", &[&["compile", "--memory-bytes", "1000000000", "--timeout-secs", "60"]]),
    // The demo.
    ("", &[&[]]),
];
