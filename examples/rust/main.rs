//! Runs the source in a program of your own, on wasmtime alone: events to standard output, messages to standard error.
//!
//!     DEFENDER_CLIENT_SECRET=… cargo run -p source-host --example embed -- defender_source.wasm config.json checkpoint.txt

use contract::pipeline::source::types::{Completeness, Limits, Secret, Step};
use std::{env, fs, io::Write, process::ExitCode, thread, time::Duration};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Result, Store, StoreLimits, StoreLimitsBuilder, format_err};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView, default_hooks};

mod contract {
    wasmtime::component::bindgen!({ path: "../wit", world: "asset-source" });
}

struct State {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    table: ResourceTable,
    limits: StoreLimits,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    // Hooks of your own decide here which requests may leave; these let all of them pass.
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: default_hooks() }
    }
}

/// A position is replaced as a whole or not at all.
fn store_position(file: &str, position: &str) -> std::io::Result<()> {
    fs::write(format!("{file}.new"), position)?;
    fs::rename(format!("{file}.new"), file)
}

fn run(component: &str, config: &str, checkpoint: &str) -> Result<bool> {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_sync(&mut linker)?;
    let limits = StoreLimitsBuilder::new().memory_size(64 << 20).build();
    let (wasi, http) = (WasiCtx::builder().build(), WasiHttpCtx::new());
    let mut store = Store::new(&engine, State { wasi, http, table: ResourceTable::new(), limits });
    store.limiter(|state| &mut state.limits);
    let component = Component::from_file(&engine, component)?;
    let world = contract::AssetSource::instantiate(&mut store, &component, &linker)?;

    let source = world.pipeline_source_source().session();
    let secret = Secret { name: "client_secret".into(), value: env::var("DEFENDER_CLIENT_SECRET")? };
    let (config, position) = (fs::read_to_string(config)?, fs::read_to_string(checkpoint).ok());
    let session = source.call_open(&mut store, &config, &[secret], position.as_deref())?;
    let session = session.map_err(|error| format_err!("{error:?}"))?;
    loop {
        let limits = Limits { max_events: 1000, max_bytes: 1 << 20 };
        match source.call_next(&mut store, session, limits)?.map_err(|error| format_err!("{error:?}"))? {
            Step::Batch(batch) => {
                let lines: String = batch.events.iter().map(|event| format!("{}\n", event.document)).collect();
                std::io::stdout().write_all(lines.as_bytes())?;
                store_position(checkpoint, &batch.checkpoint)?; // only now: the events are out
            }
            Step::Wait(wait) => thread::sleep(Duration::from_millis(wait.millis)),
            Step::Finished(receipt) => {
                store_position(checkpoint, &receipt.checkpoint)?;
                let failed = [Completeness::Partial, Completeness::Forbidden, Completeness::Skipped];
                return Ok(!receipt.datasets.iter().any(|dataset| failed.contains(&dataset.completeness)));
            }
        }
    }
}

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [component, config, checkpoint] = &arguments[..] else { return Err(format_err!("three files are needed")) };
    Ok(if run(component, config, checkpoint)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
