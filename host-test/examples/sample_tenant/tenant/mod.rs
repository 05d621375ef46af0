//! The invented tenant: every request that the source makes of it by any strategy, with the answer.

mod machines;
mod recommendations;
mod software;
mod users;
mod vulnerabilities;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use source_host::har::{Entry, Recorded, entry};
use std::time::Duration;

/// Identifier of the tenant.
pub const TENANT: &str = "11111111-2222-4333-8444-555555555555";

/// 2026-01-15T06:00:00Z.
const START: Duration = Duration::from_secs(1_768_456_800);
const LOGIN: &str = "https://login.microsoftonline.com";
const API: &str = "https://api.security.microsoft.com";

/// All exchanges, in the order in which a run with everything switched on would make them.
pub fn entries() -> Vec<Entry> {
    let mut tape = Tape(Vec::new());
    tape.token();
    let machines = machines::all();
    tape.get("/api/machines?$top=10000", &collection("Machines", &machines));
    tape.get(
        &format!("/api/machines?$top=10000&$skip={}", machines.len()),
        &collection::<Value>("Machines", &[]),
    );
    for machine in &machines {
        let path = format!("/api/machines/{}/logonusers", machine.id);
        tape.get(&path, &collection("Users", &users::on(machine.name)));
    }
    tape.export("SoftwareInventoryByMachine", "AssetSoftware", &software::pages());
    tape.export("SoftwareVulnerabilitiesByMachine", "AssetVulnerability", &vulnerabilities::pages());
    for machine in &machines {
        let rows = vulnerabilities::catalogue_on(machine.name);
        let mut body = collection("Collection(microsoft.windowsDefenderATP.api.PublicVulnerabilityDto)", &rows);
        body["@odata.count"] = json!(rows.len());
        tape.get(&format!("/api/machines/{}/vulnerabilities", machine.id), &body);
    }
    let recommendations = recommendations::all();
    tape.get("/api/recommendations?$top=10000", &collection("Recommendations", &recommendations));
    tape.get(
        &format!("/api/recommendations?$top=10000&$skip={}", recommendations.len()),
        &collection::<Value>("Recommendations", &[]),
    );
    for recommendation in &recommendations {
        let path = format!("/api/recommendations/{}/machineReferences", recommendation.id);
        tape.get(&path, &collection("MachineReferences", &recommendations::references(recommendation.id)));
    }
    for machine in &machines {
        let rows = recommendations::on(machine.name);
        tape.get(&format!("/api/machines/{}/recommendations", machine.id), &collection("Recommendations", &rows));
    }
    tape.0
}

/// Identifier of the machine of that name: 40 hexadecimal digits, like the service's.
fn device_id(name: &str) -> String {
    Sha256::digest(name).iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}

/// The machine of that name.
fn machine(name: &str) -> machines::Machine {
    let found = machines::all().into_iter().find(|machine| machine.name == name);
    found.unwrap_or_else(|| panic!("the tenant has no machine {name}"))
}

/// The envelope around the rows of a collection. Members go by name; `@odata.context` comes first that way, `value`
/// last.
fn collection<T: Serialize>(context: &str, rows: &[T]) -> Envelope {
    Envelope {
        context: format!("{API}/api/$metadata#{context}"),
        count: None,
        value: rows.iter().map(|row| json_text(row)).collect(),
        next_link: None,
    }
}
