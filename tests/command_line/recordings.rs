//! Recordings that are more than they seem: the memory that they take has a bound, which can be raised.

use crate::support::program::{Output, Program};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::path::Path;

const MIB: usize = 1024 * 1024;

/// A compressed body of so many MiB, as one recorder writes it.
fn inflating(mebibytes: usize) -> String {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..mebibytes {
        packer.write_all(&vec![b' '; MIB]).expect("in memory");
    }
    let chunks = [STANDARD.encode(packer.finish().expect("in memory"))];
    serde_json::to_string(&chunks).expect("texts")
}

/// So many entries with that body.
fn recording(folder: &Path, entries: usize, encoding: &str, text: &str) -> u64 {
    let entry = serde_json::json!({
        "request": { "method": "GET", "url": "https://api.security.microsoft.com/api/machines" },
        "response": {
            "status": 200,
            "headers": [{ "name": "content-encoding", "value": "gzip" }],
            "content": { "encoding": encoding, "text": text },
        },
    });
    let text = serde_json::json!({ "log": { "entries": vec![entry; entries] } }).to_string();
    std::fs::write(folder.join("x.har"), &text).expect("written");
    text.len() as u64
}

fn replay(folder: &Path, args: &[&str]) -> Program {
    Program::new().current_dir(folder).args(["replay", "x.har"]).args(args)
}

fn refused(output: &Output, parts: &[&str]) {
    assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{}", output.stderr);
    assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
    for part in parts {
        assert!(output.stderr.contains(part), "{part}: {}", output.stderr);
    }
}

#[test]
fn bodies_that_inflate_are_refused_before_they_are_held() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = recording(folder.path(), 100, "base64", &inflating(16));
    assert!(bytes < 4 * MIB as u64, "{bytes}");
    let parts = ["error: x.har entry 31: its decoded body", " 536870912 bytes of memory", "--max-recording-bytes"];
    refused(&replay(folder.path(), &[]).run(), &parts);
    let parts = ["error: x.har entry 2: its decoded body", " 40000000 bytes of memory", "--max-recording-bytes"];
    let small = ["--max-recording-bytes", "40000000"];
    refused(&replay(folder.path(), &small).run(), &parts);
    // What the program takes by itself, and hardly more than the bound on top of it.
    #[cfg(target_os = "linux")]
    refused(&replay(folder.path(), &small).address_space(400_000).run(), &parts);
    let kit = Program::new().current_dir(folder.path()).args(["conformance", "--recordings", "x.har"]);
    refused(&kit.args(small).run(), &parts);
}

#[test]
fn entries_that_are_larger_in_memory_than_in_the_file_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    recording(folder.path(), 20_000, "", "");
    refused(
        &replay(folder.path(), &["--max-recording-bytes", "10000000"]).run(),
        &["its address and headers", " 10000000 bytes of memory", "--max-recording-bytes"],
    );
}

#[cfg(unix)]
#[test]
fn a_recording_without_an_end_is_refused() {
    let output = Program::new().args(["replay", "/dev/zero", "--max-recording-bytes", "1000000"]).run();
    refused(&output, &["/dev/zero does not fit into the 1000000 bytes", "--max-recording-bytes"]);
}

#[test]
fn a_bound_that_is_raised_lets_them_pass() {
    let folder = tempfile::tempdir().expect("a folder");
    recording(folder.path(), 3, "base64", &inflating(1));
    refused(&replay(folder.path(), &["--max-recording-bytes", "3000000"]).run(), &["entry 2", "3000000"]);
    // They hold no sign-in, which is said once they were read.
    let output = replay(folder.path(), &["--max-recording-bytes", "4000000"]).run();
    refused(&output, &["no token request"]);
}
