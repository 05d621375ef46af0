//! Where events and positions go, how the tenant is read, and the folder with all of it.

use crate::support::program::Program;
use crate::tenant::Double;
use defender_double::draw::Draw;
use defender_double::period::Period;
use defender_double::service::{CLIENT_ID, CLIENT_SECRET};
use source_host::simulate::due;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where events go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    File,
    Pipe,
}

/// What outlives a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Memory {
    Position,
    Inventory,
}

/// Ways to read the tenant: names and strategies of the datasets.
const READINGS: [&[(&str, &str)]; 4] = [
    &[
        ("devices", "bulk"),
        ("device_users", "per_device"),
        ("software", "files"),
        ("vulnerabilities", "auto"),
        ("recommendations", "per_recommendation"),
    ],
    &[
        ("devices", "bulk"),
        ("device_users", "hunting"),
        ("software", "bulk"),
        ("vulnerabilities", "bulk"),
        ("cves", "bulk"),
        ("recommendations", "catalogue"),
    ],
    &[("devices", "bulk"), ("software", "files"), ("vulnerabilities", "files"), ("recommendations", "per_device")],
    &[("devices", "bulk"), ("device_users", "hunting"), ("vulnerabilities", "auto"), ("cves", "bulk")],
];

/// Bytes of the small disk: more than the lives of a trial deliver, each of them everything.
const DISK: u64 = 64 << 20;

/// A folder with a configuration.
pub(crate) struct World {
    pub(crate) place: Place,
    pub(crate) memory: Memory,
    reading: &'static [(&'static str, &'static str)],
    folder: tempfile::TempDir,
    /// Whether the folder is a disk of its own, which can be filled up.
    pub(crate) has_disk: bool,
}

impl World {
    /// Makes one. Every other seed has a disk of its own, where the system lets us make one.
    pub(crate) fn new(double: &Double, place: Place, memory: Memory, draw: Draw) -> Self {
        let reading = draw.at("reading").one(&READINGS);
        let folder = tempfile::tempdir().expect("a folder");
        let has_disk = draw.at("disk").chance(500) && mount(folder.path());
        let world = Self { place, memory, reading, folder, has_disk };
        let datasets = ["devices", "device_users", "software", "vulnerabilities", "cves", "recommendations"];
        let mut members = String::new();
        for dataset in datasets {
            match reading.iter().find(|(name, _)| *name == dataset) {
                Some((_, "bulk")) if dataset == "devices" => {}
                Some((_, way)) => {
                    members.push_str(&format!("{dataset} = {{ enabled = true, strategy = \"{way}\" }}\n"))
                }
                None => members.push_str(&format!("{dataset} = {{ enabled = false }}\n")),
            }
        }
        let state = match memory {
            Memory::Position => "path = \"state.json\"",
            // What is not there is gone at once, and any number may be.
            Memory::Inventory => "path = \"inventory.db\"\ninventory = true\ngrace_runs = 0\nmax_delete_percent = 100",
        };
        let sink = match place {
            Place::File => "[sink]\ntype = \"file\"\npath = \"events.ndjson\"\n",
            Place::Pipe => "",
        };
        let Double { origin, files, .. } = double;
        let authority = |origin: &str| origin.trim_start_matches("http://").to_owned();
        let text = format!(
            r#"
[source.config]
tenant_id = "{tenant}"
client_id = "{CLIENT_ID}"
endpoints = {{ login = "{origin}", defender = "{origin}", graph = "{origin}", blob = "{files}" }}
budget.share_percent = 100
[source.config.datasets]
{members}
[source.secrets]
client_secret = {{ env = "TORTURE_SECRET" }}
[sandbox]
max_batch_events = {events}
[sandbox.hosts]
"{api}" = ["login.microsoftonline.com", "api.security.microsoft.com", "graph.microsoft.com"]
"{storage}" = "export.blob.core.windows.net"
[state]
{state}
{sink}"#,
            tenant = double.tenant().id(),
            events = 5 + draw.at("batch").below(60),
            api = authority(origin),
            storage = authority(files),
        );
        std::fs::write(world.path("c.toml"), text).expect("written");
        world
    }

    /// A verb that reads the configuration, in the folder.
    pub(crate) fn program(&self, verb: &[&str]) -> Command {
        let program = Program::built().current_dir(self.folder.path()).env("TORTURE_SECRET", CLIENT_SECRET);
        program.args(verb).args(["--config", "c.toml"]).command()
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The file that events go to, where they go to one.
    pub(crate) fn events(&self) -> PathBuf {
        self.path("events.ndjson")
    }

    /// The way in which the tenant is read, by a name of its own.
    pub(crate) fn way(&self) -> &'static str {
        self.reading.last().map_or("", |(_, strategy)| strategy)
    }

    /// Everything that has to be said of the tenant on a day.
    pub(crate) fn due(&self, double: &Double, day: u32) -> BTreeSet<String> {
        due(double.tenant(), Period::of_day(day), self.reading).expect("the source's own names")
    }

    /// What of it is not gone when it is due no more: of a CVE that concerns no device any more the catalogue is silent,
    /// and it is as true as before.
    pub(crate) fn lasting(&self, double: &Double, day: u32) -> BTreeSet<String> {
        let catalogue: Vec<_> = self.reading.iter().copied().filter(|(dataset, _)| *dataset == "cves").collect();
        due(double.tenant(), Period::of_day(day), &catalogue).expect("the source's own names")
    }

    /// The bytes of everything that a run keeps, by name.
    pub(crate) fn kept(&self) -> Vec<(String, Vec<u8>)> {
        let mut kept = Vec::new();
        for name in ["events.ndjson", "state.json", "inventory.db", "inventory.db-wal"] {
            if let Ok(bytes) = std::fs::read(self.path(name)) {
                kept.push((name.to_owned(), bytes));
            }
        }
        kept
    }

    /// Leaves so many bytes of the disk.
    pub(crate) fn fill(&self, left: u64) {
        let mut filler = File::create(self.path("filler")).expect("created");
        let block = vec![0; 64 << 10];
        let mut length = 0;
        while let Ok(written) = filler.write(&block) {
            length += written as u64;
        }
        filler.set_len(length.saturating_sub(left)).expect("shortened");
    }

    /// Takes the filler away.
    pub(crate) fn clear(&self) {
        let _ = std::fs::remove_file(self.path("filler"));
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if self.has_disk {
            let _ = Command::new("umount").arg(self.folder.path()).status();
        }
    }
}

/// Makes a folder a disk of its own, in memory. Only the system's administrator can.
fn mount(folder: &Path) -> bool {
    let mut command = Command::new("mount");
    command.args(["-t", "tmpfs", "-o", &format!("size={DISK}"), "torture"]).arg(folder);
    let done = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    let is_mounted = done.is_ok_and(|status| status.success());
    if !is_mounted {
        eprintln!("SKIPPED: a disk that is full, because no file system can be mounted here; a limit stands in for it");
    }
    is_mounted
}
