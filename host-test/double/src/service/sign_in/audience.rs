//! Which resource a scope names, and for which service its token is good.

use crate::api::{Cloud, Resource};

/// Resource identifiers and the clouds that know them. The older identifier of Defender stayed when its host changed;
/// the new host's own name is that of another service.
const KNOWN: &[(&str, Resource, &[Cloud])] = &[
    ("https://api.securitycenter.microsoft.com", Resource::Defender, &[Cloud::Commercial, Cloud::Gcc]),
    ("https://securitycenter.onmicrosoft.com/windowsatpservice", Resource::Defender, &[Cloud::Commercial, Cloud::Gcc]),
    // Not printed by Microsoft; other collectors use it.
    ("https://api.securitycenter.microsoft.us", Resource::Defender, &[Cloud::Gcc, Cloud::GccHigh, Cloud::Dod]),
    ("https://api.security.microsoft.com", Resource::Xdr, &[Cloud::Commercial, Cloud::Gcc]),
    ("https://api.security.microsoft.us", Resource::Xdr, &[Cloud::Gcc, Cloud::GccHigh, Cloud::Dod]),
    ("https://graph.microsoft.com", Resource::Graph, &[Cloud::Commercial, Cloud::Gcc]),
    ("https://graph.microsoft.us", Resource::Graph, &[Cloud::GccHigh]),
    ("https://dod-graph.microsoft.us", Resource::Graph, &[Cloud::Dod]),
];

/// The identifier as tables have it, and its service.
pub(super) fn known(cloud: Cloud, resource: &str) -> Option<(&'static str, Resource)> {
    let resource = resource.trim_end_matches('/');
    let found = KNOWN.iter().find(|(name, _, clouds)| name.eq_ignore_ascii_case(resource) && clouds.contains(&cloud));
    found.map(|(name, service, _)| (*name, *service))
}
