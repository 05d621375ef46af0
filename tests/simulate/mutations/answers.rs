//! What the component gets to see.

use super::{broken, expect, fair, violated, with_changes};
use defender_double::scenario::What;
use http::{StatusCode, Uri};
use serde_json::Value;
use source_host::simulate::Property::{NothingInvented, NothingLost, Progress, SnapshotEnd};
use source_host::simulate::{Options, Sabotage};

/// Changes bodies of the API.
struct Answers<F>(F);

impl<F: FnMut(&Uri, StatusCode, &mut Value) -> StatusCode + Send> Sabotage for Answers<F> {
    fn rewrites(&self) -> bool {
        true
    }

    fn answer(&mut self, url: &Uri, status: StatusCode, body: Vec<u8>) -> (StatusCode, Vec<u8>) {
        let Ok(mut json) = serde_json::from_slice::<Value>(&body) else { return (status, body) };
        let changed = (self.0)(url, status, &mut json);
        (changed, json.to_string().into_bytes())
    }
}

fn empty_collection() -> Value {
    serde_json::json!({ "value": [] })
}

/// Nothing is on the pages whose address has such a part.
fn emptied(part: &'static str) -> impl Sabotage + 'static {
    Answers(move |url: &Uri, status, body: &mut Value| {
        if url.path_and_query().is_some_and(|address| address.as_str().contains(part)) {
            *body = empty_collection();
        }
        status
    })
}

#[test]
fn a_page_that_is_dropped_is_lost() {
    expect(&fair(), || emptied("$skiptoken="), &[NothingLost]);
}

/// The source sees that the row is not there with which such a page has to begin, and calls its dataset partial. Where the
/// service gives one row a page, a page without one is the end, and nobody can tell.
#[test]
fn a_page_by_offset_that_is_dropped_is_no_complete_reading() {
    let (found, lines) = violated(&fair(), || Some(Box::new(emptied("$skip="))), &[Progress]);
    assert!(found.contains(&Progress) && found.is_subset(&[Progress, NothingLost].into()), "{lines}");
}

#[test]
fn a_next_link_that_is_ignored_loses_what_follows() {
    let no_link = || {
        Answers(|_: &Uri, status, body: &mut Value| {
            if let Some(body) = body.as_object_mut() {
                body.remove("@odata.nextLink");
            }
            status
        })
    };
    expect(&fair(), no_link, &[NothingLost]);
}

#[test]
fn a_refusal_that_is_taken_for_an_empty_list_is_a_snapshot_that_must_not_end() {
    let forbidden_is_empty = || {
        Answers(|_: &Uri, status, body: &mut Value| {
            if status != StatusCode::FORBIDDEN {
                return status;
            }
            *body = empty_collection();
            StatusCode::OK
        })
    };
    let options = broken("/api/machines/SoftwareInventoryByMachine", What::Forbidden);
    expect(&options, forbidden_is_empty, &[NothingLost, SnapshotEnd]);
}

#[test]
fn a_row_that_is_made_up_is_invented() {
    let made_up = || {
        Answers(|url: &Uri, status, body: &mut Value| {
            if url.path().ends_with("/SoftwareInventoryByMachine") {
                for row in body["value"].as_array_mut().into_iter().flatten().take(1) {
                    row["softwareName"] = format!("{}-made-up", row["softwareName"]).into();
                }
            }
            status
        })
    };
    expect(&fair(), made_up, &[NothingInvented, NothingLost]);
}

#[test]
fn updates_that_are_not_asked_for_are_missed() {
    let days = Options { days: 8, ..fair() };
    expect(&days, || emptied("$filter=updatedOn"), &[NothingLost]);
}

#[test]
fn changes_that_are_not_asked_for_are_missed() {
    expect(&with_changes(), || emptied("ChangesByMachine?"), &[NothingLost, NothingInvented]);
}
