//! The only room that knows WIT and WASI: exports of the contract, imports of the outside.

mod exports;
mod outside;
mod transport;

/// Types of the contract, generated from `wit/`.
mod bindings {
    #![allow(missing_docs, unreachable_pub, reason = "generated code")]
    wit_bindgen::generate!({ path: "wit", world: "asset-source" });
    use super::exports::Component;
    export!(Component);
}

struct Command;

impl wasi::exports::cli::run::Guest for Command {
    fn run() -> Result<(), ()> {
        let mut events = std::io::BufWriter::with_capacity(64 << 10, std::io::stdout());
        let complete = crate::command::run(
            outside::collaborators(None),
            crate::command::Surroundings {
                arguments: std::env::args().skip(1).collect(),
                variable: &|name| std::env::var(name).ok(),
                sleep: &mut |millis| std::thread::sleep(std::time::Duration::from_millis(millis)),
                events: &mut events,
                log: &mut std::io::stderr(),
            },
        );
        if complete { Ok(()) } else { Err(()) }
    }
}

wasi::cli::command::export!(Command);
