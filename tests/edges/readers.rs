//! Readers of the standard output that die, or do not read: what they did not read comes again.

use crate::scene::{STATES, Scene, ended, nothing_lost, read};
use crate::support::program::Output;
use std::process::Command;

/// Runs to its end with a reader that takes everything.
fn rest(scene: &Scene) -> String {
    let Output { code, stdout, stderr } = scene.program("run").run();
    assert_eq!(code, 0, "{stderr}");
    stdout
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_reader_left_in_the_pipe_comes_again() {
    for state in STATES {
        for bytes in [0, 1, 700, 4096, 9_000, 20_000] {
            let scene = Scene::new(state);
            let mut first = scene.program("run").watched();
            let mut pipe = first.stdout.take().expect("a pipe");
            let mut delivered = read(&mut pipe, bytes);
            drop(pipe);
            let Output { code, stderr, .. } = ended(first);
            assert_eq!(code, 1, "{stderr}");
            assert!(stderr.contains("went away before it had read everything: at least "), "{stderr}");
            assert!(stderr.contains("whose events come again with the next run"), "{stderr}");
            // The half line at the end of what was read is none.
            delivered.truncate(delivered.rfind('\n').map_or(0, |end| end + 1));
            delivered.push_str(&rest(&scene));
            nothing_lost(&delivered, state);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn one_interrupt_ends_a_run_behind_a_reader_that_does_not_read() {
    for state in STATES {
        let scene = Scene::new(state);
        let mut first = scene.program("run").watched();
        let mut pipe = first.stdout.take().expect("a pipe");
        // It has begun to write, and has nothing to do but to wait.
        assert_eq!(read(&mut pipe, 1).len(), 1);
        let sent = Command::new("/bin/sh").args(["-c", &format!("kill -INT {}", first.id())]).status();
        assert!(sent.expect("a shell").success());
        let Output { code, stderr, .. } = ended(first);
        assert_eq!(code, 1, "{stderr}");
        assert!(stderr.contains("does not read: at least"), "{stderr}");
        // Whatever is in the pipe was not read.
        drop(pipe);
        nothing_lost(&rest(&scene), state);
    }
}
