//! What is right, as a table: `expected.md` of each case in terms of exit codes, events and words.

use super::play::{Played, Run};
use serde_json::Value;
use std::collections::BTreeSet;

/// A case and what is right for it.
pub(crate) struct Case {
    /// Its folder.
    pub folder: &'static str,
    /// What has to hold, each with its words.
    rules: &'static [Rule],
}

/// Something that has to hold.
enum Rule {
    /// The exit codes of the runs.
    Exits(&'static [i32]),
    /// In run `.0`, counted from 0, upserts of so many assets of kind `.1`, however often each was told.
    Upserts(usize, &'static str, usize),
    /// In run `.0` the snapshot of data set `.1` was closed (`true`), or stayed open.
    Closed(usize, &'static str, bool),
    /// Run `.0` delivered nothing.
    Nothing(usize),
    /// The messages of the last run hold the text.
    Says(&'static str),
    /// The messages of the last run do not hold the text.
    Silent(&'static str),
    /// So many requests for tokens.
    Tokens(usize),
    /// So many other requests.
    Requests(usize),
    /// Some event of the last run holds the text.
    Holds(&'static str),
    /// No event of the last run holds the text.
    Lacks(&'static str),
}

use Rule::{Closed, Exits, Holds, Lacks, Nothing, Requests, Says, Silent, Tokens, Upserts};

/// All of them.
pub(crate) const CASES: &[Case] = &[
    Case {
        folder: "blob-403-not-yet-valid",
        rules: &[Exits(&[0]), Closed(0, "vulnerabilities", true), Says("file_late")],
    },
    Case {
        folder: "blob-bad-auto",
        rules: &[Exits(&[0]), Upserts(0, "vulnerability", 3), Closed(0, "vulnerabilities", true), Says("copy")],
    },
    Case { folder: "bulk-reason-told", rules: &[Exits(&[0]), Upserts(0, "software", 1), Says("InternalServerError")] },
    Case { folder: "count-more-than-rows", rules: &[Closed(0, "device_users", false), Says("250")] },
    Case {
        folder: "device-404-for-ever",
        rules: &[Exits(&[1, 0, 0]), Says("dddddddddddddddddddddddddddddddddddddddd")],
    },
    Case {
        folder: "device-named-by-address",
        rules: &[
            Exits(&[0]),
            Upserts(0, "device", 3),
            Lacks(r#""hostname":"10"#),
            Lacks(r#""domain":"20.30.40"#),
            Lacks("example.test.\""),
            Holds(r#""domain":"example.test""#),
        ],
    },
    Case { folder: "error-in-200", rules: &[Says("TooManyRequests"), Silent("check for a proxy")] },
    Case { folder: "file-bom", rules: &[Exits(&[0]), Upserts(0, "software", 2)] },
    Case { folder: "file-trailing-zeros", rules: &[Exits(&[0]), Silent("cut short")] },
    Case { folder: "har-endpoint-regional", rules: &[Exits(&[0]), Upserts(0, "device", 2)] },
    Case { folder: "link-empty", rules: &[Exits(&[0]), Upserts(0, "device", 2)] },
    Case { folder: "link-relative", rules: &[Exits(&[0]), Upserts(0, "device", 2)] },
    Case { folder: "nextlink-lowercase-name", rules: &[Exits(&[0]), Upserts(0, "software", 2)] },
    Case {
        folder: "nic-without-address",
        rules: &[Exits(&[0]), Holds("00:11:22:AA:BB:CC"), Holds("00:11:22:AA:BB:DD"), Holds("00:11:22:AA:BB:EE")],
    },
    Case { folder: "page-bom", rules: &[Exits(&[0]), Says("read by files"), Silent("restarted")] },
    Case { folder: "page-content-encoding-br-503", rules: &[Exits(&[0])] },
    Case { folder: "page-content-encoding-none", rules: &[Exits(&[0])] },
    Case { folder: "path-ids-slash", rules: &[Exits(&[0]), Closed(0, "recommendations", true), Silent("refused")] },
    Case {
        folder: "row-lone-surrogate",
        rules: &[Exits(&[0]), Upserts(0, "device", 1), Upserts(0, "vulnerability", 2), Holds("dev\u{fffd}ice")],
    },
    Case {
        folder: "rows-findings-odd",
        rules: &[
            Upserts(0, "vulnerability", 32),
            Says("vulnerabilities: rejected: no_identity 2"),
            Says("filtered: no_cve 2"),
        ],
    },
    Case {
        folder: "status-403-role-present",
        rules: &[Exits(&[1]), Says("holds"), Silent("Grant the application permission")],
    },
    Case { folder: "status-429-no-header", rules: &[Exits(&[0])] },
    Case { folder: "token-40k", rules: &[Silent("bug in the component"), Says("token")] },
    Case { folder: "token-bom", rules: &[Exits(&[0])] },
    Case { folder: "token-no-expires-in", rules: &[Exits(&[0]), Tokens(1), Requests(12)] },
    Case { folder: "user-two-spellings", rules: &[Exits(&[0, 0, 0]), Nothing(1), Nothing(2)] },
];

impl Case {
    /// What does not hold, each as a line.
    pub(crate) fn judge(&self, played: &Played) -> Vec<String> {
        let last = played.runs.last().expect("a case runs the program");
        let wrong = self.rules.iter().filter_map(|rule| rule.broken(played, last));
        wrong.map(|wrong| format!("{}: {wrong}\n{}", self.folder, last.stderr)).collect()
    }
}

impl Rule {
    fn broken(&self, played: &Played, last: &Run) -> Option<String> {
        let (tokens, others): (Vec<_>, Vec<_>) = played.requests.iter().partition(|line| line.contains("token"));
        match *self {
            Exits(expected) => {
                let codes: Vec<i32> = played.runs.iter().map(|run| run.code).collect();
                (codes != expected).then(|| format!("exit codes {codes:?}, not {expected:?}"))
            }
            Upserts(run, kind, expected) => {
                let upserts = played.runs[run].events.iter().filter(|event| is(event, kind, "upsert"));
                let count = upserts.map(|event| event["key"].to_string()).collect::<BTreeSet<_>>().len();
                (count != expected).then(|| format!("{count} of kind {kind} in run {run}, not {expected}"))
            }
            Closed(run, dataset, expected) => {
                let closed = played.runs[run].events.iter().any(|event| closes(event, dataset));
                (closed != expected).then(|| format!("{dataset} was closed in run {run}: {closed}"))
            }
            Nothing(run) => {
                let count = played.runs[run].events.len();
                (count != 0).then(|| format!("{count} events in run {run} of an unchanged tenant"))
            }
            Says(text) => (!last.stderr.contains(text)).then(|| format!("the messages lack `{text}`")),
            Silent(text) => last.stderr.contains(text).then(|| format!("the messages hold `{text}`")),
            Tokens(expected) => {
                (tokens.len() != expected).then(|| format!("{} requests for tokens, not {expected}", tokens.len()))
            }
            Requests(expected) => {
                (others.len() != expected).then(|| format!("{} requests, not {expected}", others.len()))
            }
            Holds(text) => (!holds(last, text)).then(|| format!("no event holds `{text}`")),
            Lacks(text) => holds(last, text).then(|| format!("an event holds `{text}`")),
        }
    }
}

fn is(event: &Value, kind: &str, op: &str) -> bool {
    event["kind"] == kind && event["op"] == op
}

fn closes(event: &Value, dataset: &str) -> bool {
    is(event, "snapshot", "snapshot_end") && event["body"]["dataset"] == dataset
}

fn holds(run: &Run, text: &str) -> bool {
    run.events.iter().any(|event| event.to_string().contains(text))
}
