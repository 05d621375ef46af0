use super::client::{API, Client, GRAPH, GRAPH_SCOPE, Got, SCOPE};
use http::Request;
use serde_json::{Value, json};

const XDR_SCOPE: &str = "https://api.security.microsoft.com/.default";

fn post(client: &Client, url: &str, body: &Value) -> Got {
    let request = Request::post(url).header("authorization", format!("Bearer {}", client.token));
    client.send(request.body(body.to_string().into()).unwrap())
}

fn ask(client: &Client, body: &Value) -> Got {
    post(client, &format!("{GRAPH}/security/runHuntingQuery"), body)
}

fn hunt(client: &Client, query: &str) -> Value {
    let got = ask(client, &json!({ "Query": query }));
    assert_eq!(got.status, 200, "{query}: {got:?}");
    got.json()
}

fn columns(answer: &Value) -> Vec<String> {
    let schema = answer["schema"].as_array().unwrap();
    schema.iter().map(|one| format!("{}:{}", one["name"].as_str().unwrap(), one["type"].as_str().unwrap())).collect()
}

#[test]
fn a_table_is_read_in_shards() {
    let client = Client::new().signed_in(GRAPH_SCOPE);
    let number = |query: &str| hunt(&client, query)["results"].as_array().unwrap().len();
    let all = number("DeviceInfo");
    assert!(all > 10);
    let shards: usize = (0..3).map(|shard| number(&format!("DeviceInfo | where hash(DeviceId, 3) == {shard}"))).sum();
    assert_eq!(shards, all);
    assert_eq!(hunt(&client, "DeviceInfo | count")["results"][0]["Count"], all);
    assert_eq!(number("DeviceInfo | project DeviceId | limit 2"), 2);
}

#[test]
fn the_schema_is_that_of_the_query() {
    let client = Client::new().signed_in(GRAPH_SCOPE);
    let answer =
        hunt(&client, "DeviceInfo | project OSPlatform, IsAzureADJoined, OSBuild, Timestamp, DeviceId | take 3");
    let wanted =
        ["OSPlatform:String", "IsAzureADJoined:SByte", "OSBuild:Int64", "Timestamp:DateTime", "DeviceId:String"];
    assert_eq!(columns(&answer), wanted);
    for row in answer["results"].as_array().unwrap() {
        assert!(row["IsAzureADJoined"].is_null() || [0, 1].contains(&row["IsAzureADJoined"].as_i64().unwrap()));
    }
    let body = ask(&client, &json!({ "Query": "DeviceInfo | project OSPlatform, DeviceId | take 1" })).body;
    let text = String::from_utf8(body).unwrap();
    assert!(text.contains("\"results\":[{\"OSPlatform\":"), "{text}");
    let empty = hunt(&client, "DeviceInfo | where DeviceId == \"x\"");
    assert_eq!(columns(&empty), columns(&hunt(&client, "DeviceInfo | take 1")));
    assert!(empty["results"].as_array().unwrap().is_empty());
    let wrong = ask(&client, &json!({ "Query": "DeviceInfo | where Nothing == 1" }));
    assert_eq!((wrong.status.as_u16(), wrong.code().as_str()), (400, "BadRequest"));
}

#[test]
fn a_time_span_is_obeyed() {
    let client = Client::new().signed_in(GRAPH_SCOPE);
    let count = |span: Value| {
        let got = ask(&client, &json!({ "Query": "DeviceLogonEvents | count", "Timespan": span }));
        assert_eq!(got.status, 200, "{span}: {got:?}");
        got.json()["results"][0]["Count"].as_u64().unwrap()
    };
    let all = count(Value::Null);
    assert_eq!(count(json!("2020-01-01T00:00:00Z/P1D")), 0);
    assert_eq!(count(json!("P30D")), all);
    let recent = count(json!("P2D"));
    assert!(recent < all);
    let before = count(json!("2025-12-01T00:00:00Z/2026-01-08T23:59:59.9999999Z"));
    assert_eq!(recent + before, all);
    assert_eq!(ask(&client, &json!({ "Query": "DeviceInfo", "Timespan": "a week" })).status, 400);
    // What is no event has no time.
    let inventory = |span: Option<&str>| {
        let got = ask(&client, &json!({ "Query": "DeviceTvmSoftwareInventory | count", "Timespan": span }));
        got.json()["results"][0]["Count"].as_u64().unwrap()
    };
    assert_eq!(inventory(Some("2020-01-01/P1D")), inventory(None));
}

#[test]
fn the_older_apis_answer_until_they_are_shut() {
    let query = json!({ "Query": "DeviceInfo | project DeviceId, IsExcluded | take 2" });
    let endpoint = Client::new().signed_in(SCOPE);
    let got = post(&endpoint, &format!("{API}/advancedqueries/run"), &query).json();
    assert_eq!(got["Schema"], json!([{"Name": "DeviceId", "Type": "String"}, {"Name": "IsExcluded", "Type": "SByte"}]));
    assert_eq!(got["Results"].as_array().unwrap().len(), 2);
    let xdr = Client::new().signed_in(XDR_SCOPE);
    let both = post(&xdr, &format!("{API}/advancedhunting/run"), &query).json();
    assert_eq!((&both["Schema"], &both["Results"]), (&got["Schema"], &got["Results"]));
    assert!(both["Stats"].is_object());
    // Each has an audience of its own.
    assert_eq!(post(&xdr, &format!("{API}/advancedqueries/run"), &query).status, 401);
    assert_eq!(post(&endpoint, &format!("{API}/advancedhunting/run"), &query).status, 401);
    assert_eq!(endpoint.get(&format!("{API}/advancedqueries/run")).status, 405);
}
