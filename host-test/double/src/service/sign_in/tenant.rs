//! Which tenant a path names.

use super::refused::Refused;
use crate::terms::Terms;

/// What a client wrote, short enough to be repeated to it.
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

pub(super) fn known_tenant(terms: &Terms, tenant: &str) -> Result<(), Refused> {
    if terms.tenant.iter().any(|known| known.eq_ignore_ascii_case(tenant)) {
        return Ok(());
    }
    let label = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let is_id = tenant.len() == 36 && tenant.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let is_domain = tenant.contains('.') && tenant.split('.').all(|part| !part.is_empty() && part.chars().all(label));
    let name = shown(tenant);
    Err(if is_id || is_domain {
        Refused::request("invalid_request", 90002, format!("Tenant '{name}' not found; it may live in another cloud."))
    } else {
        Refused::request("invalid_request", 900_023, format!("'{name}' is neither a tenant's id nor a domain name."))
    })
}
