//! What the tests of the mappers share: a run that maps rows and reads its events back.

use defender_rows::event::{Detail, Event, EventWriter, Format, OcsfVersion, Sequence, Stamp, TenantId};
use defender_rows::record::DeviceFacts;
use defender_rows::tally::Tolerated;
use serde_json::Value;

use crate::datasets::history::History;
use crate::datasets::mapping::{MapFn, MapScope, Outcome, Subject};
use crate::memory::{DeviceFilter, Roster, Seen, Window};

/// 2026-11-20T20:00:00.120Z.
pub(crate) const COLLECTED_MS: i64 = 1_795_204_800_120;

/// Whose assets, unless a test says otherwise.
const TENANT: &str = "7f1c2b1e-0d0c-4b53-9a5e-1f5f6d0f9a01";

/// A device identifier.
pub(crate) const DEVICE: &str = "1e5bc9d7e413ddd7902c2932e418702b84d0cc07";

/// What a roster knows about the device of a request.
pub(crate) const FACTS: DeviceFacts<'static> = DeviceFacts {
    id: DEVICE,
    hostname: Some("srv-7.contoso.example"),
    os_platform: Some("WindowsServer2019"),
    os_version: Some("1809"),
    os_build: None,
    group_id: Some("86"),
    group_name: Some("Servers"),
    value: Some("High"),
    risk: Some("Medium"),
    exposure: Some("High"),
};

/// A run of mappers.
pub(crate) struct Run {
    pub(crate) events: EventWriter,
    pub(crate) filter: DeviceFilter,
    pub(crate) tolerated: Tolerated,
    pub(crate) roster: Roster,
    pub(crate) history: History,
    seen: Seen,
}

impl Run {
    pub(crate) fn new(format: Format, ocsf_version: OcsfVersion) -> Self {
        Self::of_tenant(TENANT, format, ocsf_version)
    }

    pub(crate) fn of_tenant(tenant: &str, format: Format, ocsf_version: OcsfVersion) -> Self {
        Self::with(tenant, format, ocsf_version, Detail::Full)
    }

    fn with(tenant: &str, format: Format, ocsf_version: OcsfVersion, body: Detail) -> Self {
        let stamp = Stamp {
            tenant: TenantId::parse(tenant).unwrap(),
            run: "01JD4T8Y7XK0S5Z6H2M9Q3W1RB".into(),
            started_ms: COLLECTED_MS,
            instance: None,
            portal: "security.microsoft.com",
            format,
            ocsf_version,
            body,
        };
        let mut events = EventWriter::new(stamp, Sequence::default());
        events.collected_at(COLLECTED_MS);
        Self {
            events,
            filter: DeviceFilter::default(),
            tolerated: Tolerated::default(),
            roster: Roster::default(),
            history: History::default(),
            seen: Seen::default(),
        }
    }

    pub(crate) fn ocsf() -> Self {
        Self::new(Format::Ocsf, OcsfVersion::V1_8)
    }

    /// A run of bodies that say everything once.
    pub(crate) fn lean() -> Self {
        Self::with(TENANT, Format::Ocsf, OcsfVersion::V1_8, Detail::Lean)
    }

    pub(crate) fn native() -> Self {
        Self::new(Format::Native, OcsfVersion::V1_8)
    }

    pub(crate) fn map(&mut self, map: MapFn, row: &str, subject: Subject<'_>) -> Outcome {
        let mut scope = MapScope {
            events: &mut self.events,
            filter: &mut self.filter,
            tolerated: &mut self.tolerated,
            seen: &mut self.seen,
            roster: Some(&mut self.roster),
            history: self.history,
        };
        map(row, subject, &mut scope)
    }

    /// Maps a row that must yield events.
    pub(crate) fn emit(&mut self, map: MapFn, row: &str, subject: Subject<'_>) -> Vec<Doc> {
        assert_eq!(self.map(map, row, subject), Outcome::Emitted, "{row}");
        self.take()
    }

    /// Maps a row of a window of changes, which is read twice.
    pub(crate) fn change(&mut self, map: MapFn, row: &str) -> Vec<Doc> {
        self.seen.window = Some(Window::survey(0));
        self.map(map, row, Subject::Tenant);
        self.seen.window.as_mut().unwrap().surveyed();
        self.emit(map, row, Subject::Tenant)
    }

    /// What came so far was handed over to the host.
    pub(crate) fn handed_over(&mut self) {
        self.seen.handed_over();
        self.roster.handed_over();
    }

    pub(crate) fn take(&mut self) -> Vec<Doc> {
        let mut docs = Vec::new();
        while let Some(length) = self.events.next_document_len() {
            let event = self.events.pop().unwrap();
            assert_eq!(event.document.len(), length);
            docs.push(Doc::read(event));
        }
        docs
    }

    pub(crate) fn tolerated(&self) -> Vec<(&str, u64)> {
        self.tolerated.iter().collect()
    }
}

/// An event and its document.
#[derive(Debug)]
pub(crate) struct Doc {
    pub(crate) event: Event,
    pub(crate) json: Value,
}

impl Doc {
    /// Reads the document back and checks what holds for every event.
    fn read(event: Event) -> Self {
        assert!(!event.document.contains(['\n', '\r']), "{}", event.document);
        let json: Value = serde_json::from_str(&event.document).unwrap();
        assert_eq!(json["kind"], event.kind.as_str());
        assert_eq!(json["op"], event.operation.as_str());
        assert_eq!(json["key"], *event.key);
        assert_eq!(json["observed"], *event.observed_at);
        assert_eq!(json["hash"], *event.content_hash);
        assert_eq!(event.content_hash.len(), 64);
        assert!(json["refs"].is_array() && json["body"].is_object() && json["seq"].is_u64());
        if json["schema"].as_str().unwrap().starts_with("ocsf/") {
            let body = &json["body"];
            for required in ["class_uid", "category_uid", "activity_id", "type_uid", "severity_id", "time", "metadata"]
            {
                assert!(!body[required].is_null(), "{required} in {body}");
            }
            assert!(!has_null(body), "{body}");
            for observable in body["observables"].as_array().into_iter().flatten() {
                let path = observable["name"].as_str().unwrap();
                assert!(values(body, path).contains(&&observable["value"]), "{path} in {body}");
            }
        }
        Self { event, json }
    }

    pub(crate) fn body(&self) -> &Value {
        &self.json["body"]
    }

    /// A value in the body by JSON pointer; null if there is none.
    pub(crate) fn at(&self, pointer: &str) -> &Value {
        self.body().pointer(pointer).unwrap_or(&Value::Null)
    }

    /// Relations as `rel key`, the key without `mde:<tenant>:`.
    pub(crate) fn refs(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let short = |key: String| key.splitn(3, ':').nth(2).unwrap().to_owned();
        let refs = self.json["refs"].as_array().unwrap();
        refs.iter().map(|one| format!("{} {}", text(&one["rel"]), short(text(&one["key"])))).collect()
    }

    /// The key without `mde:<tenant>:`.
    pub(crate) fn key(&self) -> &str {
        self.event.key.splitn(3, ':').nth(2).unwrap()
    }
}

/// What stands at a path, which passes through lists without saying so.
fn values<'v>(body: &'v Value, path: &str) -> Vec<&'v Value> {
    path.split('.').fold(vec![body], |found, name| {
        let elements = found.iter().flat_map(|it| it.as_array().map_or(std::slice::from_ref(*it), Vec::as_slice));
        elements.filter_map(|element| element.get(name)).collect()
    })
}

/// Whether a null is anywhere outside of `unmapped`, where nested source values may hold some.
fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(elements) => elements.iter().any(has_null),
        Value::Object(members) => members.iter().any(|(name, value)| name != "unmapped" && has_null(value)),
        _ => false,
    }
}
