//! A second start while the first one runs: it is refused in words, and touches nothing.

use crate::scene::{SINK, STATES, Scene, nothing_lost};
use crate::support::program::Output;
use std::collections::BTreeMap;
use std::os::unix::fs::symlink;

/// Every file of a folder with its content.
fn files(scene: &Scene) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(scene.folder.path()).expect("a folder").flatten();
    let file = |entry: std::fs::DirEntry| {
        let name = entry.file_name().into_string().expect("text");
        // The index of the write-ahead log is no content: whoever looks may write to it.
        (!name.ends_with("-shm")).then(|| (name, std::fs::read(entry.path()).unwrap_or_default()))
    };
    entries.filter_map(file).collect()
}

fn refused(output: Output, process: u32, what: &str) {
    let Output { code, stdout, stderr } = output;
    let says = format!("is in use by process {process}; wait for that run to end, or stop it");
    assert!(code == 2 && stderr.contains(&says) && stdout.is_empty(), "{what}: {code} {stderr}");
}

#[test]
fn a_second_start_touches_nothing_whatever_the_paths_are_called() {
    for state in STATES {
        let scene = Scene::new(&format!("{state}{SINK}"));
        let name = if state.contains("inventory") { "inventory.db" } else { "state.json" };
        let held = scene.held();
        scene.at_rest(state, if state.contains("inventory") { "inventory.db-wal" } else { name });
        std::fs::create_dir(scene.path("sub")).expect("made");
        symlink(name, scene.path("state link")).expect("made");
        symlink("events.ndjson", scene.path("sink link")).expect("made");
        std::fs::hard_link(scene.path("events.ndjson"), scene.path("sink name")).expect("made");
        let away = |state: &str| state.replace("path = ", "path = \"").replace("\"\"", "\"");
        let at = |state_path: &str, sink: &str| {
            format!("{}[sink]\npath = \"{sink}\"\n", away(state).replace(name, state_path))
        };
        // As the first run leaves its sink in the middle of a write.
        let whole = scene.text("events.ndjson");
        assert!(whole.lines().count() > 10, "the first run has delivered");
        std::fs::write(scene.path("events.ndjson"), format!("{whole}{{\"schema\":\"s/1\",\"ke")).expect("written");
        for (state_path, sink) in [
            (name, "events.ndjson"),
            (&*format!("./sub/../{name}"), "other.ndjson"),
            ("state link", "other.ndjson"),
            ("other", "events.ndjson"),
            ("other", "sub/../events.ndjson"),
            ("other", "sink link"),
            ("other", "sink name"),
        ] {
            scene.configure("second.toml", &at(state_path, sink));
            for more in [&[][..], &["--reset-state"], &["--once"]] {
                let (before, asked) = (files(&scene), scene.server.asked().len());
                let output = scene.with("run", "second.toml").args(more).run();
                refused(output, held.process(), &format!("{state_path} {sink} {more:?}"));
                let after = files(&scene);
                let changed = after.iter().filter(|(name, content)| before.get(*name) != Some(*content));
                let changed: Vec<_> = changed.map(|(name, _)| &**name).filter(|name| *name != "other.lock").collect();
                assert!(changed.is_empty(), "{state_path} {sink} {more:?}: {changed:?}");
                assert!(before.keys().all(|name| after.contains_key(name)), "{state_path} {sink} {more:?}");
                assert_eq!(scene.server.asked().len(), asked, "{state_path} {sink}");
            }
        }
        let output = scene.with("record", "second.toml").args(["--out", "tape"]).run();
        refused(output, held.process(), "a recording writes to the sink too");
        let output = scene.program("replay").args(["--out", "events.ndjson", "none.har"]).run();
        assert_eq!(output.code, 2, "{}", output.stderr);
        if cfg!(target_os = "linux") {
            scene.configure("third.toml", "[state]\npath = \"other\"\n");
            let output = scene.with("run", "third.toml").redirected(">>events.ndjson").run();
            refused(output, held.process(), "the sink as the standard output");
        }
        std::fs::write(scene.path("events.ndjson"), whole).expect("written");
        let Output { code, stderr, .. } = held.release();
        assert_eq!(code, 0, "{stderr}");
        nothing_lost(&scene.text("events.ndjson"), state);
    }
}

#[test]
fn starts_without_a_pause_while_the_first_one_runs_lose_nothing() {
    for state in STATES {
        let scene = Scene::new(&format!("{state}{SINK}"));
        let held = scene.held();
        let start = || scene.program("run").run();
        for _ in 0..5 {
            refused(start(), held.process(), state);
        }
        let mut first = held.open();
        while first.try_wait().expect("it can be asked").is_none() {
            let Output { code, stderr, .. } = start();
            // One that comes at its very end runs after it.
            assert!(code == 0 || code == 2 && stderr.contains("is in use by process"), "{code} {stderr}");
        }
        let Output { code, stderr, .. } = crate::scene::ended(first);
        assert_eq!(code, 0, "{stderr}");
        nothing_lost(&scene.text("events.ndjson"), state);
    }
}

#[test]
fn a_lock_falls_with_its_process() {
    for state in STATES {
        let scene = Scene::new(&format!("{state}{SINK}"));
        scene.held().kill();
        let name = if state.contains("inventory") { "inventory.db.lock" } else { "state.json.lock" };
        assert!(scene.path(name).exists(), "what stays behind is a file");
        let Output { code, stderr, .. } = scene.program("run").run();
        assert_eq!(code, 0, "{stderr}");
        nothing_lost(&scene.text("events.ndjson"), state);
    }
}

#[test]
fn two_first_starts_at_once_are_one_run_and_one_refusal() {
    let scene = Scene::new(&format!("{}{SINK}", STATES[1]));
    for round in 0..4 {
        for name in ["inventory.db", "inventory.db-wal", "inventory.db-shm", "events.ndjson"] {
            let _ = std::fs::remove_file(scene.path(name));
        }
        let start = || scene.program("run").args(["--datasets", "devices"]).watched();
        let children = [start(), start(), start()];
        let outputs = children.map(crate::scene::ended);
        let ran = outputs.iter().filter(|output| output.code == 0).count();
        for Output { code, stderr, .. } in &outputs {
            assert!(*code == 0 || *code == 2 && stderr.contains("is in use by"), "round {round}: {code} {stderr}");
        }
        assert!(ran >= 1, "round {round}");
    }
}
