//! Sinks that are something else, or become it during a run.

use crate::scene::{SINK, STATES, Scene, identities, nothing_lost};
use crate::support::program::Output;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

#[test]
fn what_is_no_file_of_events_is_refused_and_kept() {
    let foreign = "{\"precious\":\"document\"}";
    let pretty = "{\n  \"precious\": 1\n}\n";
    for state in STATES {
        let scene = Scene::new(state);
        std::fs::write(scene.path("secret.txt"), "hush").expect("written");
        std::fs::write(scene.path("foreign.json"), foreign).expect("written");
        std::fs::write(scene.path("pretty.json"), pretty).expect("written");
        std::fs::write(scene.path("notes.txt"), "a letter").expect("written");
        std::fs::create_dir(scene.path("folder")).expect("made");
        let name = if state.contains("inventory") { "inventory.db" } else { "state.json" };
        assert_eq!(scene.program("run").args(["--datasets", "devices"]).run().code, 0);
        std::os::unix::fs::symlink(name, scene.path("link")).expect("made");
        let lock = format!("{name}.lock");
        let mut cases = vec![
            (name.to_owned(), "it is the "),
            ("link".to_owned(), "it is the "),
            (format!("./{name}"), "it is the "),
            (lock, "it is the lock of the "),
            ("d.toml".to_owned(), "it is the configuration"),
            ("./folder/../d.toml".to_owned(), "it is the configuration"),
            ("secret.txt".to_owned(), "it is the file of the secret client_secret"),
            ("foreign.json".to_owned(), "it was not touched"),
            ("pretty.json".to_owned(), "it was not touched"),
            ("notes.txt".to_owned(), "it was not touched"),
            ("folder".to_owned(), "it is a folder"),
        ];
        if name == "inventory.db" {
            cases.extend(["-wal", "-shm"].map(|end| (format!("{name}{end}"), "it is a part of the inventory")));
        }
        let asked = scene.server.asked().len();
        for (sink, words) in cases {
            scene.configure("d.toml", &format!("{state}[sink]\npath = \"{sink}\"\n"));
            let text = scene.text("d.toml").replace("{ env = \"SAMPLE_SECRET\" }", "{ file = \"secret.txt\" }");
            std::fs::write(scene.path("d.toml"), text).expect("written");
            let before = std::fs::read(scene.path(&sink)).ok();
            for verb in ["validate", "run"] {
                let Output { code, stderr, .. } = scene.with(verb, "d.toml").run();
                assert!(code == 2 && stderr.contains(words), "{verb} {sink}: {code} {stderr}");
                assert!(stderr.contains(" cannot be the sink: ") && !stderr.contains("hush"), "{stderr}");
                assert_eq!(std::fs::read(scene.path(&sink)).ok(), before, "{verb} {sink}");
            }
        }
        assert_eq!(scene.server.asked().len(), asked, "nobody was asked");
    }
}

#[test]
fn a_state_that_is_another_file_is_refused() {
    for (path, words) in [("c.toml", "the configuration"), ("secret.txt", "the file of the secret")] {
        let scene = Scene::new(&format!("[state]\npath = \"{path}\"\n"));
        let text = scene.text("c.toml").replace("{ env = \"SAMPLE_SECRET\" }", "{ file = \"secret.txt\" }");
        std::fs::write(scene.path("c.toml"), text).expect("written");
        std::fs::write(scene.path("secret.txt"), "hush").expect("written");
        let before = scene.text(path);
        for verb in [&["validate"][..], &["run"], &["run", "--reset-state"]] {
            let Output { code, stderr, .. } = scene.program(verb[0]).args(&verb[1..]).run();
            assert!(code == 2 && stderr.contains(words) && stderr.contains("state.path"), "{code} {stderr}");
            assert_eq!(scene.text(path), before);
        }
    }
}

#[test]
fn a_sink_that_is_moved_deleted_or_shortened_during_a_run_is_noticed() {
    for state in STATES {
        for (how, words) in [
            ("mv events.ndjson moved", "was deleted or moved away"),
            ("rm events.ndjson", "was deleted or moved away"),
            ("mv events.ndjson moved; : >events.ndjson", "another file put in its place"),
            ("cp events.ndjson moved; mv moved events.ndjson", "another file put in its place"),
        ] {
            let scene = Scene::new(&format!("{state}{SINK}"));
            let held = scene.held();
            let early = scene.text("events.ndjson");
            let done = Command::new("/bin/sh").current_dir(scene.folder.path()).args(["-c", how]).status();
            assert!(done.expect("a shell").success());
            let Output { code, stderr, .. } = held.release();
            assert!(code == 1 && stderr.contains(words), "{how}: {code} {stderr}");
            assert!(stderr.contains("events come again with the next run"), "{stderr}");
            let Output { code, stderr, .. } = scene.program("run").run();
            assert_eq!(code, 0, "{how}: {stderr}");
            // What was there before is the business of who took it away. All that came later is in its place.
            nothing_lost(&format!("{early}{}", scene.text("events.ndjson")), state);
        }
    }
}

#[test]
fn named_pipes_and_devices_work_or_say_why_not() {
    let scene = Scene::new(&format!("{}[sink]\npath = \"fifo\"\n", STATES[0]));
    let made = Command::new("mkfifo").arg(scene.path("fifo")).status();
    assert!(made.expect("coreutils").success());
    let Output { code, stderr, .. } = scene.program("run").run();
    assert!(code == 2 && stderr.contains("named pipe that nobody reads; start its reader first"), "{code} {stderr}");
    assert!(scene.server.asked().is_empty());

    let fifo = scene.path("fifo");
    let (opened, is_open) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        // Opening waits for a writer; this one opens it as both, and is not waited for.
        let mut file = std::fs::File::options().read(true).write(true).open(&fifo).expect("it opens");
        let mut end = std::fs::File::open(&fifo).expect("it opens");
        opened.send(()).expect("somebody waits");
        let mut first = [0];
        file.read_exact(&mut first).expect("a writer came");
        drop(file);
        let mut text = String::from_utf8(first.to_vec()).expect("text");
        end.read_to_string(&mut text).expect("text");
        text
    });
    is_open.recv().expect("the reader is there");
    let Output { code, stderr, .. } = scene.program("run").run();
    assert_eq!(code, 0, "{stderr}");
    nothing_lost(&reader.join().expect("it ends with the writer"), STATES[0]);

    scene.configure("c.toml", &format!("{}[sink]\npath = \"/dev/null\"\n", STATES[0]));
    for verb in ["validate", "run"] {
        let Output { code, stderr, .. } = scene.program(verb).run();
        assert_eq!(code, 0, "{verb}: {stderr}");
    }
    assert!(std::fs::metadata("/dev/null").is_ok_and(|about| !about.is_file()));
}

#[test]
fn what_is_made_is_for_its_owner_alone() {
    for state in STATES {
        let scene = Scene::new(&format!("{state}{SINK}"));
        let run = || {
            let Output { code, stderr, .. } = scene.program("run").args(["--datasets", "devices"]).run();
            assert_eq!(code, 0, "{stderr}");
        };
        let mode =
            |name: &str| std::fs::metadata(scene.path(name)).map(|about| about.permissions().mode() & 0o777).ok();
        run();
        let state_file = if state.contains("inventory") { None } else { Some("state.json") };
        let lock = if state.contains("inventory") { "inventory.db.lock" } else { "state.json.lock" };
        for name in ["events.ndjson", lock].into_iter().chain(state_file) {
            assert_eq!(mode(name), Some(0o600), "{name}");
        }
        for name in ["events.ndjson"].into_iter().chain(state_file) {
            std::fs::set_permissions(scene.path(name), std::fs::Permissions::from_mode(0o644)).expect("set");
        }
        run();
        for name in ["events.ndjson"].into_iter().chain(state_file) {
            assert_eq!(mode(name), Some(0o644), "{name}: what is there keeps its mode");
        }
        assert!(!identities(&scene.text("events.ndjson")).is_empty());
    }
}
