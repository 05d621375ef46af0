//! The invented tenant: every request that the source makes of it by any strategy, with the answer.

mod envelope;
mod machines;
mod recommendations;
mod software;
mod users;
mod vulnerabilities;

use envelope::{Envelope, Tape, link};
use sha2::{Digest, Sha256};

/// Identifier of the tenant.
const TENANT: &str = "11111111-2222-4333-8444-555555555555";

/// All exchanges, in the order in which a run with everything switched on would make them.
pub(super) fn tape() -> source_host::record::Tape {
    let mut tape = Tape::default();
    tape.token(TENANT);
    let machines = machines::all();
    list(&mut tape, "machines", 10_000, "Machines", &machines);
    for machine in &machines {
        let path = format!("/api/machines/{}/logonusers", machine.id);
        tape.get(&path, &Envelope::of("Users", &users::on(machine)));
    }
    export(&mut tape, "SoftwareInventoryByMachine", software::rows());
    export(&mut tape, "SoftwareVulnerabilitiesByMachine", vulnerabilities::rows());
    for machine in &machines {
        let path = format!("/api/machines/{}/vulnerabilities", machine.id);
        tape.get(&path, &Envelope::of("Vulnerabilities", &vulnerabilities::known_on(machine.name)).counted());
    }
    list(&mut tape, "vulnerabilities", 8_000, "Vulnerabilities", &vulnerabilities::catalogue());
    let recommendations = recommendations::all();
    list(&mut tape, "recommendations", 10_000, "Recommendations", &recommendations);
    for recommendation in &recommendations {
        let path = format!("/api/recommendations/{}/machineReferences", recommendation.id);
        tape.get(&path, &Envelope::of("MachineReferences", &recommendations::references(recommendation.id)));
    }
    for machine in &machines {
        let path = format!("/api/machines/{}/recommendations", machine.id);
        tape.get(&path, &Envelope::of("Recommendations", &recommendations::on(machine.name)));
    }
    tape.into_inner()
}

/// A list by offset: all of it on one page, and a last page that begins with the last row and ends there.
fn list<T: serde::Serialize>(tape: &mut Tape, path: &str, top: u32, context: &str, rows: &[T]) {
    let last = rows.len().saturating_sub(1);
    tape.get(&format!("/api/{path}?$top={top}"), &Envelope::of(context, rows));
    tape.get(&format!("/api/{path}?$top={top}&$skip={last}"), &Envelope::of(context, &rows[last..]));
}

/// Two pages of an export; the first one links to the second.
fn export<T: serde::Serialize>(tape: &mut Tape, name: &str, rows: Vec<T>) {
    let (first, second) = rows.split_at(rows.len() / 2);
    let next = link(name, first.len());
    tape.get(&format!("/api/machines/{name}?pageSize=200000"), &Envelope::of(name, first).followed_by(&next));
    tape.get_url(&next, &Envelope::of(name, second));
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
