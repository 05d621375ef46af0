//! Which resource a scope names, and for which service its token is good.

use crate::api::{Cloud, Resource};

/// Every cloud.
const ALL: &[Cloud] = &[Cloud::Commercial, Cloud::Gcc, Cloud::GccHigh, Cloud::Dod];

/// Resource identifiers and the clouds that know them. The older identifier of Defender stayed when its host changed;
/// the new host's own name is that of another service.
const KNOWN: &[(&str, Resource, &[Cloud])] = &[
    ("https://api.securitycenter.microsoft.com", Resource::Defender, &[Cloud::Commercial, Cloud::Gcc]),
    ("https://securitycenter.onmicrosoft.com/windowsatpservice", Resource::Defender, &[Cloud::Commercial, Cloud::Gcc]),
    // The oldest host's name. Not printed any more; public scripts and collectors ask for it to this day.
    ("https://api.securitycenter.windows.com", Resource::Defender, &[Cloud::Commercial, Cloud::Gcc]),
    // The ids of the applications behind the services stand for them too, in every cloud.
    ("fc780465-2017-40d4-a0c5-307022471b92", Resource::Defender, ALL),
    ("8ee8fdad-f234-4243-8f3b-15c294843740", Resource::Xdr, ALL),
    ("00000003-0000-0000-c000-000000000000", Resource::Graph, ALL),
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
