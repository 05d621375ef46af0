//! What the tenant wrote, on its way to a terminal: nothing of it commands the terminal or deceives who looks at it.

use crate::support::HANDMADE;
use crate::support::program::Program;
use crate::support::terminal::{first_unwanted, on_terminal, unwanted};
use std::path::Path;

/// The hand-made tenant, with such characters in the name of a device.
fn odd_tenant(folder: &Path) {
    let text = String::from_utf8_lossy(HANDMADE);
    let name = "\\\"computerDnsName\\\":\\\"";
    assert!(text.contains(name), "the recording has devices");
    let odd = text.replace(name, &format!("{name}{}", unwanted()));
    std::fs::write(folder.join("odd.har"), odd).expect("written");
}

const REPLAY: [&str; 6] = [
    "replay",
    "odd.har",
    "--set",
    "datasets.software.strategy=bulk",
    "--set",
    "datasets.vulnerabilities.strategy=bulk",
];

#[test]
fn events_are_as_they_are_in_a_pipe_and_escaped_on_a_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    odd_tenant(folder.path());
    let piped = Program::new().current_dir(folder.path()).args(REPLAY).run();
    assert_eq!(piped.code, 0, "{}", piped.stderr);
    assert!(piped.stdout.contains(&unwanted()), "{}", piped.stdout);
    assert_eq!(first_unwanted(&piped.stderr), None);
    let Some(shown) = on_terminal(folder.path(), &REPLAY) else { return };
    assert_eq!(first_unwanted(&shown), None, "{shown}");
    // The same events: the run is the same each time.
    let values = |text: &str| -> Vec<serde_json::Value> {
        text.lines().filter_map(|line| serde_json::from_str(line.get(line.find('{')?..)?).ok()).collect()
    };
    let (shown, piped) = (values(&shown), values(&piped.stdout));
    assert!(piped.len() > 20);
    // Lines with which the moving line of progress is mixed do not count, and there are few of them.
    let same = piped.iter().filter(|event| shown.contains(event)).count();
    assert!(same + 3 > piped.len(), "{same} of {}", piped.len());
}
