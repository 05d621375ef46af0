//! Paging of Graph and hunting, over collections so small that every row is known.

use super::*;
use crate::api::{Content, HuntStyle, Route};
use crate::model::{Shape, Tenant};
use crate::period::{ORIGIN, Period};
use crate::scenario::Scenario;
use crate::wire::{Collection, Position, Query, Rows};
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use std::ops::Range;
use std::sync::Arc;

/// Rows with a number each, in one subject.
struct Numbers(Range<u32>);

impl Rows for Numbers {
    fn next(&mut self, out: &mut Vec<u8>) -> Option<Position> {
        let number = self.0.next()?;
        let row =
            json!({ "id": number.to_string(), "DeviceId": format!("{number:040x}"), "number": number, "none": null });
        serde_json::to_writer(out, &row).unwrap();
        Some(Position { subject: 0, row: number + 1 })
    }
}

fn numbers(query: Query<'_>, end: u32) -> Option<Box<dyn Rows>> {
    Some(Box::new(Numbers(query.from.row.min(end)..end)))
}

static OBJECTS: Collection = Collection { context: "things", open: |_, query| numbers(query, 250) };

/// As many changes as periods passed.
static CHANGES: Collection =
    Collection { context: "things", open: |_, query| numbers(query, query.period.0 + 1 - query.since.0) };

fn route(method: Method, path: &'static str, content: Content) -> Route {
    Route {
        method,
        path,
        resource: Resource::Graph,
        roles: &["User.Read.All"],
        feature: Feature::Directory,
        family: Family::new("things"),
        quota: Quota { per_minute: 1000, per_hour: 1000 },
        content,
    }
}

struct Client {
    service: Service,
    token: String,
}

impl Client {
    fn new() -> Self {
        let routes = vec![
            route(Method::GET, "things", Content::Graph { rows: &OBJECTS, page: 100, most: 999 }),
            route(Method::GET, "things/delta", Content::GraphDelta { rows: &OBJECTS, changes: &CHANGES }),
            route(Method::POST, "hunt", Content::Hunt { style: HuntStyle::Graph }),
        ];
        let tenant = Arc::new(Tenant::new(Shape::default()));
        let mut terms = Terms::default();
        terms.hunting.rows_per_quarter = 1000;
        let service = Service::with_routes(tenant, terms, Scenario::default(), routes);
        service.set_period(Some(Period(40)));
        let form = format!(
            "grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}\
             &scope=https://graph.microsoft.com/.default"
        );
        let url = format!("https://login.microsoftonline.com/{TENANT_ID}/oauth2/v2.0/token");
        let mut client = Self { service, token: String::new() };
        let (_, body) = client.send(Method::POST, &url, form);
        client.token = body["access_token"].as_str().unwrap().to_owned();
        client
    }

    fn send(&self, method: Method, url: &str, body: impl Into<Bytes>) -> (u16, Value) {
        let request = http::Request::builder().method(method).uri(url);
        let request = request.header("authorization", format!("Bearer {}", self.token)).body(body.into()).unwrap();
        let Answer::Http(response) = self.service.answer(&request, ORIGIN) else { panic!("no answer") };
        let mut bytes = Vec::new();
        for piece in response.body {
            let Piece::Data(data) = piece else { panic!("{piece:?}") };
            bytes.extend_from_slice(&data);
        }
        (response.status.as_u16(), serde_json::from_slice(&bytes).unwrap())
    }

    fn get(&self, path: &str) -> (u16, Value) {
        let url = if path.starts_with("https:") {
            path.to_owned()
        } else {
            format!("https://graph.microsoft.com/v1.0/{path}")
        };
        self.send(Method::GET, &url, Bytes::new())
    }

    /// Numbers of all pages, and the last page.
    fn all(&self, path: &str) -> (Vec<u64>, Value) {
        let (mut numbers, mut next) = (Vec::new(), path.to_owned());
        loop {
            let (status, page) = self.get(&next);
            assert_eq!(status, 200, "{page}");
            numbers.extend(page["value"].as_array().unwrap().iter().map(|row| row["number"].as_u64().unwrap()));
            match page["@odata.nextLink"].as_str() {
                Some(link) => next = link.to_owned(),
                None => return (numbers, page),
            }
        }
    }

    fn hunt(&self, query: &str) -> (u16, Value) {
        self.send(Method::POST, "https://graph.microsoft.com/v1.0/hunt", json!({ "Query": query }).to_string())
    }
}

#[test]
fn a_collection_of_graph_is_walked_by_its_links() {
    let client = Client::new();
    let every: Vec<u64> = (0..250).collect();
    assert_eq!(client.all("things").0, every);
    assert_eq!(client.all("things?$top=7&$select=number").0, every);
    let (_, page) = client.get("things?$top=7&$select=number,id&$count=true");
    assert_eq!(page["value"][0], json!({ "id": "0", "number": 0 }));
    assert_eq!(page["@odata.context"], "https://graph.microsoft.com/v1.0/$metadata#things");
    let link = page["@odata.nextLink"].as_str().unwrap();
    assert!(link.contains("$top=7") && !link.contains("$count"), "{link}");
    assert_eq!(client.all("things?$filter=number%20ge%20240").0, (240..250).collect::<Vec<u64>>());
    for query in ["$top=0", "$top=1000", "$skip=1", "$orderby=id", "$select=nothing", "$skiptoken=x"] {
        assert_eq!(client.get(&format!("things?{query}")).0, 400, "{query}");
    }
}

#[test]
fn a_delta_lists_everything_once_and_then_what_changed() {
    let client = Client::new();
    let (first, page) = client.all("things/delta?$select=number");
    assert_eq!(first.len(), 250);
    let link = page["@odata.deltaLink"].as_str().unwrap().to_owned();
    assert!(link.contains("$deltatoken=") && !link.contains("$select"), "{link}");
    // Nothing has changed within the period.
    assert_eq!(client.all(&link).0.len(), 0);
    client.service.set_period(Some(Period(43)));
    let (changed, page) = client.all(&link);
    assert_eq!(changed.len(), 3);
    assert_eq!(page["value"][0].as_object().unwrap().len(), 2, "the columns of the round stay: {page}");
    let next = page["@odata.deltaLink"].as_str().unwrap();
    assert_eq!(client.all(next).0.len(), 0);
    let (_, latest) = client.get("things/delta?$deltatoken=latest");
    assert!(latest["value"].as_array().unwrap().is_empty() && latest["@odata.deltaLink"].is_string());
    client.service.set_period(Some(Period(72)));
    let (status, body) = client.get(&link);
    assert_eq!((status, body["error"]["code"].as_str()), (410, Some("SyncStateNotFound")));
    assert_eq!(client.get("things/delta?$top=5").0, 400);
}

#[test]
fn hunting_knows_its_tables_and_no_others() {
    let client = Client::new();
    assert_eq!(client.hunt("NoSuchTable | take 1").0, 400);
    assert_eq!(client.hunt("things").0, 400);
    assert_eq!(client.send(Method::POST, "https://graph.microsoft.com/v1.0/hunt", "{}").0, 400);
}
