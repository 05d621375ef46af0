//! A standard output that nothing can be written to is refused before the first request.

use crate::scene::{SINK, STATES, Scene};
use crate::support::program::{Output, Program};

/// What is wrong with it, and the words for it.
const UNUSABLE: [(&str, &str); 3] = [
    (">&-", "the standard output cannot be the sink: it is closed"),
    ("1<notes", "the standard output cannot be the sink: it is open for reading only"),
    ("1</dev/null", "the standard output cannot be the sink: it is open for reading only"),
];

#[test]
fn a_run_without_an_output_asks_nobody() {
    for (how, words) in UNUSABLE {
        for state in STATES {
            let scene = Scene::new(state);
            std::fs::write(scene.path("notes"), "").expect("written");
            for verb in [&["run"][..], &["record", "--out", "tape"]] {
                let output = scene.program(verb[0]).args(&verb[1..]).redirected(how).run();
                assert!(output.code == 2 && output.stderr.contains(words), "{how}: {} {}", output.code, output.stderr);
            }
            assert!(scene.server.asked().is_empty(), "{how}: {:?}", scene.server.asked());
            let left = [scene.path("state.json"), scene.path("inventory.db"), scene.path("tape")];
            assert!(left.iter().all(|path| !path.exists()), "{how}");
        }
    }
}

#[test]
fn every_verb_with_results_says_so() {
    let scene = Scene::new(STATES[1]);
    std::fs::write(scene.path("notes"), "").expect("written");
    for (how, words) in UNUSABLE {
        for verb in [
            &["describe"][..],
            &["check", "--config", "c.toml"],
            &["plan", "--config", "c.toml"],
            &["plan", "--online", "--config", "c.toml"],
            &["inventory", "export", "--path", "inventory.db"],
            &[],
        ] {
            let program = Program::new().current_dir(scene.folder.path()).env("SAMPLE_SECRET", "x");
            let Output { code, stderr, .. } = program.args(verb).redirected(how).run();
            assert!(code == 2 && stderr.contains(words), "{verb:?} {how}: {code} {stderr}");
        }
    }
    assert!(scene.server.asked().is_empty(), "{:?}", scene.server.asked());
}

#[test]
fn a_sink_in_a_file_needs_no_output() {
    let scene = Scene::new(&format!("{}{SINK}", STATES[0]));
    let output = scene.program("run").args(["--datasets", "devices"]).redirected(">&-").run();
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(scene.text("events.ndjson").contains("snapshot_end"));
    let output = scene.program("validate").redirected(">&-").run();
    assert_eq!(output.code, 0, "{}", output.stderr);
}

#[test]
fn outputs_of_every_other_kind_work() {
    let scene = Scene::new(STATES[0]);
    for (how, expected) in
        [(">out.ndjson", true), (">>out.ndjson", true), (">/dev/null", false), ("| cat >piped", false)]
    {
        let output = scene.program("run").args(["--datasets", "devices"]).redirected(how).run();
        assert_eq!(output.code, 0, "{how}: {}", output.stderr);
        assert_eq!(scene.text("out.ndjson").contains("snapshot_end"), expected || scene.path("out.ndjson").exists());
    }
    assert!(scene.text("piped").contains("snapshot_end"));
    for file in ["c.toml", "state.json"] {
        let before = scene.text(file);
        let output = scene.program("run").redirected(&format!(">>{file}")).run();
        assert!(output.code == 2 && output.stderr.contains("cannot be the sink: it is the "), "{}", output.stderr);
        assert_eq!(scene.text(file), before);
    }
}
