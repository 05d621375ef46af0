//! Links into the Defender portal.

use defender_rows::event::{JsonWriter, TenantId};

/// Where the page of a device is on the portal's host; its id follows, then [`OVERVIEW`] and the tenant.
const DEVICE: &str = "/machines/";

/// Where the page of a CVE is.
const CVE: &str = "/vulnerabilities/vulnerability/";

/// The part of a page that opens, for the tenant that follows.
const OVERVIEW: &str = "/overview?tid=";

/// Whether an identifier fits into a path as it is.
fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Whether an identifier is one of the CVE programme. Defender also uses ids of its own (`TVM-…`), which have no
/// page in public databases.
#[must_use]
pub fn is_cve(id: &str) -> bool {
    let mut parts = id.split('-');
    let is_number =
        |part: Option<&str>| part.is_some_and(|part| part.len() >= 4 && part.bytes().all(|b| b.is_ascii_digit()));
    parts.next() == Some("CVE") && is_number(parts.next()) && is_number(parts.next()) && parts.next().is_none()
}

/// Writes `enrichments` with the link to a device's page.
///
/// The inventory class has no attribute for a link to the asset. An enrichment says honestly what it is: an address
/// found for the value of `device.uid`. It is made of what the event says, so a lean body is without it.
pub fn device(out: &mut JsonWriter, host: &str, device: &str, tenant: &TenantId) {
    if !is_plain(device) || !out.is_full() {
        return;
    }
    let link = ["https://", host, DEVICE, device, OVERVIEW, tenant.as_str()];
    out.array_member("enrichments", |out| {
        out.object(|out| {
            out.text_member("name", "device.uid");
            out.text_member("value", device);
            out.text_member("type", "portal_url");
            out.object_member("data", |out| {
                out.name("portal_url");
                out.pieces(&link);
            });
            out.name("src_url");
            out.pieces(&link);
        });
    });
}

/// Writes `src_url` with the link to a CVE's page, for identifiers of the CVE programme; not in a lean body.
pub fn cve(out: &mut JsonWriter, host: &str, cve: &str, tenant: &TenantId) {
    if is_cve(cve) && out.is_full() {
        out.name("src_url");
        out.pieces(&["https://", host, CVE, cve, OVERVIEW, tenant.as_str()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_cves_have_pages() {
        for good in ["CVE-2020-16011", "CVE-1999-0001", "CVE-2026-1234567"] {
            assert!(is_cve(good), "{good}");
        }
        for bad in ["TVM-2020-0002", "CVE-2020", "CVE-2020-1/../x", "cve-2020-16011", "CVE-2020-16011-1", ""] {
            assert!(!is_cve(bad), "{bad}");
        }
    }

    #[test]
    fn strange_device_ids_get_no_link() {
        let tenant = TenantId::parse("contoso.example").unwrap();
        let write = |id: &str| {
            let mut out = JsonWriter::default();
            out.object(|out| device(out, "security.microsoft.us", id, &tenant));
            out.as_str().to_owned()
        };
        assert_eq!(write("../x?y"), "{}");
        assert_eq!(write(""), "{}");
        assert!(write("abc").contains("https://security.microsoft.us/machines/abc/overview?tid=contoso.example"));
    }
}
