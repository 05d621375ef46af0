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
    let xdr = Client::new().signed_in("https://api.security.microsoft.com/.default");
    let incidents = xdr.get(&format!("{API}/incidents"));
    let id = incidents.rows()[0]["incidentId"].to_string();
    assert_eq!(xdr.get(&format!("{API}/incidents/{id}")).json()["incidentId"].to_string(), id);
    assert_eq!(xdr.get(&format!("{API}/incidents/0")).status, 404);
    assert_eq!(xdr.get(&format!("{API}/incidents?$top=101")).status, 400);
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
        ("software", &["", "/distributions", "/machineReferences", "/vulnerabilities", "/getmissingkbs"]),
        ("remediationTasks", &["", "/machineReferences"]),
        ("vulnerabilities", &["", "/machineReferences"]),
        ("alerts", &["", "/machine", "/files", "/ips", "/domains"]),
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
fn what_hangs_on_an_alert_is_what_it_says() {
    let client = Client::new().signed_in(SCOPE);
    let alerts = client.get(&format!("{API}/alerts?$expand=evidence")).rows();
    let (mut users, mut files) = (0, 0);
    for alert in alerts.iter().take(40) {
        let below = |name: &str| client.get(&format!("{API}/alerts/{}/{name}", alert["id"].as_str().unwrap()));
        assert_eq!(below("machine").json()["id"], alert["machineId"]);
        let user = below("user");
        match alert["relatedUser"]["userName"].as_str() {
            Some(name) => {
                assert_eq!(user.json()["accountName"], name);
                let machines = client.get(&format!("{API}/users/{name}/machines"));
                assert!(machines.ids().contains(&alert["machineId"].as_str().unwrap().to_owned()), "{name}");
                let named = client.get(&format!("{API}/users/{name}/alerts")).ids();
                assert!(named.contains(&alert["id"].as_str().unwrap().to_owned()), "{name}");
                users += 1;
            }
            None => assert_eq!(user.status, 404),
        }
        let evidence = alert["evidence"].as_array().unwrap();
        let hashes: Vec<_> = evidence.iter().filter(|one| !one["sha1"].is_null()).map(|one| &one["sha1"]).collect();
        let found = below("files").rows();
        assert_eq!(found.iter().map(|file| &file["sha1"]).collect::<Vec<_>>(), hashes);
        files += hashes.len();
    }
    assert!(users > 0 && files > 0);
    assert_eq!(client.get(&format!("{API}/users/nobody-of-this-name/machines")).status, 404);
}
