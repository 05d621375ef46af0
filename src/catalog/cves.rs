//! CVEs themselves.

use defender_client::paging::Paging;
use defender_client::request::Quota;
use defender_client::sign_in::Permission;
use defender_rows::event::Kind;

use super::names::{DatasetName, Strategy};
use super::spec::{Changes, DAY_MS, DatasetSpec, Route, StrategySpec};

/// CVEs that concern the tenant.
pub static SPEC: DatasetSpec = DatasetSpec {
    name: DatasetName::Cves,
    description: "CVEs that concern machines, as Defender's catalogue describes them",
    // Some 30 requests for what the findings say in short.
    enabled: false,
    permissions: &[Permission::defender("Vulnerability.Read.All")],
    kinds: &[Kind::Vulnerability],
    on_devices: false,
    strategies: &[
        StrategySpec { name: Strategy::Bulk, route: ROUTE, catalogue: None },
        StrategySpec { name: Strategy::Delta, route: ROUTE, catalogue: None },
    ],
    changes: Some(Changes {
        parameter: "&$filter=updatedOn%20ge%20",
        // The time may be that of whoever describes the CVE, and nobody says how long it takes to the list. What is
        // updated in three days is less than a page.
        overlap_ms: 3 * DAY_MS,
        // The service states no bound. But a CVE is not updated when a machine comes to have it.
        reach_days: 30,
        are_events: false,
    }),
    automatic: &[Strategy::Bulk, Strategy::Delta],
};

/// Source of the bound: "List vulnerabilities".
const ROUTE: Route = Route {
    path: "/api/vulnerabilities",
    paging: Paging::Offset { top: 8_000 },
    quota: Quota::ASSUMED,
    purpose: "catalogue of CVEs",
};
