//! The real program on a terminal, which `script` of util-linux pretends to be.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What the program shows on a terminal, both outputs together; nothing, and a word about it, where there is no
/// `script`.
pub fn on_terminal(folder: &Path, args: &[&str]) -> Option<String> {
    typing(folder, args, "")
}

/// The same with somebody there who types.
pub fn typing(folder: &Path, args: &[&str], keys: &str) -> Option<String> {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
    let program = [env!("CARGO_BIN_EXE_source-host")];
    let line: Vec<_> = program.iter().chain(args).map(|word| quoted(word)).collect();
    let script = Command::new("script")
        .args(["--quiet", "--return", "--command", &line.join(" "), "/dev/null"])
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("SHELL", "/bin/sh")
        .env("TERM", "xterm")
        .current_dir(folder)
        .stdin(if keys.is_empty() { Stdio::null() } else { Stdio::piped() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut script) = script else {
        eprintln!("SKIPPED: there is no `script` of util-linux on this machine");
        return None;
    };
    if let Some(mut keyboard) = script.stdin.take() {
        keyboard.write_all(keys.as_bytes()).expect("typed");
    }
    let output = script.wait_with_output().expect("it ends");
    let shown = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{args:?}: {shown}{}", String::from_utf8_lossy(&output.stderr));
    // The terminal ends lines in its own way.
    Some(shown.replace("\r\n", "\n"))
}

/// Characters that command a terminal or deceive who looks at it.
pub const UNWANTED: [char; 16] = [
    '\u{7f}', '\u{80}', '\u{85}', '\u{9b}', '\u{9d}', '\u{61c}', '\u{200b}', '\u{200e}', '\u{200f}', '\u{2028}',
    '\u{2029}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{feff}',
];

/// All of them, each behind a letter.
pub fn unwanted() -> String {
    UNWANTED.iter().flat_map(|c| ['a', *c]).collect()
}

/// The first of them in a text.
pub fn first_unwanted(text: &str) -> Option<char> {
    text.chars().find(|c| UNWANTED.contains(c))
}
