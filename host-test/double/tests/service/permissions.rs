use super::client::{API, Client, GRAPH, GRAPH_SCOPE, SCOPE};
use bytes::Bytes;
use defender_double::service::Answer;
use http::Request;
use std::time::Duration;

#[test]
fn a_token_lives_as_long_as_it_says() {
    let client = Client::new().signed_in(SCOPE);
    let url = format!("{API}/machines?$top=1");
    assert_eq!(client.get(&url).status, 200);
    client.pass(Duration::from_secs(3600));
    let got = client.get(&url);
    assert_eq!((got.status.as_u16(), got.code().as_str()), (401, "Unauthorized"));
    assert!(got.header("www-authenticate").is_some());
}

#[test]
fn a_token_is_good_for_its_audience_alone() {
    let client = Client::new().signed_in(GRAPH_SCOPE);
    assert_eq!(client.get(&format!("{API}/machines")).status, 401);
    assert_eq!(client.get(&format!("{GRAPH}/users")).status, 200);
    let client = Client::new().signed_in("https://api.security.microsoft.com/.default");
    assert_eq!(client.get(&format!("{API}/machines")).status, 401);
    let mut client = Client::new().signed_in(SCOPE);
    assert_eq!(client.get(&format!("{GRAPH}/users")).code(), "InvalidAuthenticationToken");
    client.token.push('x');
    assert_eq!(client.get(&format!("{API}/machines")).status, 401);
    client.token.clear();
    assert_eq!(client.get(&format!("{API}/machines")).status, 401);
}

#[test]
fn each_call_asks_for_its_permission() {
    let client = Client::of_scenario("[roles]\ndefender = [\"Machine.Read.All\"]").signed_in(SCOPE);
    assert_eq!(client.get(&format!("{API}/machines")).status, 200);
    let got = client.get(&format!("{API}/recommendations"));
    assert_eq!((got.status.as_u16(), got.code().as_str()), (403, "Forbidden"));
    assert!(got.json()["error"]["message"].as_str().unwrap().contains("SecurityRecommendation.Read.All"));
    // An application may hold more than a call asks for, and what suffices in its stead.
    let held = "[roles]\ndefender = [\"Machine.ReadWrite.All\", \"Machine.Isolate\"]\nxdr = [\"Incident.ReadWrite.All\"]\ngraph = [\"Application.Read.All\"]";
    let client = Client::of_scenario(held).signed_in(SCOPE);
    assert_eq!(client.get(&format!("{API}/machines")).status, 200);
    assert_eq!(client.get(&format!("{API}/alerts")).status, 403);
    let client = Client::of_scenario(held).signed_in("https://api.security.microsoft.com/.default");
    assert_eq!(client.get(&format!("{API}/incidents")).status, 200);
    // Without any permission there is a token all the same.
    let client = Client::of_scenario("[roles]\ndefender = []").signed_in(SCOPE);
    assert_eq!(client.get(&format!("{API}/machines")).status, 403);
}

#[test]
fn what_is_not_licensed_is_refused() {
    let client = Client::of_scenario("[terms]\nswitched_off = [\"vulnerability-management\"]").signed_in(SCOPE);
    assert_eq!(client.get(&format!("{API}/machines")).status, 200);
    assert_eq!(client.get(&format!("{API}/recommendations")).code(), "DisabledFeature");
    let client = Client::of_scenario("[terms]\nswitched_off = [\"defender\"]").signed_in(SCOPE);
    assert_eq!(client.get(&format!("{API}/machines")).code(), "DisabledFeature");
    assert_eq!(client.get(&format!("{API}/recommendations")).code(), "DisabledFeature");
}

#[test]
fn paths_are_known_in_any_case_and_version() {
    let client = Client::new().signed_in(SCOPE);
    for path in ["/api/Machines", "/API/v1.0/machines", "/api/machines/", "/api/MACHINES/softwareinventorybymachine"] {
        let got = client.get(&format!("https://eu.api.security.microsoft.com{path}"));
        assert_eq!(got.status, 200, "{path}");
    }
    assert_eq!(client.get(&format!("{API}/nothing")).code(), "NotFound");
    assert_eq!(client.get("https://api.security.microsoft.com/machines").status, 404);
    let post = Request::post(format!("{API}/machines")).body(Bytes::new()).unwrap();
    assert_eq!(client.send(post).status, 405);
    assert_eq!(client.get(&format!("{GRAPH}/nothing")).status, 400);
    let id = &client.get(&format!("{API}/machines?$top=1")).ids()[0];
    assert_eq!(client.get(&format!("{API}/machines/{id}")).json()["id"], id.as_str());
    let unknown = client.get(&format!("{API}/machines/0000000000000000000000000000000000000000"));
    assert_eq!((unknown.status.as_u16(), unknown.code().as_str()), (404, "ResourceNotFound"));
}

#[test]
fn a_token_for_a_stranger_is_an_offence() {
    let client = Client::new().signed_in(SCOPE);
    let request = Request::get("https://attacker.example/api/machines")
        .header("authorization", format!("Bearer {}", client.token))
        .body(Bytes::new())
        .unwrap();
    assert!(matches!(client.answer(request), Answer::Refused));
    assert_eq!(client.service.log().offences().count(), 1);
}
