//! The hand-made tenant as a scripted service, into which tests put faults.

use super::{HANDMADE_TENANT, handmade};
use source_host::har::Exchange;
use source_host::testing::{FakeTransport, Harness, Reply, Seen};
use source_host::transport::Transport;
use std::sync::OnceLock;

/// The first page of machines; the second one is empty.
pub const MACHINES: &str = "/api/machines?$top=10000";
/// The first page of vulnerabilities; it links to a second one.
pub const VULNERABILITIES: &str = "/api/machines/SoftwareVulnerabilitiesByMachine?pageSize=200000";
/// The first page of the software inventory; it links to a second one.
pub const SOFTWARE: &str = "/api/machines/SoftwareInventoryByMachine?pageSize=200000";
/// Part of every token request.
pub const TOKEN: &str = "/oauth2/v2.0/token";
/// Where the API lives.
pub const API: &str = "https://api.security.microsoft.com";

fn exchanges() -> &'static [Exchange] {
    static EXCHANGES: OnceLock<Vec<Exchange>> = OnceLock::new();
    EXCHANGES.get_or_init(handmade)
}

/// What the hand-made tenant answers. Behind the last row of a list that is read by offset there is nothing.
pub fn handmade_answer(seen: &Seen) -> Option<Reply> {
    let url = seen.url.to_string();
    let recorded = exchanges().iter().find(|exchange| exchange.method == seen.method && exchange.url == url.as_str());
    match recorded {
        Some(exchange) => Some(Reply::json(exchange.body.clone()).with_status(exchange.status.as_u16())),
        None => super::is_behind_the_last_row(exchanges(), &url).then(|| page(&[], None)),
    }
}

/// Body of an answer of the hand-made tenant.
pub fn handmade_body(path_and_query: &str) -> Vec<u8> {
    let url = format!("{API}{path_and_query}");
    match exchanges().iter().find(|exchange| exchange.url == url.as_str()) {
        Some(exchange) => exchange.body.to_vec(),
        None if super::is_behind_the_last_row(exchanges(), &url) => super::NO_ROWS.to_vec(),
        None => panic!("not recorded: {url}"),
    }
}

/// Answers like the hand-made tenant, changed in some way.
pub fn handmade_with(change: impl Fn(&Seen, Reply) -> Reply + Send + Sync + 'static) -> FakeTransport {
    FakeTransport::new().answer(move |seen| handmade_answer(seen).map(|reply| change(seen, reply)))
}

/// The hand-made tenant behind rules that come first.
pub fn handmade_behind(rules: FakeTransport) -> FakeTransport {
    rules.answer(handmade_answer)
}

/// A run against a scripted service, at the time and with the tenant of the recording.
pub fn harness(network: &(impl Transport + Clone + 'static)) -> Harness {
    let start = exchanges().iter().filter_map(|exchange| exchange.started).min();
    let harness = Harness::new(network.clone()).start_time(start.unwrap_or_default()).config(format!(
        r#"{{"tenant_id":"{HANDMADE_TENANT}","client_id":"00000000-0000-0000-0000-000000000000","auth":{{"kind":"client_secret"}}}}"#
    ));
    super::in_pages(harness)
}

/// Requests whose address contains a text.
pub fn asked(network: &FakeTransport, part: &str) -> usize {
    network.requests().iter().filter(|seen| seen.url.to_string().contains(part)).count()
}

/// A page of a collection.
pub fn page(rows: &[&str], next_link: Option<&str>) -> Reply {
    let link = next_link.map_or(String::new(), |link| format!(r#","@odata.nextLink":"{link}""#));
    Reply::json(format!(r#"{{"@odata.context":"c","value":[{}]{link}}}"#, rows.join(",")))
}

/// A machine with little to say.
pub fn machine_row(number: u32) -> String {
    format!(
        r#"{{"id":"{number:040x}","computerDnsName":"pc-{number}","osPlatform":"Windows11","onboardingStatus":"Onboarded"}}"#
    )
}

/// The token that the service gives.
pub fn token() -> Reply {
    Reply::json(r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t"}"#)
}
