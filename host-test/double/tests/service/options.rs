use super::client::{API, Client, GRAPH, GRAPH_SCOPE, SCOPE};

/// Calls of Defender by the way they page, with a device's id for `{}`.
const CALLS: &[(&str, &[&str])] = &[
    ("machines", &["$top=1", "$skip=1", "$filter=id ne 'x'", "$select=id", "$count=true"]),
    ("machines/{}", &["$select=id"]),
    ("machines/{}/recommendations", &[]),
    ("machines/{}/vulnerabilities", &[]),
    ("machines/{}/software", &[]),
    ("machines/{}/alerts", &[]),
    ("machines/{}/logonusers", &[]),
    ("machines/SoftwareInventoryByMachine", &["$top=1"]),
    ("machines/SoftwareInventoryExport", &[]),
    ("machines/findbytag?tag=x", &[]),
    ("exposureScore", &["$select=score"]),
];

const OPTIONS: &[&str] = &[
    "$top=1",
    "$skip=1",
    "$filter=id ne 'x'",
    "$select=id",
    "$orderby=id",
    "$count=true",
    "$expand=alerts",
    "$search=x",
    "$apply=x",
    "$skiptoken=x",
    "$deltatoken=x",
    "$nothing=1",
    "$TOP=1",
];

fn with(url: &str, option: &str) -> String {
    let option = option.replace(' ', "%20");
    if url.contains('?') { format!("{url}&{option}") } else { format!("{url}?{option}") }
}

#[test]
fn an_option_is_obeyed_or_refused() {
    let client = Client::new().signed_in(SCOPE);
    let id = client.get(&format!("{API}/machines?$top=1")).ids().remove(0);
    for (call, understood) in CALLS {
        let url = format!("{API}/{}", call.replace("{}", &id));
        let client = Client::new().signed_in(SCOPE);
        assert_eq!(client.get(&url).status, 200, "{call}");
        for option in OPTIONS {
            let got = client.get(&with(&url, option));
            let is_known = understood.iter().any(|known| known.eq_ignore_ascii_case(option));
            assert_eq!(got.status.as_u16(), if is_known { 200 } else { 400 }, "{call} {option}");
            // The quota of the strictest of them.
            client.pass(std::time::Duration::from_secs(180));
        }
    }
    assert_eq!(client.get(&format!("{API}/machines?$count=maybe")).status, 400);
    assert_eq!(client.get(&format!("{API}/machines?$top=1&$top=2")).status, 400);
    // What does not begin with a dollar is the client's own affair.
    assert_eq!(client.get(&format!("{API}/machines?tracking=1")).status, 200);
}

#[test]
fn the_examples_of_microsoft_are_answered() {
    let client = Client::new().signed_in(SCOPE);
    let id = client.get(&format!("{API}/machines?$top=1")).ids().remove(0);
    for example in [
        "alerts?$top=10&$expand=evidence",
        "alerts?$expand=evidence&$filter=lastUpdateTime ge 2019-11-22T00:00:00Z",
        "machines?$filter=riskScore eq 'High'",
        "machines?$filter=healthStatus ne 'Active'&$top=100",
        "machines?$filter=lastSeen gt 2018-08-01Z",
        "machineactions?$filter=requestor eq 'Analyst@contoso.com' and type eq 'RunAntiVirusScan'",
        "machines?$filter=startswith(computerDnsName,'mymachine')",
        "machines?$filter=machineTags/any(tag: tag eq 'ExampleTag')",
    ] {
        let got = client.get(&format!("{API}/{}", example.replace(' ', "%20")));
        assert_eq!(got.status, 200, "{example}: {got:?}");
        assert_eq!(client.get(&format!("{API}/{}", example.replace(' ', "+"))).status, 200, "{example}");
    }
    let seen = client.get(&format!("{API}/machines?$filter=lastSeen%20gt%202018-08-01Z")).rows().len();
    assert_eq!(seen, client.get(&format!("{API}/machines")).rows().len());
    let count = client.get(&format!("{API}/machines/{id}/alerts/$count?$filter=status%20ne%20'Resolved'"));
    assert!(count.status == 200 && count.header("content-type").unwrap().starts_with("text/plain"), "{count:?}");
    let open = client.get(&format!("{API}/alerts?$filter=machineId%20eq%20'{id}'%20and%20status%20ne%20'Resolved'"));
    assert_eq!(String::from_utf8(count.body).unwrap(), open.rows().len().to_string());
    let all = client.get(&format!("{API}/machines/$count"));
    assert_eq!(String::from_utf8(all.body).unwrap(), seen.to_string());
    assert_eq!(client.get(&format!("{API}/machines/{id}/$count")).status, 400);
}

#[test]
fn members_stay_in_the_order_of_the_service() {
    let client = Client::new().signed_in(SCOPE);
    let raw = |query: &str| String::from_utf8(client.get(&format!("{API}/machines?$top=1&{query}")).body).unwrap();
    let whole = raw("");
    assert_eq!(raw("$filter=id%20ne%20'x'"), whole);
    let names = |text: &str| {
        let row = text.split_once("\"value\":[").unwrap().1.to_owned();
        ["\"id\"", "\"computerDnsName\"", "\"lastSeen\""].map(|name| row.find(name).unwrap())
    };
    let places = names(&raw("$select=lastSeen,computerDnsName,id"));
    assert!(places.is_sorted() && places[0] == 1, "{places:?}");
    let graph = Client::new().signed_in(GRAPH_SCOPE);
    let user = String::from_utf8(graph.get(&format!("{GRAPH}/users?$top=1&$select=id,displayName")).body).unwrap();
    assert!(user.contains("\"value\":[{\"id\":") || user.contains("\"value\":[{\"displayName\":"), "{user}");
}
