//! Reading collections in tests.

use super::collection::{Collection, Position, Query};
use crate::model::{Shape, Tenant};
use crate::period::Period;
use serde_json::Value;
use std::sync::Arc;

/// A small tenant.
pub(crate) fn tenant(seed: u64) -> Arc<Tenant> {
    Arc::new(Tenant::new(Shape { seed, ..Shape::default() }))
}

/// A query of a state.
pub(crate) fn query(period: Period, subject: &str) -> Query<'_> {
    Query { period, since: period, subject, from: Position::default() }
}

/// The rows of a collection as they are written, each with the position behind it.
pub(crate) fn raw(tenant: &Arc<Tenant>, collection: Collection, query: Query<'_>) -> Vec<(Vec<u8>, Position)> {
    let mut rows = (collection.open)(tenant, query).unwrap();
    let mut list = Vec::new();
    let mut out = Vec::new();
    while let Some(position) = rows.next(&mut out) {
        list.push((std::mem::take(&mut out), position));
    }
    list
}

/// The rows of a collection, parsed.
pub(crate) fn read(tenant: &Arc<Tenant>, collection: Collection, query: Query<'_>) -> Vec<Value> {
    let rows = raw(tenant, collection, query);
    rows.iter().map(|(row, _)| serde_json::from_slice(row).unwrap()).collect()
}
