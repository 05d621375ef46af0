//! Files import each other in no circle, and rooms only what stands below them.
//!
//! The table of arrows is the picture in `docs/architecture.md`: a room may use every room that its arrows lead to. An
//! arrow with a label allows the modules of that name and nothing else of the room.

#![allow(clippy::unwrap_used, reason = "in a test it says what failed")]

#[path = "rooms/graph.rs"]
mod graph;
#[path = "rooms/source.rs"]
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use graph::Arrows;
use source::{Crate, Import, imports};

/// A part of the project. Its rooms are the folders and the files beside its root.
struct House {
    /// Where it is, and what its picture is called.
    folder: &'static str,
    /// The crates that it is made of, the one whose rooms are folders of `folder` first.
    crates: &'static [Crate],
    /// Rooms whose files are held to nothing among themselves. Each of them has a circle.
    closed: &'static [&'static str],
    /// Imports that go up or in a circle and are still to be turned, by file and path. Each of them is there.
    owed: &'static [(&'static str, &'static str)],
    /// Most rooms.
    rooms_max: usize,
}

/// Most rooms that a newcomer takes in at a glance.
const AT_A_GLANCE: usize = 12;

const HOUSES: [House; 3] = [
    House {
        folder: "src",
        crates: &[
            Crate { name: "defender_source", folder: "src" },
            Crate { name: "defender_client", folder: "src/client" },
            Crate { name: "defender_rows", folder: "src/rows" },
        ],
        // The row path: its types and what cuts them know each other.
        closed: &["rows"],
        owed: &[],
        rooms_max: AT_A_GLANCE,
    },
    House {
        folder: "host-test/double/src",
        crates: &[Crate { name: "defender_double", folder: "host-test/double/src" }],
        closed: &[],
        // What a fault strikes wants a file below both.
        owed: &[("host-test/double/src/service/lasting.rs", "super::fault::Struck")],
        rooms_max: AT_A_GLANCE,
    },
    House {
        folder: "host-test/src",
        crates: &[Crate { name: "source_host", folder: "host-test/src" }],
        // Each has types in its `mod.rs` that the files below it share. To be moved, as those of the other rooms were.
        closed: &["engine", "runner", "simulate", "sink"],
        // An open session of the engine is one that the runner can drive, and says so where it is defined.
        owed: &[("host-test/src/engine/instance.rs", "crate::runner::Session")],
        // More than a newcomer takes in: no further one.
        rooms_max: 22,
    },
];

impl House {
    /// The room of a file; `None` for the root.
    fn room<'a>(&self, file: &'a Path) -> Option<&'a str> {
        let first = Path::new(file.strip_prefix(self.folder).ok()?.components().next()?.as_os_str());
        let is_root = first == Path::new("lib.rs") || first == Path::new("main.rs");
        // Nothing else has a point in its name.
        first.file_stem().filter(|_| !is_root)?.to_str()
    }

    /// Whether an import is from a file of a closed room to another file of it.
    fn is_within_closed(&self, import: &Import) -> bool {
        let (from, to) = (self.room(&import.from), self.room(&import.to));
        from == to && from.is_some_and(|room| self.closed.contains(&room))
    }

    fn is_owed(&self, import: &Import) -> bool {
        self.owed.iter().any(|(file, path)| import.from == Path::new(file) && import.path == *path)
    }

    fn imports(&self) -> Vec<Import> {
        self.files().into_iter().flat_map(|file| imports(&root(), &file, self.crates)).collect()
    }

    fn files(&self) -> Vec<PathBuf> {
        source::files(&root(), Path::new(self.folder), self.crates)
    }

    fn arrows(&self) -> Arrows {
        let page = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
        let title = format!("<!-- rooms of {} -->", self.folder);
        let picture = page.split_once(&title).and_then(|(_, rest)| rest.split_once("```mermaid")?.1.split_once("```"));
        Arrows::read(picture.unwrap_or_else(|| panic!("docs/architecture.md has no picture behind {title}")).0)
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A circle among some imports, if there is one.
fn circle<'a>(imports: impl Iterator<Item = &'a Import>) -> Option<String> {
    let mut edges: BTreeMap<&Path, BTreeSet<&Path>> = BTreeMap::new();
    for import in imports {
        edges.entry(&import.from).or_default().insert(&import.to);
    }
    let names = graph::circle(&edges)?.into_iter().map(|file| file.display().to_string());
    Some(names.collect::<Vec<_>>().join(" -> "))
}

#[test]
fn no_file_imports_in_a_circle() {
    for house in &HOUSES {
        let imports = house.imports();
        let held = || imports.iter().filter(|import| !house.is_within_closed(import) && !house.is_owed(import));
        let importing: BTreeSet<&Path> = held().map(|import| &*import.from).collect();
        assert!(importing.len() > 20, "{}: hardly any file imports another: {importing:?}", house.folder);
        if let Some(circle) = circle(held()) {
            panic!("These files import each other: {circle}");
        }
    }
}

#[test]
fn what_is_let_off_needs_it() {
    for house in &HOUSES {
        let imports = house.imports();
        for closed in house.closed {
            let is_own = |file: &Path| house.room(file) == Some(closed);
            let own = imports.iter().filter(|import| is_own(&import.from) && is_own(&import.to));
            assert!(circle(own).is_some(), "{}: {closed} has no circle any more: open it", house.folder);
        }
        for (file, path) in house.owed {
            let is_there = imports.iter().any(|import| import.from == Path::new(file) && import.path == *path);
            assert!(is_there, "{file} does not import {path} any more: strike it off the list");
        }
    }
}

#[test]
fn rooms_import_what_stands_below_them() {
    for house in &HOUSES {
        let arrows = house.arrows();
        assert_eq!(arrows.circle(), None, "the picture of {} goes in a circle", house.folder);
        let mut wrong = BTreeSet::new();
        for import in house.imports() {
            let (Some(above), Some(below)) = (house.room(&import.from), house.room(&import.to)) else { continue };
            if above != below && !house.is_owed(&import) && !arrows.allow(above, below, &import.path) {
                let Import { from, path, .. } = &import;
                wrong.insert(format!("{} imports {path}: no arrow leads from {above} to {below}", from.display()));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn the_picture_shows_the_rooms_that_there_are() {
    for house in &HOUSES {
        let files = house.files();
        let rooms: BTreeSet<&str> = files.iter().filter_map(|file| house.room(file)).collect();
        assert!(rooms.len() <= house.rooms_max, "{}: {} rooms", house.folder, rooms.len());
        assert_eq!(house.arrows().rooms(), rooms, "{}", house.folder);
    }
}
