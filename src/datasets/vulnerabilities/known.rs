//! The OCSF body of a CVE as Defender describes it, apart from any device: threat intelligence, not a finding. Why stands in
//! `docs/events.md`.

use defender_rows::event::{Draft, JsonWriter};

use super::finding::Finding;
use crate::datasets::mapping::MapScope;
use crate::ocsf::word::CVE_STATUS;
use crate::ocsf::{self, Source, class, observable, portal};

/// Who says what is said of it.
const VENDOR: &str = "Microsoft";

/// Queues the event of what is known of a CVE. `unmapped` writes the members of `unmapped`.
pub(super) fn emit(
    known: &Finding<'_>,
    scope: &mut MapScope<'_>,
    draft: Draft,
    source: &Source<'_>,
    unmapped: impl FnOnce(&mut JsonWriter),
) {
    let release = scope.events.ocsf_version();
    let tolerated = &mut *scope.tolerated;
    let severity = known.severity(tolerated);
    let description = known.description(tolerated);
    // The class has a status of the collection and none of what was collected: the word stays as it is.
    CVE_STATUS.term(known.status, tolerated);
    ocsf::emit_sealed(scope.events, draft, &class::CVE, source, |out, seal| {
        ocsf::informational(out);
        ocsf::message(out, &[known.cve]);
        out.array_member("osint", |out| {
            out.object(|out| {
                // Every tenant knows this CVE, and each by numbers of its own.
                out.name("uid");
                out.pieces(&[seal.stamp.tenant.as_str(), "/", known.cve]);
                out.text_member("value", known.cve);
                out.either(r#""type_id":10,"type":"Vulnerability""#, r#""type_id":10"#);
                out.repeat("vendor_name", Some(VENDOR));
                if let Some(severity) = &severity {
                    severity.write(out, "severity_id", "severity");
                }
                portal::cve(out, seal.stamp.portal, known.cve, &seal.stamp.tenant);
                out.array_member("vulnerabilities", |out| out.object(|out| known.vulnerability(out, description)));
            });
        });
        observable::write(out, release, &[(observable::KNOWN_CVE_UID, Some(known.cve))]);
        out.object_member("unmapped", unmapped);
    });
}
