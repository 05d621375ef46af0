//! `metadata`: where an event comes from and how it got here.

use defender_rows::event::{JsonWriter, Seal};

use super::version;

/// The product whose records are mapped.
const PRODUCT: &str = r#"{"name":"Microsoft Defender for Endpoint","vendor_name":"Microsoft"}"#;

/// [`MAPPING`] as a literal.
macro_rules! mapping {
    () => {
        "map-3"
    };
}

/// The version of the mapping. It moves when the same record would give another key, hash or body, in whichever format:
/// what an earlier version made of a record is not taken for what this one makes of it.
///
/// | version | what changed |
/// |---|---|
/// | `map-1` | the first; checkpoints of its time do not name it |
/// | `map-2` | lists are sets; an address is no host name; accounts that each device has for itself are no accounts of the tenant; a score lies between 0 and 10; `osArchitecture`, `recommendedVersion` and `status` stay readable |
/// | `map-3` | findings say Create, Update and Close as they mean it; `time` is that of the finding or of the collection; CVEs of the catalogue are OSINT; identifiers that repeat across tenants name the tenant; `os.version` is the release in every class; addresses are told as the device that has them; findings have observables and CPE names; who found a weakness is Microsoft; processors, accounts and scores by what is known of them; settings to change have a compliance |
pub const MAPPING: &str = mapping!();

/// Who mapped them, and by which version of the mapping.
const TRANSFORMATION: &str = concat!(
    r#"[{"name":"defender-source/ocsf","uid":""#,
    mapping!(),
    r#"","lang":"rust","product":{"name":"defender-source","version":""#,
    env!("CARGO_PKG_VERSION"),
    r#""}}]"#
);

/// What a mapper says about the record behind an event.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// `log_name`: the collection of the service.
    pub log_name: &'static str,
    /// Profiles whose attributes the body uses.
    pub profiles: &'static [&'static str],
    /// Defender's own identifier, in pieces.
    pub original_uid: &'a [&'a str],
    /// When it happened to the finding; nothing for inventory, whose time is that of the collection, and where the record
    /// does not say.
    pub moment: Option<Moment<'a>>,
}

/// When something happened to a finding.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// Milliseconds since the epoch.
    pub ms: i64,
    /// The same as the service spells it.
    pub spelled: Option<&'a str>,
}

impl Source<'_> {
    /// `time` of the event, milliseconds since the epoch: the rule is in `docs/events.md`.
    pub(super) fn time(&self, seal: &Seal<'_>) -> i64 {
        self.moment.map_or(seal.collected_ms, |moment| moment.ms)
    }
}

/// Writes the `metadata` member. A lean one leaves to the envelope and to the body what they say: the key, the run, the
/// number, the times, Defender's own identifier, and which mapping it was.
pub(super) fn write(out: &mut JsonWriter, seal: &Seal<'_>, source: &Source<'_>) {
    let stamp = seal.stamp;
    let release = stamp.ocsf_version;
    out.object_member("metadata", |out| {
        out.plain_member("version", release.as_str());
        out.name("product");
        out.members(PRODUCT);
        out.array_member("profiles", |out| {
            for profile in source.profiles {
                out.text(profile);
            }
        });
        out.plain_member("tenant_uid", stamp.tenant.as_str());
        out.plain_member("uid", seal.uid);
        out.plain_member("log_name", source.log_name);
        if !out.is_full() {
            return;
        }
        if release >= version::ORIGINAL_EVENT_UID && !source.original_uid.is_empty() {
            out.name("original_event_uid");
            out.pieces(source.original_uid);
        }
        out.plain_member("correlation_uid", &stamp.run);
        out.count_member("sequence", seal.sequence);
        if release >= version::LOG_FORMAT {
            out.plain_member("log_format", "JSON");
        }
        out.optional_text("original_time", source.moment.and_then(|moment| moment.spelled));
        let read_at = if release >= version::PROCESSED_TIME { "processed_time" } else { "logged_time" };
        out.integer_member(read_at, seal.collected_ms);
        out.array_member("tags", |out| {
            tag(out, "asset_key", |out| out.plain_member("value", seal.key));
            tag(out, "op", |out| out.plain_member("value", seal.operation.as_str()));
            if let Some(instance) = &stamp.instance {
                tag(out, "instance", |out| out.text_member("value", instance));
            }
        });
        out.name("transformation_info_list");
        out.members(TRANSFORMATION);
    });
}

fn tag(out: &mut JsonWriter, name: &str, value: impl FnOnce(&mut JsonWriter)) {
    out.object(|out| {
        out.plain_member("name", name);
        value(out);
    });
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use defender_rows::event::{Detail, Format, OcsfVersion, TenantId};
    use defender_rows::event::{Operation, Stamp};

    fn written(instance: Option<&str>, ocsf_version: OcsfVersion, source: &Source<'_>) -> Value {
        let stamp = Stamp {
            tenant: TenantId::parse("contoso.example").unwrap(),
            run: "01JD4T8Y7XK0S5Z6H2M9Q3W1RB".into(),
            started_ms: 1,
            instance: instance.map(str::to_owned),
            portal: "security.microsoft.com",
            format: Format::Ocsf,
            ocsf_version,
            body: Detail::Full,
        };
        let operation = Operation::Upsert;
        let seal = Seal { key: "k", operation, uid: "u", sequence: 7, collected_ms: 9, stamp: &stamp };
        let mut out = JsonWriter::default();
        out.object(|out| write(out, &seal, source));
        serde_json::from_str::<Value>(out.as_str()).unwrap()["metadata"].take()
    }

    #[test]
    fn everything_known_is_said() {
        let source = Source {
            log_name: "machines",
            profiles: &["cloud"],
            original_uid: &["a", "/", "b"],
            moment: Some(Moment { ms: 1_795_169_614_000, spelled: Some("2026-11-20 10:13:34") }),
        };
        assert_eq!(
            written(Some("lab"), OcsfVersion::V1_8, &source),
            json!({
                "version": "1.8.0",
                "product": { "name": "Microsoft Defender for Endpoint", "vendor_name": "Microsoft" },
                "profiles": ["cloud"],
                "tenant_uid": "contoso.example",
                "uid": "u",
                "original_event_uid": "a/b",
                "correlation_uid": "01JD4T8Y7XK0S5Z6H2M9Q3W1RB",
                "sequence": 7,
                "log_name": "machines",
                "log_format": "JSON",
                "original_time": "2026-11-20 10:13:34",
                "logged_time": 9,
                "tags": [
                    { "name": "asset_key", "value": "k" },
                    { "name": "op", "value": "upsert" },
                    { "name": "instance", "value": "lab" },
                ],
                "transformation_info_list": [{
                    "name": "defender-source/ocsf",
                    "uid": "map-3",
                    "lang": "rust",
                    "product": { "name": "defender-source", "version": env!("CARGO_PKG_VERSION") },
                }],
            })
        );
    }

    #[test]
    fn what_is_unknown_or_too_new_is_left_out() {
        let source = Source { log_name: "machines", profiles: &[], original_uid: &["a"], moment: None };
        let old = written(None, OcsfVersion::V1_6, &source);
        for absent in ["profiles", "original_event_uid", "log_format", "original_time"] {
            assert!(old[absent].is_null(), "{absent}");
        }
        assert_eq!(old["tags"].as_array().unwrap().len(), 2);
        let new = written(None, OcsfVersion::V1_9, &source);
        assert_eq!((&new["processed_time"], &new["logged_time"]), (&json!(9), &Value::Null));
    }
}
