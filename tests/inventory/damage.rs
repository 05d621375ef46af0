//! Damaged files: what is damaged is noticed, or does not show in any answer. No document ever changes in silence.

use crate::script::{Consumer, World, complete, device, finding, key, play, software};
use crate::support::program::{Output, Program};
use source_host::clock::Clock;
use source_host::inventory::{Inventory, InventoryError, Reader, Rules, Table};
use std::path::Path;
use std::time::Duration;

/// Text that no compression makes much shorter, so that documents, receipts and positions lie on pages of their own.
fn noise(seed: u64, length: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'0' + u8::try_from(state % 75).expect("small")).to_string().replace(['\\', '"'], "x")
    };
    (0..length).map(|_| next()).collect()
}

/// A script whose documents, receipt and position are long. The second run changes one asset and misses another.
fn long(world: &mut World) -> crate::script::Script {
    let is_first = world.next(&[]).receipt.run.ends_with("-1");
    let reads = |is_first: bool| {
        let mut devices: Vec<_> = (0..12).map(|id| device(&format!("d{id}"), 1)).collect();
        if !is_first {
            devices[3] = device("d3", 2);
            devices.pop();
        }
        let programs: Vec<_> = (0..12).map(|id| software(&format!("d{id}"), "p", id)).collect();
        let findings: Vec<_> = (0..12).map(|id| finding(&format!("d{id}"), "c", 1)).collect();
        [complete("devices", &devices), complete("software", &programs), complete("vulnerabilities", &findings)]
    };
    let mut script = crate::script::script(if is_first { 1 } else { world.runs() }, &reads(is_first));
    for (seed, event) in (1..).zip(&mut script.events) {
        let body =
            format!(r#""body":{{"noise":"{}","#, noise(seed, usize::try_from(seed * 300 % 11_000).expect("small")));
        event.document = event.document.replace(r#""body":{"#, &body);
    }
    script.receipt.datasets[0].reason = noise(99, 9_000);
    script.receipt.checkpoint = noise(98, 9_000);
    script
}

fn run(world: &mut World) {
    let script = long(world);
    let mut inventory = world.open();
    let position = inventory.checkpoint().expect("readable");
    play(&script, position.as_deref(), &mut world.consumer, &mut inventory).expect("the run ends");
}

/// An inventory with something in every table.
fn whole() -> (World, Vec<u8>) {
    let mut world = World::with(Rules { grace_runs: 0, ..Rules::default() });
    run(&mut world);
    run(&mut world);
    world.agree();
    let connection = rusqlite::Connection::open(world.path()).expect("it opens");
    let free: i64 = connection.query_row("PRAGMA freelist_count", [], |row| row.get(0)).expect("readable");
    assert_eq!(free, 0, "every page is of use");
    drop(connection);
    let bytes = std::fs::read(world.path()).expect("readable");
    (world, bytes)
}

type Answer = Result<String, InventoryError>;

fn export(reader: &Reader) -> Answer {
    let mut out = String::new();
    reader.export::<InventoryError>(|document| {
        out.push_str(document);
        out.push('\n');
        Ok(())
    })?;
    Ok(out)
}

fn changes(reader: &Reader) -> Answer {
    let mut out = String::new();
    reader.changes::<InventoryError>(Duration::ZERO, |change| {
        out.push_str(&format!("{change:?}\n"));
        Ok(())
    })?;
    Ok(out)
}

fn sql(reader: &Reader, statement: &str) -> Answer {
    reader.sql(statement).map(|Table { columns, rows }| format!("{columns:?} {rows:?}"))
}

/// What a file says of documents.
fn documents(path: &Path) -> Vec<Answer> {
    let ask = |question: &dyn Fn(&Reader) -> Answer| Reader::open(path).and_then(|reader| question(&reader));
    let show = |id: &str| key("device", id);
    vec![
        ask(&export),
        ask(&|reader| sql(reader, "SELECT * FROM documents ORDER BY id")),
        ask(&|reader| reader.show(&show("d3")).map(|found| format!("{:?}", found.map(|found| found.document)))),
        ask(&|reader| reader.show(&show("d11")).map(|found| format!("{:?}", found.map(|found| found.document)))),
    ]
}

/// Everything a file says.
fn answers(path: &Path) -> Vec<Answer> {
    let ask = |question: &dyn Fn(&Reader) -> Answer| Reader::open(path).and_then(|reader| question(&reader));
    let mut answers = documents(path);
    answers.extend([
        ask(&changes),
        ask(&|reader| reader.summary().map(|summary| format!("{summary:?}"))),
        ask(&|reader| reader.show(&key("software", "d3/p")).map(|found| format!("{found:?}"))),
        ask(&|reader| reader.checkpoint("made-up").map(|position| format!("{position:?}"))),
    ]);
    for view in ["assets", "relations", "asset_datasets", "runs", "run_datasets", "checkpoints"] {
        answers.push(ask(&|reader| sql(reader, &format!("SELECT * FROM {view}"))));
    }
    answers
}

/// Damage is said in one line, by an error that a repeat does not mend; what is said in spite of it is the truth.
fn told_or_true(found: &[Answer], truth: &[Answer], what: &str) {
    for (number, (found, truth)) in found.iter().zip(truth).enumerate() {
        match found {
            Ok(found) => assert!(Some(found) == truth.as_ref().ok(), "{what}: answer {number} changed in silence"),
            Err(error) => {
                let line = error.to_string();
                assert!(error.is_usage() && line.lines().count() == 1, "{what}: answer {number}: {line}");
            }
        }
    }
}

#[test]
fn a_page_that_is_lost_is_noticed_or_not_needed() {
    let (mut world, bytes) = whole();
    let truth = answers(&world.path());
    assert!(truth.iter().all(Result::is_ok));
    assert!(Reader::open(&world.path()).expect("it opens").verify().expect("looked at").is_sound());
    let next = long(&mut world);
    let mut ended = Vec::new();
    let path = world.folder.path().join("damaged.db");
    let pages = bytes.len() / 4096;
    assert!(pages > 60, "{pages}");
    for page in 0..=pages {
        let mut damaged = bytes.clone();
        // One trial more, without damage, tells what a run comes to.
        let is_whole = page == pages;
        if !is_whole {
            damaged[page * 4096..(page + 1) * 4096].fill(0);
        }
        let fresh = || {
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{end}", path.display()));
            }
            std::fs::write(&path, &damaged).expect("written");
        };
        fresh();
        told_or_true(&answers(&path), &truth, &format!("page {page}"));
        let verdict = Reader::open(&path).and_then(|reader| reader.verify());
        let is_noticed = verdict.as_ref().map_or_else(InventoryError::is_usage, |verdict| !verdict.is_sound());
        assert_eq!(is_noticed, !is_whole, "page {page}: {verdict:?}");
        // A run over it fails in words, or comes to what it comes to without the damage.
        fresh();
        ended.push(carry_on(&world, &path, &next));
    }
    let truth = ended.pop().expect("the last one").expect("nothing was damaged");
    let told = ended.iter().filter(|ended| ended.is_err()).count();
    assert!(told * 2 > pages, "{told} of {pages}");
    for (page, ended) in ended.into_iter().enumerate() {
        match ended {
            Ok(ended) => assert_eq!(ended, truth, "page {page}: a run came to something else"),
            Err(line) => assert!(!line.contains("bug"), "page {page}: {line}"),
        }
    }
}

/// Plays the next run over a file: what it delivers, and what is exported afterwards.
fn carry_on(world: &World, path: &Path, script: &crate::script::Script) -> Result<(Vec<String>, String), String> {
    let clock = Clock::virtual_at(world.now);
    let about = crate::script::descriptor();
    let inventory = Inventory::open(path.to_owned(), world.rules, &about, &world.config, clock);
    let mut inventory = inventory.map_err(|error| error.to_string())?;
    let position = inventory.checkpoint().map_err(|error| error.to_string())?;
    let mut consumer = Consumer::default();
    play(script, position.as_deref(), &mut consumer, &mut inventory).map_err(|error| error.to_string())?;
    drop(inventory);
    let exported = Reader::open(path).and_then(|reader| export(&reader)).map_err(|error| error.to_string())?;
    Ok((consumer.documents, exported))
}

#[test]
fn a_byte_that_changes_changes_no_document() {
    let (world, bytes) = whole();
    let truth = documents(&world.path());
    let path = world.folder.path().join("damaged.db");
    let mut told = 0;
    for seed in 1..400u64 {
        let random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let at = usize::try_from((random >> 8) % bytes.len() as u64).expect("small");
        let mut damaged = bytes.clone();
        damaged[at] ^= u8::try_from(random & 0xff).expect("a byte").max(1);
        std::fs::write(&path, &damaged).expect("written");
        let found = documents(&path);
        told_or_true(&found, &truth, &format!("byte {at}"));
        told += usize::from(found[0].is_err());
    }
    assert!(told > 100, "{told}: the bytes are mostly those of documents");
}

#[test]
fn documents_that_are_hidden_or_shown_twice_are_missed() {
    let (world, _) = whole();
    for (sql, words) in [
        ("UPDATE asset_rows SET state = 3 WHERE id = 2", "there should be"),
        ("UPDATE asset_rows SET state = 0 WHERE state = 3", "there should be"),
        ("DELETE FROM asset_rows WHERE id = 2", "there should be"),
        ("DELETE FROM document_rows WHERE asset = 2", "document of asset 2 is missing"),
        ("UPDATE meta SET value = '1 1' WHERE name = 'documents'", "there should be 1"),
        ("UPDATE document_rows SET bytes = x'00' WHERE asset = 2", "document of asset 2 has another checksum"),
        ("UPDATE document_rows SET sum = sum + 1 WHERE asset = 2", "document of asset 2 has another checksum"),
        ("UPDATE dictionaries SET bytes = CAST(bytes || x'00' AS BLOB)", "dictionary has another checksum"),
    ] {
        let copy = world.folder.path().join("copy.db");
        std::fs::copy(world.path(), &copy).expect("copied");
        rusqlite::Connection::open(&copy).expect("it opens").execute_batch(sql).expect("it works");
        let line = Reader::open(&copy).and_then(|reader| export(&reader)).expect_err(sql).to_string();
        assert!(line.contains("is damaged") && line.contains(words) && line.contains("verify"), "{sql}: {line}");
        let verdict = Reader::open(&copy).expect("it opens").verify().expect("looked at");
        assert!(!verdict.is_sound(), "{sql}");
    }
}

#[test]
fn the_program_names_what_is_damaged_and_ends_with_2() {
    let (world, _) = whole();
    let path = &world.path();
    let ask = |args: &[&str]| Program::new().arg("inventory").args(args).arg("--path").arg(path).run();
    let Output { code, stdout, stderr } = ask(&["verify"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.contains("assets") && stdout.contains("all of it is sound"), "{stdout}");
    let connection = rusqlite::Connection::open(path).expect("it opens");
    connection
        .execute_batch(
            "UPDATE document_rows SET bytes = zeroblob(length(bytes)) WHERE asset = 2;
             UPDATE run_rows SET receipt = receipt || ' ' WHERE id = 1;
             DELETE FROM relation_rows WHERE source = (SELECT max(source) FROM relation_rows)",
        )
        .expect("it works");
    drop(connection);
    let Output { code, stdout, stderr } = ask(&["verify"]);
    assert_eq!((code, stderr.lines().count()), (2, 1), "{stdout} {stderr}");
    for words in
        ["document of mde:t:device:", "asset 2 has another checksum", "run run-1 has another", "relations are not"]
    {
        assert!(stdout.contains(words), "{words}: {stdout}");
    }
    assert!(stderr.contains("is damaged (3 problems)") && stderr.contains("restore it from a copy"), "{stderr}");
    let Output { code, stdout, .. } = ask(&["verify", "--json"]);
    let verdict: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(
        (code, verdict["sound"].as_bool(), verdict["problems"].as_array().map(Vec::len)),
        (2, Some(false), Some(3))
    );
    for args in [&["export"][..], &["sql", "SELECT document FROM documents"], &["sql", "SELECT receipt FROM runs"]] {
        let Output { code, stderr, .. } = ask(args);
        assert!(code == 2 && stderr.contains("error: ") && stderr.contains("is damaged"), "{args:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}
