//! Machines.

use defender_client::paging::Paging;
use defender_client::request::Quota;
use defender_client::sign_in::Permission;
use defender_rows::event::Kind;

use super::names::{DatasetName, Strategy};
use super::spec::{DatasetSpec, Route, StrategySpec};

/// Machines and their addresses.
pub static SPEC: DatasetSpec = DatasetSpec {
    name: DatasetName::Devices,
    description: "Machines that Defender manages or has discovered, with their addresses",
    enabled: true,
    permissions: &[Permission::defender("Machine.Read.All")],
    kinds: &[Kind::Device, Kind::IpAddress],
    on_devices: true,
    strategies: &[StrategySpec {
        name: Strategy::Bulk,
        route: Route {
            path: "/api/machines",
            paging: Paging::Offset { top: 10_000 },
            quota: Quota::documented(100, 1_500),
            purpose: "machines of the tenant",
        },
        catalogue: None,
    }],
    changes: None,
    automatic: &[],
};
