use super::client::{API, Client, GRAPH, GRAPH_SCOPE, SCOPE};

/// Calls that need nothing but their path, and that every tenant has rows for.
const LISTS: &[&str] = &[
    "machines",
    "recommendations",
    "software",
    "vulnerabilities",
    "vulnerabilities/machinesVulnerabilities",
    "alerts",
    "alerts?$expand=evidence",
    "machineactions",
    "investigations",
    "indicators",
    "remediationTasks",
    "deviceavinfo",
    "exposureScore/ByMachineGroups",
    "machines/SoftwareInventoryByMachine",
    "machines/SoftwareVulnerabilitiesByMachine",
    "machines/SoftwareInventoryNoProductCodeByMachine",
    "machines/SecureConfigurationsAssessmentByMachine",
    "machines/BrowserExtensionsInventoryByMachine",
    "machines/certificateAssessmentByMachine",
    "machines/HardwareFirmwareInventoryByMachine",
];

const GRAPH_LISTS: &[&str] = &[
    "organization",
    "users",
    "users/delta",
    "groups",
    "groups/delta?$select=displayName,members",
    "devices",
    "devices/delta",
    "deviceManagement/managedDevices",
    "security/alerts_v2",
    "security/incidents?$expand=alerts",
    "security/secureScores",
];

#[test]
fn every_list_of_defender_has_rows() {
    let client = Client::new().signed_in(SCOPE);
    for path in LISTS {
        let got = client.get(&format!("{API}/{path}"));
        assert_eq!(got.status, 200, "{path}: {got:?}");
        assert!(!got.rows().is_empty(), "{path}");
    }
    for path in ["exposureScore", "configurationScore"] {
        assert!(client.get(&format!("{API}/{path}")).json()["score"].is_number(), "{path}");
    }
    assert_eq!(client.get(&format!("{API}/machines?$expand=alerts")).status, 400);
}

#[test]
fn what_hangs_on_a_row_is_found_by_its_id() {
    let client = Client::new().signed_in(SCOPE);
    for (list, below) in [
        (
            "machines",
            &["", "/logonusers", "/alerts", "/vulnerabilities", "/recommendations", "/software", "/getmissingkbs"][..],
        ),
        ("recommendations", &["", "/machineReferences", "/vulnerabilities"]),
        ("software", &["", "/distributions", "/machineReferences", "/vulnerabilities"]),
        ("vulnerabilities", &["", "/machineReferences"]),
        ("alerts", &[""]),
    ] {
        let id = client.get(&format!("{API}/{list}?$top=1")).ids().remove(0);
        for below in below {
            let got = client.get(&format!("{API}/{list}/{id}{below}"));
            assert_eq!(got.status, 200, "{list}/{id}{below}: {got:?}");
        }
        assert_eq!(client.get(&format!("{API}/{list}/nothing")).status, 404, "{list}");
    }
}

#[test]
fn every_list_of_graph_has_rows() {
    let client = Client::new().signed_in(GRAPH_SCOPE);
    for path in GRAPH_LISTS {
        let got = client.get(&format!("{GRAPH}/{path}"));
        assert_eq!(got.status, 200, "{path}: {got:?}");
        assert!(!got.rows().is_empty(), "{path}");
    }
    let organization = client.get(&format!("{GRAPH}/organization")).ids();
    assert_eq!(organization, [client.service.tenant().id()]);
    let group = client.get(&format!("{GRAPH}/groups?$top=1")).ids().remove(0);
    assert_eq!(client.get(&format!("{GRAPH}/groups/{group}/members")).status, 200);
}

#[test]
fn hunting_reads_a_table_in_shards() {
    let client = Client::new().signed_in(GRAPH_SCOPE);
    let hunt = |query: &str| {
        let request = http::Request::post(format!("{GRAPH}/security/runHuntingQuery"))
            .header("authorization", format!("Bearer {}", client.token));
        let got = client.send(request.body(serde_json::json!({ "Query": query }).to_string().into()).unwrap());
        assert_eq!(got.status, 200, "{query}: {got:?}");
        got.json()
    };
    let number = |query: &str| hunt(query)["results"].as_array().unwrap().len();
    let all = number("DeviceInfo");
    assert!(all > 10);
    let shards: usize = (0..3).map(|shard| number(&format!("DeviceInfo | where hash(DeviceId, 3) == {shard}"))).sum();
    assert_eq!(shards, all);
    assert_eq!(hunt("DeviceInfo | count")["results"][0]["Count"], all);
    let slim = hunt("DeviceInfo | project DeviceId | limit 2");
    assert_eq!(slim["schema"].as_array().unwrap().len(), 1);
    assert_eq!(slim["results"].as_array().unwrap().len(), 2);
}
