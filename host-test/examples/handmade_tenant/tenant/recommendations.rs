//! Recommendations for the tenant, the machines that each is about, and the same from the side of the machines.

use super::machine;
use serde::Serialize;
use serde_json::{Value, json};

/// A recommendation, in the order of members that the service has.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Recommendation {
    /// Identifier.
    pub(super) id: &'static str,
    product_name: &'static str,
    recommendation_name: &'static str,
    weaknesses: u32,
    vendor: &'static str,
    recommended_version: &'static str,
    recommended_vendor: Option<&'static str>,
    recommended_program: Option<&'static str>,
    recommendation_category: &'static str,
    sub_category: &'static str,
    severity_score: f64,
    public_exploit: bool,
    active_alert: bool,
    associated_threats: Vec<&'static str>,
    remediation_type: &'static str,
    status: &'static str,
    config_score_impact: f64,
    exposure_impact: f64,
    total_machine_count: u32,
    exposed_machines_count: usize,
    non_productivity_impacted_assets: u32,
    related_component: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exposed_critical_devices: Option<u32>,
}

/// All recommendations.
pub(super) fn all() -> Vec<Recommendation> {
    let chrome = Recommendation {
        id: "va-_-google-_-chrome",
        product_name: "chrome",
        recommendation_name: "Update Google Chrome",
        weaknesses: 2,
        vendor: "google",
        recommended_version: "132.0.6834.83",
        recommended_vendor: None,
        recommended_program: None,
        recommendation_category: "Application",
        sub_category: "",
        severity_score: 9.6,
        public_exploit: true,
        active_alert: true,
        associated_threats: vec!["2f6d5f58-36a5-4f53-9a3b-3d2f0c9d7f11"],
        remediation_type: "Update",
        status: "Active",
        config_score_impact: 0.0,
        exposure_impact: 3.674_404_1,
        total_machine_count: 4,
        exposed_machines_count: members("va-_-google-_-chrome").len(),
        non_productivity_impacted_assets: 0,
        related_component: "Chrome",
        exposed_critical_devices: Some(0),
    };
    let configuration = Recommendation {
        weaknesses: 0,
        product_name: "windows_10",
        vendor: "microsoft",
        recommended_version: "",
        public_exploit: false,
        active_alert: false,
        associated_threats: vec![],
        remediation_type: "ConfigurationChange",
        config_score_impact: 5.4,
        exposure_impact: 0.0,
        exposed_critical_devices: None,
        related_component: "Operating system",
        ..chrome.clone()
    };
    vec![
        chrome.clone(),
        Recommendation {
            id: "va-_-microsoft-_-windows_10",
            product_name: "windows_10",
            recommendation_name: "Upgrade Windows 10 to a supported version",
            vendor: "microsoft",
            recommended_version: "",
            recommended_vendor: Some("microsoft"),
            recommended_program: Some("windows_11"),
            recommendation_category: "OS",
            severity_score: 8.1,
            active_alert: false,
            associated_threats: vec![],
            remediation_type: "Upgrade",
            exposed_machines_count: members("va-_-microsoft-_-windows_10").len(),
            related_component: "Windows 10",
            ..chrome.clone()
        },
        Recommendation {
            id: "va-_-openssl-_-openssl",
            product_name: "openssl",
            recommendation_name: "Update OpenSSL",
            vendor: "openssl",
            recommended_version: "3.0.2-0ubuntu1.18",
            severity_score: 5.9,
            public_exploit: false,
            active_alert: false,
            associated_threats: vec![],
            status: "Exception",
            exposed_machines_count: members("va-_-openssl-_-openssl").len(),
            related_component: "OpenSSL",
            ..chrome
        },
        Recommendation {
            id: "sca-_-scid-96",
            recommendation_name: "Turn on real-time protection",
            // Spelt with a space on the wire, without one in the documentation.
            recommendation_category: "Security controls",
            sub_category: "Antivirus",
            severity_score: 9.0,
            exposed_machines_count: members("sca-_-scid-96").len(),
            ..configuration.clone()
        },
        Recommendation {
            id: "sca-_-scid-2010",
            recommendation_name: "Set the account lockout threshold to 10 or fewer",
            recommendation_category: "Accounts",
            severity_score: 3.5,
            exposed_machines_count: members("sca-_-scid-2010").len(),
            ..configuration
        },
    ]
}

/// Machines that a recommendation is about.
fn members(id: &str) -> &'static [&'static str] {
    match id {
        "va-_-google-_-chrome" => &["fin-ws-031", "eng-ws-308"],
        "va-_-microsoft-_-windows_10" => &["eng-ws-308"],
        "va-_-openssl-_-openssl" => &["web-01", "batch-03"],
        "sca-_-scid-96" => &["eng-ws-308", "dc-01", "sql-01"],
        // Nobody: every machine follows it.
        _ => &[],
    }
}

/// Rows of `machineReferences`.
pub(super) fn references(id: &str) -> Vec<Value> {
    let reference = |name: &&str| {
        let machine = machine(name);
        json!({
            "id": machine.id,
            "computerDnsName": machine.computer_dns_name,
            "osPlatform": machine.os_platform,
            "rbacGroupName": machine.rbac_group_name,
        })
    };
    members(id).iter().map(reference).collect()
}

/// Rows of the per-machine route. The numbers about the tenant are zero in it.
pub(super) fn on(name: &str) -> Vec<Recommendation> {
    let is_about = |recommendation: &Recommendation| members(recommendation.id).contains(&name);
    let zeroed = |recommendation| Recommendation {
        total_machine_count: 0,
        exposure_impact: 0.0,
        exposed_machines_count: 1,
        ..recommendation
    };
    all().into_iter().filter(is_about).map(zeroed).collect()
}
