use super::client::{Client, GRAPH, GRAPH_SCOPE, Got};
use bytes::Bytes;
use http::Request;

fn client() -> Client {
    Client::new().signed_in(GRAPH_SCOPE)
}

fn eventual(client: &Client, path: &str) -> Got {
    let request = Request::get(format!("{GRAPH}/{path}"))
        .header("authorization", format!("Bearer {}", client.token))
        .header("ConsistencyLevel", "eventual");
    client.send(request.body(Bytes::new()).unwrap())
}

#[test]
fn advanced_operators_need_the_header_and_the_count() {
    let client = client();
    for filter in [
        "endsWith(mail,'example')",
        "displayName%20ne%20'x'",
        "not(startswith(displayName,'x'))",
        "startswith(displayName,'a')%20or%20not(accountEnabled%20eq%20true)",
    ] {
        let path = format!("users?$filter={filter}");
        let plain = client.get(&format!("{GRAPH}/{path}"));
        assert_eq!((plain.status.as_u16(), plain.code().as_str()), (400, "Request_UnsupportedQuery"), "{filter}");
        assert_eq!(eventual(&client, &path).code(), "Request_UnsupportedQuery", "{filter}: without $count");
        assert_eq!(client.get(&format!("{GRAPH}/{path}&$count=true")).code(), "Request_UnsupportedQuery", "{filter}");
        assert_eq!(eventual(&client, &format!("{path}&$count=true")).status, 200, "{filter}");
    }
    assert_eq!(
        eventual(&client, "users?$filter=contains(displayName,'x')&$count=true").code(),
        "Request_UnsupportedQuery"
    );
    assert_eq!(client.get(&format!("{GRAPH}/users?$filter=startswith(displayName,'a')")).status, 200);
    // Other services of Graph have no such rule.
    assert_eq!(client.get(&format!("{GRAPH}/security/alerts_v2?$filter=severity%20ne%20'high'")).status, 200);
}

#[test]
fn counts_need_the_header() {
    let client = client();
    let number = |got: &Got| got.json()["@odata.count"].as_u64();
    for list in ["users", "groups", "devices"] {
        let all = client.get(&format!("{GRAPH}/{list}?$top=999")).rows().len() as u64;
        let path = format!("{list}?$count=true&$top=1");
        assert_eq!(number(&client.get(&format!("{GRAPH}/{path}"))), None, "{list}");
        assert_eq!(number(&eventual(&client, &path)), Some(all), "{list}");
        let refused = client.get(&format!("{GRAPH}/{list}/$count"));
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (400, "Request_BadRequest"), "{list}");
        let alone = eventual(&client, &format!("{list}/$count"));
        assert_eq!(String::from_utf8(alone.body).unwrap(), all.to_string(), "{list}");
    }
    assert!(number(&client.get(&format!("{GRAPH}/security/alerts_v2?$count=true&$top=1"))).is_some());
}

#[test]
fn objects_are_found_by_each_of_their_keys() {
    let client = client();
    let user = client.get(&format!("{GRAPH}/users?$top=1")).rows().remove(0);
    let by = |key: &str| client.get(&format!("{GRAPH}/users/{key}")).json()["id"].clone();
    assert_eq!(by(user["userPrincipalName"].as_str().unwrap()), user["id"]);
    assert_eq!(by(user["id"].as_str().unwrap()), user["id"]);
    let device = client.get(&format!("{GRAPH}/devices?$top=1")).rows().remove(0);
    let found = client.get(&format!("{GRAPH}/devices(deviceId='{}')", device["deviceId"].as_str().unwrap()));
    assert_eq!(found.json()["id"], device["id"]);
    assert_eq!(client.get(&format!("{GRAPH}/devices(id='x')")).status, 404);
}

#[test]
fn errors_have_the_words_of_graph_and_ids_for_the_support() {
    let client = client();
    let missing = client.get(&format!("{GRAPH}/users/00000000-0000-4000-8000-000000000000"));
    assert_eq!((missing.status.as_u16(), missing.code().as_str()), (404, "Request_ResourceNotFound"));
    for wrong in ["users?$filter=nothing%20eq%201", "users?$filter=id", "users?$orderby=id", "users?$select=nothing"] {
        let got = client.get(&format!("{GRAPH}/{wrong}"));
        assert_eq!((got.status.as_u16(), got.code().as_str()), (400, "BadRequest"), "{wrong}");
        assert_eq!(got.json()["error"]["innerError"]["request-id"].as_str(), got.header("request-id"), "{wrong}");
    }
    let request = Request::get(format!("{GRAPH}/users?$top=1"))
        .header("authorization", format!("Bearer {}", client.token))
        .header("client-request-id", "mine");
    let got = client.send(request.body(Bytes::new()).unwrap());
    assert_eq!((got.header("client-request-id"), got.header("request-id").is_some()), (Some("mine"), true));
}
