//! The program; everything is in the library.

#[cfg(not(target_family = "wasm"))]
fn main() -> std::process::ExitCode {
    source_host::cli::main()
}

#[cfg(target_family = "wasm")]
fn main() {}
