//! Small answers of a service, made after what people who do this job met: what the program makes of each.

mod support;

#[path = "cases/play.rs"]
mod play;
#[path = "cases/table.rs"]
mod table;

use std::collections::BTreeSet;
use std::path::Path;
use std::thread;
use support::shared;
use table::CASES;

/// All at once: most of their time is spent in waiting for a service that asks for patience.
#[test]
fn each_ends_as_it_should() {
    let Some(folder) = shared("cases") else { return };
    let wrong: Vec<String> = thread::scope(|scope| {
        let played: Vec<_> =
            CASES.iter().map(|case| scope.spawn(|| (case, play::play(&folder, case.folder)))).collect();
        let ended = played.into_iter().map(|case| case.join().expect("a case is played without a panic"));
        ended.flat_map(|(case, played)| case.judge(&played)).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_folder_is_in_the_table_and_the_other_way_round() {
    let Some(folder) = shared("cases") else { return };
    let named: BTreeSet<String> = CASES.iter().map(|case| case.folder.to_owned()).collect();
    assert_eq!(named.len(), CASES.len(), "a folder is named once");
    assert_eq!(named, folders(&folder));
}

fn folders(within: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(within).expect("the folder can be read");
    let entries = entries.map(|entry| entry.expect("the folder can be read"));
    let cases = entries.filter(|entry| entry.path().join("expected.md").exists());
    cases.map(|entry| entry.file_name().into_string().expect("a name is text")).collect()
}
