//! What can be asked, as tables: one line for each call that the services document and that has data here.

use super::quota::{Family, Quota};
use super::resource::Resource;
use super::route::Route;
use super::{defender, graph, permission, rows};
use crate::wire::Collection;
use http::Method;
use std::collections::{BTreeMap, BTreeSet};

/// What a path leads to.
pub(crate) enum Found<'t> {
    /// A call, with the id in its path.
    Route(&'t Route, String),
    /// A path that has other methods.
    WrongMethod,
    /// No such path.
    Nothing,
}

/// Every call of the services.
pub(crate) fn table() -> Vec<Route> {
    let mut table = defender::table();
    table.extend(graph::table());
    table
}

/// Every application permission that a call asks for.
pub(crate) fn all_roles() -> BTreeMap<Resource, BTreeSet<String>> {
    let mut roles: BTreeMap<Resource, BTreeSet<String>> = BTreeMap::new();
    for route in table() {
        roles.entry(route.resource).or_default().extend(route.roles.first().map(|role| (*role).to_owned()));
    }
    roles
}

/// Every permission that an application can hold.
pub(crate) fn permissions() -> impl Iterator<Item = &'static str> {
    [Resource::Defender, Resource::Xdr, Resource::Graph]
        .into_iter()
        .flat_map(|resource| permission::held(resource).iter().copied())
}

/// Whether a service has a permission.
pub(crate) fn is_permission(resource: Resource, name: &str) -> bool {
    permission::held(resource).contains(&name)
}

/// Every API, with the quota it has by default.
pub(crate) fn families() -> BTreeMap<&'static str, (Family, Quota)> {
    table().into_iter().map(|route| (route.family.name(), (route.family, route.quota))).collect()
}

/// The rows of a list with what `$expand` of a property adds to them, if the list knows it.
pub(crate) fn expanded(rows: &'static Collection, property: &str) -> Option<&'static Collection> {
    rows::expanded(rows, property)
}

/// Finds the call of a method and of the segments behind the version.
pub(crate) fn find<'t>(table: &'t [Route], resources: &[Resource], method: &Method, segments: &[String]) -> Found<'t> {
    let mut known = false;
    for route in table.iter().filter(|route| resources.contains(&route.resource)) {
        let Some(id) = matches(route.path, segments) else { continue };
        if route.method == method {
            return Found::Route(route, id);
        }
        known = true;
    }
    if known { Found::WrongMethod } else { Found::Nothing }
}

/// The id in a path of a template; empty where the template has none.
fn matches(template: &str, segments: &[String]) -> Option<String> {
    let mut id = String::new();
    let mut parts = template.split('/').filter(|part| !part.is_empty());
    for segment in segments {
        let part = parts.next()?;
        match part.split_once("{id}") {
            None => part.eq_ignore_ascii_case(segment).then_some(())?,
            Some((before, after)) => {
                let head = segment.get(..before.len()).filter(|head| head.eq_ignore_ascii_case(before))?;
                let tail_at = segment.len().checked_sub(after.len()).filter(|at| *at > head.len())?;
                segment.get(tail_at..).filter(|tail| tail.eq_ignore_ascii_case(after))?;
                id = segment.get(head.len()..tail_at)?.to_owned();
            }
        }
    }
    parts.next().is_none().then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(path: &str) -> Vec<String> {
        path.split('/').filter(|s| !s.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn templates_match_in_any_case_and_give_the_id() {
        assert_eq!(matches("machines", &segments("Machines")), Some(String::new()));
        assert_eq!(matches("machines/{id}/logonusers", &segments("machines/AbC/logOnUsers")), Some("AbC".into()));
        assert_eq!(matches("machines/findbyip({id})", &segments("machines/FindByIp(ip='1')")), Some("ip='1'".into()));
        assert_eq!(matches("machines", &segments("machines/a")), None);
        assert_eq!(matches("machines/{id}", &segments("machines")), None);
        assert_eq!(matches("machines/{id}", &segments("machines/\u{e4}")), Some("\u{e4}".into()));
    }

    #[test]
    fn the_first_line_that_matches_is_never_hidden_by_one_with_an_id() {
        let table = table();
        for route in &table {
            let path = segments(route.path);
            let Found::Route(found, _) = find(&table, &[route.resource], &route.method, &path) else {
                panic!("{} is not found", route.path)
            };
            assert_eq!(found.path, route.path);
        }
    }

    #[test]
    fn every_call_has_a_permission_and_room() {
        for route in table() {
            assert!(!route.roles.is_empty() && route.quota.per_minute > 0, "{}", route.path);
            assert!(route.roles.iter().all(|role| is_permission(route.resource, role)), "{}", route.path);
        }
        assert_eq!(families()["machine-vulnerabilities"].1.per_minute, 50);
    }
}
