//! Every member of the configuration, as a table: what it may hold, its default and what it is for.
//!
//! Validation, the JSON Schema and the table in the documentation all read this table, so they cannot disagree.

use defender_rows::event::OcsfVersion;

use crate::catalog::{ALL, CLOUDS};

/// What a member may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Any non-empty text.
    Text,
    /// One of some words.
    Choice(Vec<&'static str>),
    /// True or false.
    Bool,
    /// A whole number within bounds.
    Integer {
        /// Least.
        min: u64,
        /// Most.
        max: u64,
    },
    /// A list of texts.
    TextList,
    /// A list of words out of some.
    ChoiceList(Vec<&'static str>),
    /// `https://host[:port]`, or `http://` for a loopback host; no path.
    Origin,
}

/// What holds when a member is absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Default {
    /// The member must be given.
    Required,
    /// Nothing: the behaviour it controls is off, or follows from another member.
    Absent,
    /// This text or word.
    Text(&'static str),
    /// This truth value.
    Bool(bool),
    /// This number.
    Integer(u64),
}

/// One member of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Where it is, with dots: `datasets.devices.enabled`.
    pub path: String,
    /// What it may hold.
    pub shape: Shape,
    /// What holds without it.
    pub default: Default,
    /// What it is for, in one sentence.
    pub doc: &'static str,
}

/// All members, in the order of the documentation.
#[must_use]
pub fn all() -> Vec<Member> {
    let mut members = Vec::new();
    let mut add = |path: &str, shape, default, doc| push(&mut members, path, shape, default, doc);

    add("tenant_id", Shape::Text, Default::Required, "Microsoft Entra tenant: its GUID or a verified domain.");
    add("client_id", Shape::Text, Default::Required, "Application (client) id of the app registration.");
    add(
        "auth.kind",
        Shape::Choice(vec!["client_secret"]),
        Default::Text("client_secret"),
        "How the application proves who it is; the secret itself is passed as the secret `client_secret`.",
    );
    add("auth.scope", Shape::Text, Default::Absent, "Scope of the token; by default the one of the cloud.");
    add(
        "cloud",
        Shape::Choice(CLOUDS.iter().map(|cloud| cloud.name).collect()),
        Default::Text(CLOUDS[0].name),
        "The national cloud that the tenant lives in.",
    );
    add("endpoints.login", Shape::Origin, Default::Absent, "Sign-in origin instead of the cloud's own.");
    add("endpoints.defender", Shape::Origin, Default::Absent, "Defender API origin instead of the cloud's own.");
    add("endpoints.graph", Shape::Origin, Default::Absent, "Microsoft Graph origin instead of the cloud's own.");
    add(
        "endpoints.blob",
        Shape::Origin,
        Default::Absent,
        "Origin of export files instead of the cloud's blob storage.",
    );
    add("instance", Shape::Text, Default::Absent, "A label that every event carries, to tell instances apart.");

    for dataset in ALL {
        let name = dataset.name.as_str();
        add(&format!("datasets.{name}.enabled"), Shape::Bool, Default::Bool(dataset.enabled), dataset.description);
        let strategies = dataset.strategy_names();
        if let [first, _, ..] = strategies[..] {
            let path = format!("datasets.{name}.strategy");
            add(&path, Shape::Choice(strategies), Default::Text(first), "How the dataset is read.");
        }
        if let Some(changes) = &dataset.changes {
            add(
                &format!("datasets.{name}.baseline_days"),
                Shape::Integer { min: 1, max: changes.reach_days.into() },
                Default::Integer(7),
                "Days after which everything is read again, where changes alone are read in between.",
            );
        }
    }

    // As many as the hour's limit leaves at the default share: a run never waits for an hour to pass.
    add(
        "datasets.device_users.calls_per_run",
        Shape::Integer { min: 1, max: 1_000_000 },
        Default::Integer(1350),
        "Requests about one device each that a run makes at most; where there are more devices, the next run goes on.",
    );

    add(
        "filters.exclude_platforms",
        Shape::TextList,
        Default::Absent,
        "Platforms left out, as Defender spells them; the words `mobile` and `iot` stand for whole families.",
    );
    add(
        "filters.require",
        Shape::ChoiceList(vec!["dns_name", "ip_address"]),
        Default::Absent,
        "What a device must have to be taken.",
    );
    add(
        "filters.min_risk",
        Shape::Choice(vec!["informational", "low", "medium", "high"]),
        Default::Absent,
        "Least risk score of devices that requests are made about one by one.",
    );
    add(
        "filters.min_exposure",
        Shape::Choice(vec!["low", "medium", "high"]),
        Default::Absent,
        "Least exposure level of devices that requests are made about one by one. With `min_risk`, either is enough.",
    );
    add(
        "filters.stale_days",
        Shape::Integer { min: 1, max: 180 },
        Default::Absent,
        "Devices not seen for more than this many days are left out.",
    );
    add("filters.include_tags", Shape::TextList, Default::Absent, "Only devices with one of these tags.");
    add("filters.exclude_tags", Shape::TextList, Default::Absent, "No devices with one of these tags.");
    add(
        "filters.include_device_groups",
        Shape::TextList,
        Default::Absent,
        "Only devices in one of these device groups, by name.",
    );
    add(
        "filters.exclude_device_groups",
        Shape::TextList,
        Default::Absent,
        "No devices in one of these device groups, by name.",
    );

    add("format", Shape::Choice(vec!["ocsf", "native"]), Default::Text("ocsf"), "Shape of event bodies.");
    add(
        "ocsf_version",
        Shape::Choice(OcsfVersion::ALL.iter().map(|version| version.as_str()).collect()),
        Default::Text(OcsfVersion::V1_8.as_str()),
        "Version of OCSF that bodies are written for.",
    );

    add(
        "http.timeout_secs",
        Shape::Integer { min: 1, max: 3600 },
        Default::Integer(300),
        "Longest wait for an answer to begin, and for each further part of it. A whole body may take as \
         long, and a second more for each 1,000 bytes.",
    );
    add(
        "http.max_attempts",
        Shape::Integer { min: 1, max: 20 },
        Default::Integer(6),
        "How often a request is sent before its dataset is given up as partial.",
    );
    add(
        "http.max_wait_secs",
        Shape::Integer { min: 1, max: 86_400 },
        Default::Integer(3600),
        "Longest single wait that the service may ask for.",
    );
    add(
        "http.max_in_flight",
        Shape::Integer { min: 1, max: 16 },
        Default::Integer(4),
        "Requests under way at the same time: for files, and for subjects that are asked about one by one.",
    );
    add(
        "budget.share_percent",
        Shape::Integer { min: 1, max: 100 },
        Default::Integer(90),
        "Share of each limit that Microsoft states for calls in a minute and in an hour; others may need the rest.",
    );
    add(
        "limits.max_record_bytes",
        Shape::Integer { min: 1024, max: 16 << 20 },
        Default::Integer(1 << 20),
        "Longest record taken; a longer one is counted as rejected.",
    );
    add(
        "limits.query_rows",
        Shape::Integer { min: 1, max: 100_000 },
        Default::Integer(100_000),
        "Rows that one hunting query gives at most; more are read in several queries.",
    );
    members
}

#[inline(never)]
fn push(members: &mut Vec<Member>, path: &str, shape: Shape, default: Default, doc: &'static str) {
    members.push(Member { path: path.to_owned(), shape, default, doc });
}
