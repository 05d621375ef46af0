//! Security recommendations, and the machines that do not follow them.

use defender_client::paging::Paging;
use defender_client::request::Quota;
use defender_client::sign_in::Permission;
use defender_rows::event::Kind;

use super::names::{DatasetName, Strategy};
use super::spec::{DatasetSpec, Route, StrategySpec};

/// Recommendations, and the machines that they concern.
pub static SPEC: DatasetSpec = DatasetSpec {
    name: DatasetName::Recommendations,
    description: "Security recommendations, and the machines that do not follow them",
    enabled: true,
    permissions: &[Permission::defender("SecurityRecommendation.Read.All")],
    kinds: &[Kind::Recommendation],
    on_devices: true,
    strategies: &[
        StrategySpec {
            name: Strategy::PerRecommendation,
            route: Route {
                path: "/api/recommendations/{id}/machineReferences",
                paging: Paging::Single,
                quota: Quota::ASSUMED,
                purpose: "machines that one recommendation concerns",
            },
            catalogue: Some(LIST),
        },
        StrategySpec {
            name: Strategy::PerDevice,
            route: Route {
                path: "/api/machines/{id}/recommendations",
                paging: Paging::Single,
                quota: Quota::ASSUMED,
                purpose: "recommendations for one machine",
            },
            catalogue: None,
        },
        StrategySpec { name: Strategy::Catalogue, route: LIST, catalogue: None },
    ],
    changes: None,
    automatic: &[Strategy::PerRecommendation, Strategy::PerDevice],
};

/// The catalogue.
const LIST: Route = Route {
    path: "/api/recommendations",
    paging: Paging::Offset { top: 10_000 },
    quota: Quota::ASSUMED,
    purpose: "recommendations for the tenant",
};
