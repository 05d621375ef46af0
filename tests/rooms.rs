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

/// Most rooms that a newcomer takes in at a glance.
const ROOMS_MAX: usize = 12;

/// A part of the project whose folders are its rooms.
struct House {
    /// Where it is, and what its picture is called.
    folder: &'static str,
    /// The crates that it is made of, the one whose rooms are folders of `folder` first.
    crates: &'static [Crate],
    /// Rooms whose files are held to nothing among themselves.
    closed: &'static [&'static str],
}

const HOUSES: [House; 1] = [House {
    folder: "src",
    crates: &[
        Crate { name: "defender_source", folder: "src" },
        Crate { name: "defender_client", folder: "src/client" },
        Crate { name: "defender_rows", folder: "src/rows" },
    ],
    // The row path: its types and what cuts them know each other.
    closed: &["rows"],
}];

impl House {
    /// The room of a file; `None` for one that stands beside the rooms.
    fn room<'a>(&self, file: &'a Path) -> Option<&'a str> {
        let inside = file.strip_prefix(self.folder).ok()?;
        inside.parent().filter(|parent| !parent.as_os_str().is_empty())?;
        inside.components().next()?.as_os_str().to_str()
    }

    fn imports(&self) -> Vec<Import> {
        let found = self.files().into_iter().flat_map(|file| imports(&root(), &file, self.crates));
        let is_own = |it: &Import| self.room(&it.from).is_none_or(|room| !self.closed.contains(&room));
        found.filter(is_own).collect()
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

#[test]
fn no_file_imports_in_a_circle() {
    for house in &HOUSES {
        let mut edges: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
        for import in house.imports() {
            edges.entry(import.from).or_default().insert(import.to);
        }
        assert!(edges.len() > 20, "{}: hardly any file imports another: {edges:?}", house.folder);
        if let Some(circle) = graph::circle(&edges) {
            let names: Vec<_> = circle.iter().map(|file| file.display().to_string()).collect();
            panic!("These files import each other: {}", names.join(" -> "));
        }
    }
}

#[test]
fn rooms_import_what_stands_below_them() {
    for house in &HOUSES {
        let arrows = house.arrows();
        assert_eq!(arrows.circle(), None, "the picture of {} goes in a circle", house.folder);
        let mut wrong = BTreeSet::new();
        for Import { from, to, path } in house.imports() {
            let (Some(above), Some(below)) = (house.room(&from), house.room(&to)) else { continue };
            if above != below && !arrows.allow(above, below, &path) {
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
        assert!(rooms.len() <= ROOMS_MAX, "{}: {} rooms", house.folder, rooms.len());
        assert_eq!(house.arrows().rooms(), rooms, "{}", house.folder);
        let beside: Vec<_> = files.iter().filter(|file| house.room(file).is_none()).collect();
        assert_eq!(beside, [&Path::new(house.folder).join("lib.rs")]);
    }
}
