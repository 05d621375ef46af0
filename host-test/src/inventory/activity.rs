//! What an event says of a finding: that it is new, or that it changed. A source without a history can only guess that;
//! the inventory knows it.
//!
//! | the inventory | the finding is told as |
//! |---|---|
//! | never had it, or knows that it was gone | Create |
//! | has it | Update |
//!
//! **The default** is to leave an event as it is: one that is no finding of OCSF, that closes, or that says the right thing
//! already. Of the others only what follows from the activity is another: its names, and the time where it was that of the
//! other activity. Everything else keeps its bytes, numbers in `unmapped` among them.

use crate::clock;
use crate::contract::Event;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Category of findings in OCSF.
const FINDINGS: i64 = 2;

/// The activities of findings that are there. The numbers are those of OCSF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activity {
    Create = 1,
    Update = 2,
}

impl Activity {
    /// What a finding is told as.
    pub(super) fn of(was_there: bool) -> Self {
        if was_there { Self::Update } else { Self::Create }
    }

    fn number(self) -> i64 {
        self as i64
    }

    fn name(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Update => "Update",
        }
    }
}

/// The document of an event with this activity, if it is of a finding and says another one.
pub(super) fn rewritten(schema: &str, event: &Event, activity: Activity) -> Option<String> {
    if class(schema)? / 1000 != FINDINGS {
        return None;
    }
    let document = &*event.document;
    let said = said(document)?;
    if said == activity.number() || ![Activity::Create, Activity::Update].iter().any(|it| it.number() == said) {
        return None;
    }
    let Document { body } = serde_json::from_str(document).ok()?;
    let mut edits = vec![
        (body.activity_id.get(), activity.number().to_string()),
        (body.type_uid.get(), (body.class_uid * 100 + activity.number()).to_string()),
    ];
    if let Some(name) = body.activity_name {
        edits.push((name.get(), format!("\"{}\"", activity.name())));
    }
    if let (Some(name), Some(title)) = (body.type_name, &body.class_name) {
        edits.push((name.get(), serde_json::Value::from(format!("{title}: {}", activity.name())).to_string()));
    }
    if let Some(time) = body.time_of(activity, observed_ms(event)) {
        edits.push((body.time.get(), time.to_string()));
        // It spells the time that is no more.
        let spelled = body.metadata.original_time.and_then(|it| member(document, "\"original_time\"", it.get()));
        edits.extend(spelled.map(|member| (member, String::new())));
    }
    Some(spliced(document, edits))
}

/// When an event was collected, milliseconds since 1970.
fn observed_ms(event: &Event) -> Option<i64> {
    i64::try_from(clock::parse(&event.observed_at)?.as_millis()).ok()
}

/// The class in `ocsf/<version>/<class>`.
fn class(schema: &str) -> Option<i64> {
    let (_, class) = schema.strip_prefix("ocsf/")?.split_once('/')?;
    class.parse().ok()
}

/// A document of a finding, as far as it bears on the activity.
#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    body: Body<'a>,
}

#[derive(Deserialize)]
struct Body<'a> {
    class_uid: i64,
    #[serde(borrow)]
    class_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    activity_id: &'a RawValue,
    #[serde(borrow)]
    activity_name: Option<&'a RawValue>,
    #[serde(borrow)]
    type_uid: &'a RawValue,
    #[serde(borrow)]
    type_name: Option<&'a RawValue>,
    #[serde(borrow)]
    time: &'a RawValue,
    #[serde(default)]
    finding_info: FindingInfo,
    #[serde(borrow)]
    metadata: Metadata<'a>,
}

#[derive(Default, Deserialize)]
struct FindingInfo {
    created_time: Option<i64>,
    modified_time: Option<i64>,
    /// Stands for the first of them in lean bodies.
    first_seen_time: Option<i64>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow)]
    original_time: Option<&'a RawValue>,
}

impl Body<'_> {
    /// The time that belongs to an activity; nothing if it stays as it is. A creation has the time at which the finding was
    /// made, where that is known; an update the one at which it was changed, else that of the collection.
    fn time_of(&self, activity: Activity, observed_ms: Option<i64>) -> Option<i64> {
        let FindingInfo { created_time, modified_time, first_seen_time } = self.finding_info;
        let created_time = created_time.or(first_seen_time);
        let now = self.time.get().parse().ok();
        let wanted = match activity {
            Activity::Create => created_time,
            Activity::Update if now == created_time => modified_time.or(observed_ms),
            Activity::Update => None,
        };
        wanted.filter(|wanted| now != Some(*wanted))
    }
}

/// The text with other values. Each edit is a part of the text and what comes in its place.
fn spliced(text: &str, mut edits: Vec<(&str, String)>) -> String {
    let start = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    edits.sort_by_key(|(part, _)| start(part));
    let mut out = String::with_capacity(text.len() + 16);
    let mut done = 0;
    for (part, value) in &edits {
        let at = start(part);
        out.push_str(text.get(done..at).unwrap_or_default());
        out.push_str(value);
        done = at + part.len();
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// The part of a text that is a member of an object, with the comma that parts it from another one.
fn member<'a>(text: &'a str, name: &str, value: &str) -> Option<&'a str> {
    let start = value.as_ptr() as usize - text.as_ptr() as usize;
    let end = start + value.len();
    let before = text.get(..start)?.trim_end().strip_suffix(':')?.trim_end().strip_suffix(name)?.trim_end();
    if let Some(before) = before.strip_suffix(',') {
        return text.get(before.len()..end);
    }
    let behind = text.get(end..)?.trim_start();
    let behind = behind.strip_prefix(',').unwrap_or(behind);
    text.get(before.len()..text.len() - behind.len())
}

/// `activity_id` of the body. Reads no further than it has to: it stands near the beginning of the body, which is most of the
/// document.
fn said(document: &str) -> Option<i64> {
    let mut found = None;
    // Leaving in the middle is an error to the parser.
    let _ = serde_json::Deserializer::from_str(document).deserialize_map(Envelope(&mut found));
    found
}

struct Envelope<'f>(&'f mut Option<i64>);

impl<'a> Visitor<'a> for Envelope<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an envelope")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            if name == "body" {
                return map.next_value_seed(ActivityIn(self.0));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

struct ActivityIn<'f>(&'f mut Option<i64>);

impl<'a> DeserializeSeed<'a> for ActivityIn<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for ActivityIn<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a body")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            if name == "activity_id" {
                *self.0 = Some(map.next_value()?);
                break;
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Operation;
    use serde_json::{Value, json};

    const SCHEMA: &str = "ocsf/1.8.0/2002";

    /// The document of an event that was collected 9 ms after 1970 began.
    fn rewritten(schema: &str, document: &str, activity: Activity) -> Option<String> {
        let event = Event {
            kind: "vulnerability".into(),
            operation: Operation::Upsert,
            key: "k".into(),
            observed_at: "1970-01-01T00:00:00.009Z".into(),
            content_hash: "h".into(),
            document: document.into(),
        };
        super::rewritten(schema, &event, activity)
    }

    /// A finding with this activity, time, and when it was made and changed.
    fn document(activity: i64, time: i64, created: Option<i64>, modified: Option<i64>) -> String {
        let name = ["Unknown", "Create", "Update", "Close"][activity as usize];
        format!(
            r#"{{"schema":"{SCHEMA}","refs":[{{"rel":"activity_id","key":"1"}}],"body":{{"class_uid":2002,"class_name":"Vulnerability Finding","activity_id": {activity} ,"activity_name":"{name}","type_uid":20020{activity},"type_name":"Vulnerability Finding: {name}","time":{time},"finding_info":{},"unmapped":{{"activity_id":1,"wide":123456789012345678901234567890,"exact":7.50}},"metadata":{{"original_time":"then"}}}}}}"#,
            json!({ "created_time": created, "modified_time": modified })
        )
    }

    fn body(document: &str) -> Value {
        serde_json::from_str::<Value>(document).unwrap()["body"].take()
    }

    #[test]
    fn what_an_activity_is_called_follows_from_it() {
        for (said, wanted, name) in [(1, Activity::Update, "Update"), (2, Activity::Create, "Create")] {
            let before = document(said, 9, None, None);
            let after = rewritten(SCHEMA, &before, wanted).unwrap();
            let now = body(&after);
            assert_eq!(
                (&now["activity_id"], &now["type_uid"]),
                (&json!(wanted.number()), &json!(200_200 + wanted.number()))
            );
            assert_eq!(now["activity_name"], name);
            assert_eq!(now["type_name"], format!("Vulnerability Finding: {name}"));
            assert_eq!(
                (&now["time"], &now["metadata"]["original_time"]),
                (&json!(9), &json!("then")),
                "it fits as it is"
            );
            assert!(
                after.contains(r#""unmapped":{"activity_id":1,"wide":123456789012345678901234567890,"exact":7.50}"#)
            );
            assert_eq!(rewritten(SCHEMA, &after, wanted), None, "and then it is right");
            let back = if wanted == Activity::Create { Activity::Update } else { Activity::Create };
            assert_eq!(body(&rewritten(SCHEMA, &after, back).unwrap()), body(&before), "nothing else was changed");
        }
    }

    #[test]
    fn the_time_is_that_of_the_activity() {
        for (said, time, created, modified, wanted, expected) in [
            (1, 5, Some(5), None, Activity::Update, Some(9)),
            (1, 5, Some(5), Some(7), Activity::Update, Some(7)),
            (1, 6, Some(5), None, Activity::Update, None),
            (1, 9, None, None, Activity::Update, None),
            (2, 9, Some(5), None, Activity::Create, Some(5)),
            (2, 9, None, Some(9), Activity::Create, None),
        ] {
            let now = body(&rewritten(SCHEMA, &document(said, time, created, modified), wanted).unwrap());
            assert_eq!(now["time"], expected.unwrap_or(time), "{said} {time} {created:?} {modified:?}");
            assert_eq!(now["metadata"]["original_time"].is_null(), expected.is_some());
        }
    }

    #[test]
    fn a_member_goes_with_its_comma() {
        for (text, rest) in [
            (r#"{"a":1,"t":"x","b":2}"#, r#"{"a":1,"b":2}"#),
            (r#"{"t" : "x" , "b":2}"#, r#"{ "b":2}"#),
            (r#"{"a":1, "t":"x"}"#, r#"{"a":1}"#),
            (r#"{"t":"x"}"#, "{}"),
        ] {
            let value = &text[text.find("\"x\"").unwrap()..][..3];
            assert_eq!(text.replace(member(text, "\"t\"", value).unwrap(), ""), rest);
            assert_eq!(member(text, "\"u\"", value), None);
        }
    }

    #[test]
    fn all_else_is_left_as_it_is() {
        let other = Activity::Update;
        for (schema, document) in [
            (SCHEMA, document(3, 5, None, None)),
            (SCHEMA, document(0, 5, None, None)),
            (SCHEMA, document(2, 5, None, None)),
            ("ocsf/1.8.0/5001", document(1, 5, None, None)),
            ("ocsf/1.8.0/x", document(1, 5, None, None)),
            ("native/vulnerabilities", document(1, 5, None, None)),
            (SCHEMA, r#"{"body":{"activity_id":1}}"#.to_owned()),
            (SCHEMA, r#"{"body":7}"#.to_owned()),
            (SCHEMA, "[]".to_owned()),
        ] {
            assert_eq!(rewritten(schema, &document, other), None, "{schema} {document}");
        }
        assert_eq!((Activity::of(true), Activity::of(false)), (Activity::Update, Activity::Create));
    }
}
