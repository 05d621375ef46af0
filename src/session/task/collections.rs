//! The collections that a task reads: which route, where from, and for whose account.

use defender_client::error::{Cause, SourceError};
use defender_client::paging::{Collection, PagePosition, Source};
use defender_client::sign_in::{Api, Permission};
use defender_client::wire::percent_encode;
use defender_rows::record::time;

use super::stages::{Shared, Task};
use crate::catalog::{Route, Strategy};
use crate::config::Selection;
use crate::plan::query_extent;

impl Task {
    pub(super) fn permission(&self) -> Permission {
        let Selection { dataset, strategy, .. } = self.selection;
        strategy.permissions(dataset).first().copied().unwrap_or(Permission::defender(""))
    }

    /// The collection over the whole tenant, if the strategy has one.
    pub(super) fn tenant_route(&self) -> Option<&'static Route> {
        let strategy = self.selection.strategy;
        match (&strategy.catalogue, strategy.name) {
            (Some(list), _) => Some(list),
            (None, Strategy::PerDevice | Strategy::PerRecommendation) => None,
            (None, _) => Some(&strategy.route),
        }
    }

    pub(super) fn tenant_collection(&self, shared: &Shared, position: PagePosition) -> Result<Collection, SourceError> {
        let route = self.tenant_route().ok_or_else(|| {
            SourceError::new(
                Cause::InvalidCheckpoint,
                "The checkpoint has a position that its dataset does not have.",
                "Start over without the checkpoint; with the bundled host, `--reset-state`.",
            )
        })?;
        let name = self.selection.dataset.name.as_str();
        // Whether a device is wanted may have changed although its rows did not.
        let known = shared.cursors.get(name).filter(|_| !shared.config.filters.needs_machine_records());
        let known = known.map(|cursor| cursor.snapshot.clone());
        let query = match &self.selection.dataset.changes {
            Some(changes) if self.reads_changes() => {
                [changes.parameter, &time::to_rfc3339(self.changes_from(shared))].concat()
            }
            _ => String::new(),
        };
        collection_of(shared, route, None, self.permission(), position, known, query)
    }
}

pub(super) fn collection_of(
    shared: &Shared,
    route: &Route,
    id: Option<&str>,
    permission: Permission,
    position: PagePosition,
    known_snapshot: Option<String>,
    query: String,
) -> Result<Collection, SourceError> {
    let mut segment = String::new();
    percent_encode(&mut segment, id.unwrap_or_default());
    let (origin, hosts) = match route.api() {
        Api::Defender => (&shared.config.defender, shared.config.cloud.defender_hosts().collect()),
        Api::Graph => (&shared.config.graph, Vec::new()),
    };
    let source = Source {
        origin: origin.clone(),
        hosts,
        path: route.path.replace("{id}", &segment),
        query,
        paging: route.paging,
        permission,
        family: route.family(),
        blobs: shared.config.blobs.clone(),
        known_snapshot,
        extent: query_extent(&shared.config, shared.roster.len() as u64),
        max_row: shared.config.max_record_bytes,
    };
    Collection::new(source, position)
}
