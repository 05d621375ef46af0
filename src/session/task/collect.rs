//! The collections that a task reads: which route, where from, and for whose account.

use super::{Shared, Task};
use crate::auth::{Api, Permission};
use crate::config::Selection;
use crate::datasets::{Route, Strategy};
use crate::error::{Cause, SourceError};
use crate::http::percent_encode;
use crate::paging::{Collection, Extent, PagePosition, Source};
use crate::record::time;

impl Task {
    pub(super) fn permission(&self) -> Permission {
        let Selection { dataset, strategy, .. } = self.selection;
        strategy.permissions(dataset).first().copied().unwrap_or(Permission::defender(""))
    }

    /// The collection over the whole tenant, if the strategy has one.
    pub(super) fn tenant_route(&self) -> Option<&'static Route> {
        let strategy = self.selection.strategy;
        match (&strategy.catalogue, strategy.name) {
            (Some(catalogue), _) => Some(&catalogue.route),
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
    let (origin, aliases) = match route.api() {
        Api::Defender => (&shared.config.defender, shared.config.cloud.defender_aliases),
        Api::Graph => (&shared.config.graph, &[][..]),
    };
    let source = Source {
        origin: origin.clone(),
        aliases,
        path: route.path.replace("{id}", &segment),
        query,
        paging: route.paging,
        permission,
        family: route.family(),
        blobs: shared.config.blobs.clone(),
        known_snapshot,
        extent: Extent { rows: shared.config.query_rows, devices: shared.roster.len() as u64 },
        max_row: shared.config.max_record_bytes,
    };
    Collection::new(source, position)
}
