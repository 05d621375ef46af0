//! Files that cannot be used: said in one line, before anything is asked of a service, with the file untouched.

use crate::script::{World, complete, descriptor, device, key, play};
use source_host::clock::Clock;
use source_host::inventory::{Inventory, InventoryError, Reader, Rules};
use source_host::lock::Lock;
use std::path::Path;
use std::time::Duration;

fn open(path: &Path) -> Result<Inventory, InventoryError> {
    let clock = Clock::virtual_at(Duration::from_secs(1));
    Inventory::open(path.to_owned(), Rules::default(), &descriptor(), "{}", clock)
}

/// Opening fails with these words, and the file stays as it is.
fn refused(path: &Path, words: &[&str]) {
    let before = std::fs::read(path).ok();
    let line = open(path).err().expect("refused").to_string();
    assert!(words.iter().all(|word| line.contains(word)) && line.lines().count() == 1, "{line}");
    assert_eq!(std::fs::read(path).ok(), before, "it was touched");
}

#[test]
fn foreign_files_are_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    std::fs::write(&path, "{\"format\":1,\"component\":{}}").expect("written");
    refused(&path, &["x.db", "not an inventory"]);
    std::fs::write(&path, vec![7; 8192]).expect("written");
    refused(&path, &["x.db", "not an inventory"]);
    std::fs::remove_file(&path).expect("removed");
    rusqlite::Connection::open(&path).expect("made").execute_batch("CREATE TABLE mine (x)").expect("made");
    refused(&path, &["x.db", "not an inventory"]);
    assert!(Reader::open(&path).err().expect("refused").to_string().contains("not an inventory"));
    let missing = Reader::open(&folder.path().join("y.db")).err().expect("refused");
    assert!(missing.is_usage() && missing.to_string().contains("no inventory at"), "{missing}");
    let nowhere = open(&folder.path().join("no/such/x.db")).err().expect("refused");
    assert!(nowhere.to_string().contains("check the path, its folder"), "{nowhere}");
}

#[test]
fn an_empty_file_becomes_an_inventory() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    std::fs::write(&path, "").expect("written");
    assert_eq!(open(&path).expect("it opens").checkpoint().expect("readable"), None);
    assert_eq!(open(&path).expect("it opens again").checkpoint().expect("readable"), None);
}

/// What a start leaves that has no room for its tables, or is killed before they are made.
#[test]
fn a_file_that_was_only_begun_becomes_an_inventory() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    let begun = rusqlite::Connection::open(&path).expect("made");
    begun.pragma_update(None, "journal_mode", "wal").expect("its first page is written");
    drop(begun);
    assert!(std::fs::metadata(&path).expect("it is there").len() > 0);
    assert_eq!(open(&path).expect("it opens").checkpoint().expect("readable"), None);
    assert_eq!(open(&path).expect("it opens again").checkpoint().expect("readable"), None);
    // One that somebody else has marked is theirs.
    std::fs::remove_file(&path).expect("removed");
    for mark in ["application_id", "user_version"] {
        let theirs = rusqlite::Connection::open(&path).expect("made");
        theirs.pragma_update(None, mark, 7).expect("marked");
        drop(theirs);
        refused(&path, &["x.db", "not an inventory"]);
    }
}

#[test]
fn newer_and_other_inventories_are_named() {
    let mut world = World::new();
    world.run(&[complete("devices", &[device("a", 1)])]);
    let connection = rusqlite::Connection::open(world.path()).expect("it opens");
    connection.execute("UPDATE meta SET value = 'another' WHERE name = 'source'", []).expect("changed");
    let error = open(&world.path()).err().expect("refused").to_string();
    assert!(error.contains("the inventory of the source another, not of made-up"), "{error}");
    connection.pragma_update(None, "user_version", 99).expect("changed");
    drop(connection);
    refused(&world.path(), &["schema version 99", "up to 3"]);
    assert!(Reader::open(&world.path()).is_err());
}

#[test]
fn one_run_at_a_time_and_readers_beside_it() {
    let mut world = World::new();
    world.run(&[complete("devices", &[device("a", 1)])]);
    let first = world.open();
    let error = open(&world.path()).err().expect("refused").to_string();
    assert!(error.contains(&format!("in use by process {}", std::process::id())), "{error}");
    assert_eq!(world.state("device", "a"), "active", "readers may look");
    drop(first);
    world.open();
}

#[test]
fn a_file_that_another_run_is_making_is_in_use_and_not_foreign() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    let making = Lock::beside(&path).expect("it is free");
    rusqlite::Connection::open(&path).expect("made").execute_batch("CREATE TABLE half (made)").expect("made");
    refused(&path, &["x.db", "is in use by"]);
    drop(making);
    refused(&path, &["x.db", "not an inventory"]);
}

#[test]
fn another_program_that_writes_is_waited_for_and_named() {
    let mut world = World::new();
    world.run(&[complete("devices", &[device("a", 1)])]);
    let other = rusqlite::Connection::open(world.path()).expect("it opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let error = open(&world.path()).err().expect("refused").to_string();
    assert!(error.contains("in use by another process"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let sealed = |mode| std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).expect("set");
    sealed(0o555);
    let probe = std::fs::write(folder.path().join("probe"), "");
    if probe.is_ok() {
        // The superuser may write everywhere. /proc may not even be written by that one.
        let error = open(Path::new("/proc/x.db")).err().expect("refused").to_string();
        assert!(error.contains("cannot lock /proc/x.db"), "{error}");
    } else {
        let error = open(&folder.path().join("x.db")).err().expect("refused").to_string();
        assert!(error.contains("cannot lock") && error.contains("permissions"), "{error}");
    }
    sealed(0o755);
}

#[test]
fn a_full_disk_ends_the_run_and_loses_nothing() {
    let mut world = World::new();
    world.run(&[complete("devices", &[device("a", 1)])]);
    let rows: Vec<_> = (0..5_000).map(|number| device(&format!("d{number}"), number)).collect();
    let mut script = world.next(&[complete("devices", &rows)]);
    script.batch = 500;
    let mut inventory = world.open();
    inventory.limit_size(64 * 4096).expect("the limit is set");
    let failed = play(&script, None, &mut world.consumer, &mut inventory).expect_err("no room").to_string();
    assert!(failed.contains("no space is left") && failed.lines().count() == 1, "{failed}");
    drop(inventory);
    crate::support::sound::sound(&world.path());
    assert_eq!(world.state("device", "a"), "active");
    // With room again, the run goes on where it was.
    let mut inventory = world.open();
    let checkpoint = inventory.checkpoint().expect("readable").expect("some batches had room");
    assert!(checkpoint.starts_with("run-2#"), "{checkpoint}");
    play(&script, Some(&checkpoint), &mut world.consumer, &mut inventory).expect("the run ends");
    drop(inventory);
    world.agree();
    assert_eq!(world.consumer.live().len(), 5_001);
}

#[test]
fn a_file_of_version_1_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    let connection = rusqlite::Connection::open(&path).expect("made");
    connection.execute_batch(include_str!("version_1.sql")).expect("the fixture is SQL");
    drop(connection);
    let copy = folder.path().join("y.db");
    std::fs::copy(&path, &copy).expect("copied");
    // Without checksums nothing is handed out.
    let reader = Reader::open(&path).expect("it opens");
    assert_eq!(reader.checkpoint("made-up").expect("readable").as_deref(), Some("after 1"));
    let refused = reader.sql("SELECT 1").expect_err("it is too old");
    assert!(refused.is_usage() && refused.to_string().contains("the next run"), "{refused}");
    drop(reader);
    let inventory = open(&path).expect("it opens");
    assert_eq!(inventory.checkpoint().expect("readable").as_deref(), Some("after 1"));
    drop(inventory);
    crate::support::sound::sound(&path);
    let reader = Reader::open(&path).expect("it opens");
    let shown = reader.show(&key("software", "a/p")).expect("readable").expect("it is there");
    assert_eq!(shown.asset.state, "active");
    assert_eq!(shown.relations.len(), 2);
    assert!(shown.document.expect("it has one").contains("\"content\":7"));
    let mut exported = Vec::new();
    let export = reader.export::<InventoryError>(|document| {
        exported.push(document.to_owned());
        Ok(())
    });
    export.expect("it is sound");
    assert_eq!(exported.len(), 2);
    // What can be seen to be damaged gets no checksum.
    let connection = rusqlite::Connection::open(&copy).expect("it opens");
    let other =
        "UPDATE document_rows SET (dictionary, bytes) = (SELECT dictionary, bytes FROM document_rows ORDER BY asset)
                 WHERE asset = (SELECT max(asset) FROM document_rows)";
    assert_eq!(connection.execute(other, []).expect("it works"), 1);
    drop(connection);
    refused_for_damage(&copy);
}

fn refused_for_damage(path: &Path) {
    let error = open(path).err().expect("refused");
    assert!(error.is_usage() && error.to_string().contains("is damaged (the document of asset"), "{error}");
    assert!(error.to_string().contains("is that of mde:t:device:a"), "{error}");
    let connection = rusqlite::Connection::open(path).expect("it opens");
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).expect("readable");
    assert_eq!(version, 1, "it is as it was");
}

/// Writes the fixture. Run by hand, and never again for a version that was released.
#[test]
#[ignore = "writes tests/inventory/version_1.sql"]
fn write_the_fixture() {
    let mut world = World::new();
    world.run(&[complete("devices", &[device("a", 1)]), complete("software", &[crate::script::software("a", "p", 7)])]);
    let connection = rusqlite::Connection::open(world.path()).expect("it opens");
    let mut out = String::from("PRAGMA application_id = 0x696e7631;\nPRAGMA user_version = 1;\n");
    let objects = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rootpage = 0, rootpage";
    let mut objects = connection.prepare(objects).expect("it works");
    for sql in objects.query_map([], |row| row.get::<_, String>(0)).expect("it works") {
        out.push_str(&format!("{};\n", sql.expect("text")));
    }
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rootpage";
    let mut tables = connection.prepare(tables).expect("it works");
    for table in tables.query_map([], |row| row.get::<_, String>(0)).expect("it works") {
        let table = table.expect("text");
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).expect("it works");
        let width = statement.column_count();
        let mut rows = statement.query([]).expect("it works");
        while let Some(row) = rows.next().expect("it works") {
            let quote = |column| {
                connection.query_row(
                    "SELECT quote(?1)",
                    [row.get::<_, rusqlite::types::Value>(column).expect("a value")],
                    |row| row.get::<_, String>(0),
                )
            };
            let values: Vec<String> = (0..width).map(|column| quote(column).expect("quoted")).collect();
            out.push_str(&format!("INSERT INTO {table} VALUES ({});\n", values.join(", ")));
        }
    }
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/inventory/version_1.sql"), out).expect("written");
}
