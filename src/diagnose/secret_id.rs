//! A secret that is most likely the id of one.

use defender_client::sign_in::Secret;

use super::report::{Report, Severity};

/// Whether a secret has the form of a GUID: the form of a secret's id, which is often pasted instead of its value.
#[must_use]
pub fn looks_like_an_id(secret: &Secret) -> bool {
    let groups: Vec<_> = secret.expose().split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The finding about a secret that has the form of a secret's id.
pub fn warn_of_secret_id(report: &mut Report) {
    report.find(
        Severity::Warning,
        "client_secret",
        "The client secret has the form of a GUID, which is the form of a secret's id.",
        "Copy the column Value, not Secret ID, from the app registration.",
    );
}
