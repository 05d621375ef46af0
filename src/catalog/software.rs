//! The software inventory.

use defender_client::paging::Paging;
use defender_client::request::Quota;
use defender_client::sign_in::Permission;
use defender_rows::event::Kind;

use super::names::{DatasetName, Strategy};
use super::spec::{DatasetSpec, Route, StrategySpec};

/// Products, and their versions on machines.
pub static SPEC: DatasetSpec = DatasetSpec {
    name: DatasetName::Software,
    description: "Products of the software inventory, and their versions on machines",
    enabled: true,
    permissions: &[Permission::defender("Software.Read.All")],
    kinds: &[Kind::Application, Kind::Software],
    on_devices: true,
    strategies: &[
        StrategySpec {
            name: Strategy::Bulk,
            route: Route {
                path: "/api/machines/SoftwareInventoryByMachine",
                paging: Paging::NextLink { page_size: 200_000 },
                quota: Quota::documented(30, 1_000),
                purpose: "software inventory of all machines",
            },
            catalogue: None,
        },
        StrategySpec {
            name: Strategy::Files,
            route: Route {
                path: "/api/machines/SoftwareInventoryExport",
                paging: Paging::Files,
                quota: Quota::documented(5, 20),
                purpose: "list of the files with the software inventory of all machines",
            },
            catalogue: None,
        },
    ],
    changes: None,
    automatic: &[Strategy::Files, Strategy::Bulk],
};
