//! CVEs of product versions on machines.

use defender_client::paging::Paging;
use defender_client::request::Quota;
use defender_client::sign_in::Permission;
use defender_rows::event::Kind;

use super::names::{DatasetName, Strategy};
use super::spec::{Changes, DatasetSpec, PERIOD_MS, Route, StrategySpec};

/// CVEs on machines.
pub static SPEC: DatasetSpec = DatasetSpec {
    name: DatasetName::Vulnerabilities,
    description: "CVEs that affect machines, with the product versions that have them",
    enabled: true,
    permissions: &[Permission::defender("Vulnerability.Read.All")],
    kinds: &[Kind::Vulnerability],
    on_devices: true,
    strategies: &[
        StrategySpec {
            name: Strategy::Bulk,
            route: Route {
                path: "/api/machines/SoftwareVulnerabilitiesByMachine",
                paging: Paging::NextLink { page_size: 200_000 },
                quota: Quota::documented(30, 1_000),
                purpose: "vulnerabilities of all machines",
            },
            catalogue: None,
        },
        StrategySpec {
            name: Strategy::Files,
            route: Route {
                path: "/api/machines/SoftwareVulnerabilitiesExport",
                paging: Paging::Files,
                quota: Quota::documented(5, 20),
                purpose: "list of the files with the vulnerabilities of all machines",
            },
            catalogue: None,
        },
        StrategySpec {
            name: Strategy::Delta,
            route: Route {
                path: "/api/machines/SoftwareVulnerabilityChangesByMachine",
                purpose: "changes of the vulnerabilities of all machines",
                ..MORE_CHANGES
            },
            catalogue: None,
        },
        StrategySpec {
            name: Strategy::PerDevice,
            route: Route {
                path: "/api/machines/{id}/vulnerabilities",
                paging: Paging::Single,
                quota: Quota::documented(50, 1_500),
                purpose: "vulnerabilities of one machine",
            },
            catalogue: None,
        },
    ],
    changes: Some(Changes {
        parameter: "&sinceTime=",
        // Nobody knows how far the service's periods lie from ours.
        overlap_ms: PERIOD_MS,
        // The service answers for 14 days; one is left for runs that are late.
        reach_days: 13,
        are_events: true,
    }),
    automatic: &[Strategy::Files, Strategy::Delta, Strategy::Bulk],
};

/// Where the links lead that follow the changes.
pub const MORE_CHANGES: Route = Route {
    path: "/api/machines/SoftwareVulnerabilitiesTimeline",
    paging: Paging::NextLink { page_size: 200_000 },
    quota: Quota::documented(30, 1_000),
    purpose: "more changes of the vulnerabilities of all machines",
};
