//! Links in pages.

use super::call::{Call, Leads};
use crate::api::Site;

/// Host of somebody else.
const FOREIGN: &str = "https://api.security.microsoft.com.attacker.example";

/// A link to this path with the query of this request, in which `set` replaces parameters.
pub(super) fn on(call: &Call<'_>, set: &[(&str, String)], without: &[&str]) -> String {
    to(call, call.request.uri.path(), set, without)
}

/// The same for another path.
pub(super) fn to(call: &Call<'_>, path: &str, set: &[(&str, String)], without: &[&str]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in &call.request.query {
        let replaced = set.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
        if !replaced && !without.iter().any(|key| key.eq_ignore_ascii_case(name)) {
            query.append_pair(name, value);
        }
    }
    for (name, value) in set {
        query.append_pair(name, value);
    }
    // The services leave the dollar as it is.
    let query = query.finish().replace("%24", "$");
    format!("{}{path}?{query}", origin(call))
}

/// Replaces the last mark in a link: what the double adds to a query stands at its end.
pub(super) fn fill(link: &str, mark: &str, value: &str) -> String {
    match link.rsplit_once(mark) {
        Some((before, behind)) => format!("{before}{value}{behind}"),
        None => link.to_owned(),
    }
}

/// Scheme and host of links: the ones that were called, unless the terms name another host.
pub(super) fn origin(call: &Call<'_>) -> String {
    let called = call.request.origin();
    match (&call.terms.next_link_host, call.request.site) {
        (Some(host), Site::Defender) => match called.split_once("://") {
            Some((scheme, _)) => format!("{scheme}://{host}"),
            None => called,
        },
        _ => called,
    }
}

/// The next link that a page shows: `next`, unless a fault says otherwise.
pub(super) fn bent(call: &Call<'_>, next: Option<String>) -> Option<String> {
    match call.bend.link {
        Leads::On => next,
        Leads::Back => Some(call.request.uri.to_string()),
        Leads::Away => {
            let path = call.request.uri.path_and_query().map_or("/", |path| path.as_str());
            Some(format!("{FOREIGN}{path}"))
        }
    }
}

/// `@odata.context` of a collection, or of one of its rows.
pub(super) fn context(call: &Call<'_>, name: &str) -> String {
    let path = call.request.uri.path();
    // Everything up to the version, or to `/api` where there is none.
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let mut base = String::new();
    for segment in segments.by_ref().take(2) {
        let version = segment.eq_ignore_ascii_case("api")
            || segment.eq_ignore_ascii_case("v1.0")
            || segment.eq_ignore_ascii_case("beta");
        if !version {
            break;
        }
        base.push('/');
        base.push_str(segment);
    }
    format!("{}{base}/$metadata#{name}", call.request.origin())
}
