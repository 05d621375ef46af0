//! The only room that knows WIT and WASI: exports of the contract, imports of the outside.

mod console;
mod exports;
mod metadata;
mod outside;
mod transport;

/// Types of the contract, generated from `wit/`.
mod bindings {
    #![allow(missing_docs, unreachable_pub, reason = "generated code")]
    wit_bindgen::generate!({ path: "wit", world: "asset-source" });
    use super::exports::Component;
    export!(Component);
}

use console::Console;

use crate::commands::run_once;

struct Command;

impl wasi::exports::cli::run::Guest for Command {
    fn run() -> Result<(), ()> {
        let arguments = console::arguments();
        // A configuration that is missing or does not hold is reported by the run.
        let config = run_once::config_text(&arguments, &console::variable).unwrap_or_default();
        let complete = run_once::run(
            outside::collaborators(&config),
            run_once::Surroundings {
                arguments,
                variable: &console::variable,
                sleep: &mut |millis| std::thread::sleep(std::time::Duration::from_millis(millis)),
                events: &mut Console::output(),
                log: &mut Console::error(),
            },
        );
        if complete { Ok(()) } else { Err(()) }
    }
}

wasi::cli::command::export!(Command);
