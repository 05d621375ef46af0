//! The real program, killed again and again at points of its output and of its requests, with the inventory on disk.

use crate::script::{live, sound};
use crate::support::program::{Output, Program};
use crate::support::server::Server;
use crate::support::source::{configure, program, token};
use crate::support::{complete, envelope, handmade_run};
use source_host::contract::Operation;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

const STATE: &str = r#"
[state]
inventory = true
path = "inventory.db"
"#;

/// One that starts over. The inventory stays, and with it what is no news any more. A run that goes on takes the limits
/// of the service to be half used up by the one that died; killed over and over, it would sit and wait.
fn afresh(folder: &Path) -> Program {
    program(folder, "run").arg("--reset-state")
}

/// Applies lines, the last of which may be cut off, to what a consumer has.
fn consume(lines: &str, has: &mut BTreeMap<String, Option<String>>) {
    for line in lines.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        let document = envelope(line);
        let text = |member: &str| document[member].as_str().expect("a text").to_owned();
        has.insert(text("key"), (text("op") == "upsert").then(|| text("hash")));
    }
}

/// What the hand-made tenant holds, by a run that nobody disturbs.
fn expected() -> BTreeSet<String> {
    let events = complete(handmade_run()).sink.events;
    let upserts = events.iter().filter(|event| event.operation == Operation::Upsert);
    let merged = |document: &str| document.contains(r#""rel":"merged_into""#);
    upserts.filter(|event| !merged(&event.document)).map(|event| event.key.clone()).collect()
}

fn check(folder: &Path, has: &BTreeMap<String, Option<String>>) {
    let path = folder.join("inventory.db");
    sound(&path);
    let there: BTreeMap<String, String> =
        has.iter().filter_map(|(key, hash)| Some((key.clone(), hash.clone()?))).collect();
    assert_eq!(there, live(&path), "the consumer has what the inventory says");
    assert_eq!(there.into_keys().collect::<BTreeSet<_>>(), expected(), "and that is what there is");
}

#[test]
fn killed_at_lines_of_its_output() {
    let server = Server::handmade(token);
    let mut kills = 0;
    for lines in [1, 2, 5, 11, 17] {
        let folder = tempfile::tempdir().expect("a folder");
        configure(folder.path(), &server, 3, STATE);
        let mut has = BTreeMap::new();
        for round in 0..6 {
            let goes_on = round == 1;
            let mut child = if goes_on { program(folder.path(), "run") } else { afresh(folder.path()) }.start();
            let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
            let mut text = String::new();
            let read = (0..lines).map(|_| output.read_line(&mut text).expect("text")).take_while(|read| *read > 0);
            let is_over = read.count() < lines;
            // SIGKILL on Unix: nothing is flushed, closed or rolled back.
            child.kill().expect("killed");
            output.read_to_string(&mut text).expect("text");
            child.wait().expect("gone");
            consume(&text, &mut has);
            kills += usize::from(!is_over);
        }
        let Output { code, stdout, stderr } = program(folder.path(), "run").run();
        assert_eq!(code, 0, "{stderr}");
        consume(&stdout, &mut has);
        check(folder.path(), &has);
    }
    assert!(kills >= 20, "{kills} kills");
}

#[test]
fn killed_at_its_requests() {
    let folder = tempfile::tempdir().expect("a folder");
    let left = Arc::new(AtomicUsize::new(usize::MAX));
    let (reached, arrivals) = mpsc::channel();
    let (died, dead) = mpsc::channel();
    let dead = Mutex::new(dead);
    let countdown = Arc::clone(&left);
    let server = Server::handmade(move |asked| {
        if countdown.fetch_sub(1, Ordering::SeqCst) == 0 {
            // No answer comes before the program is dead.
            let _ = reached.send(());
            let _ = dead.lock().expect("one thread asks").recv();
            return None;
        }
        token(asked)
    });
    configure(folder.path(), &server, 3, STATE);
    let mut has = BTreeMap::new();
    let mut kills = 0;
    for requests in [0, 1, 2, 4, 7, 10, 13, 16, 18, 20] {
        left.store(requests, Ordering::SeqCst);
        let mut child = afresh(folder.path()).start();
        let mut output = child.stdout.take().expect("a pipe");
        let reader = std::thread::spawn(move || {
            let mut text = String::new();
            output.read_to_string(&mut text).expect("text");
            text
        });
        let arrived = arrivals.recv_timeout(Duration::from_secs(60));
        assert!(arrived.is_ok(), "only {:?} were asked, not {requests}", server.asked());
        child.kill().expect("killed");
        child.wait().expect("gone");
        died.send(()).expect("the server lives");
        consume(&reader.join().expect("read"), &mut has);
        kills += 1;
        let path = folder.path().join("inventory.db");
        sound(&path);
    }
    left.store(usize::MAX, Ordering::SeqCst);
    let Output { code, stdout, stderr } = program(folder.path(), "run").run();
    assert_eq!(code, 0, "{stderr}");
    consume(&stdout, &mut has);
    check(folder.path(), &has);
    assert_eq!(kills, 10);
}
