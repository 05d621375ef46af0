//! Rows of a collection as pages, in each of the services' styles.

mod body;
mod call;
mod consistency;
mod count;
mod cursor;
mod graph;
mod link;
mod list;
mod marks;
mod options;
mod single;
mod snapshot;

pub(super) use call::{Bend, Call, DEFENDER_JSON, GRAPH_JSON, Leads};
pub(super) use count::count;
pub(super) use cursor::open;
pub(super) use graph::{delta, graph};
pub(super) use list::{find, list};
pub(super) use marks::Marks;
pub(super) use single::{by_id, entity, whole};
pub(super) use snapshot::snapshot;
