//! The program as people meet it: what it prints where, how it ends, what it says when something is wrong.

mod support;

#[path = "command_line/bad_input.rs"]
mod bad_input;
#[path = "command_line/components.rs"]
mod components;
#[path = "command_line/demo.rs"]
mod demo;
#[path = "command_line/double.rs"]
mod double;
#[path = "command_line/init.rs"]
mod init;
#[path = "command_line/meaning.rs"]
mod meaning;
#[path = "command_line/proxy.rs"]
mod proxy;
#[path = "command_line/recordings.rs"]
mod recordings;
#[path = "command_line/run.rs"]
mod run;
#[path = "command_line/secrets.rs"]
mod secrets;
#[path = "command_line/standard_error.rs"]
mod standard_error;
#[path = "command_line/terminal.rs"]
mod terminal;
#[path = "command_line/wasi_cli_run.rs"]
mod wasi_cli_run;
