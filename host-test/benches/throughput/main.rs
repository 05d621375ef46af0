//! What the sandbox costs: a page of 150 MB from bytes to events, in the component and in the same code compiled
//! natively; what our own reader of rows gains over a library; and how long a start takes.
//!
//! `cargo bench -p source-host`. The table at the end is made from the estimates of the same run.

mod component;
mod native;
mod page;
mod reading;
mod rows;
mod summary;

use criterion::{Criterion, SamplingMode, Throughput};
use source_host::engine::{CompiledCache, Component, Engine, SandboxOptions, Source};
use source_host::testing::{self, FakeTransport};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const CONFIG: &str = r#"{"tenant_id":"contoso.example","client_id":"00000000-0000-0000-0000-000000000000","datasets":{
    "devices":{"enabled":false},"device_users":{"enabled":false},"software":{"enabled":false},
    "vulnerabilities":{"strategy":"bulk"},"recommendations":{"enabled":false}}}"#;

fn pages(criterion: &mut Criterion) -> summary::Page {
    let runtime = runtime();
    let component = Component::embedded(testing::engine()).expect("the built-in component loads");
    let chunks = page::chunks();
    let bytes: u64 = chunks.iter().map(|chunk| chunk.len() as u64).sum();
    let sandboxed = runtime.block_on(component::read(&component, CONFIG, &chunks));
    let natively = native::read(CONFIG, &chunks);
    assert_eq!(sandboxed.events, natively.events, "both make the same events");
    assert_eq!(sandboxed.bytes, natively.bytes, "of the same length");

    let mut group = criterion.benchmark_group("page");
    group.sample_size(10).sampling_mode(SamplingMode::Flat).measurement_time(Duration::from_secs(30));
    group.throughput(Throughput::Bytes(bytes));
    group.bench_function("component", |bencher| {
        bencher.iter(|| runtime.block_on(component::read(&component, CONFIG, &chunks)));
    });
    group.bench_function("native", |bencher| bencher.iter(|| native::read(CONFIG, &chunks)));
    group.finish();
    summary::Page { bytes, records: page::ROWS, out_bytes: natively.bytes, peak_memory: sandboxed.peak_memory }
}

fn library(criterion: &mut Criterion) {
    let rows = rows::rows(&page::chunks());
    let bytes: usize = rows.iter().map(String::len).sum();
    assert_eq!((rows::ours(&rows), rows::borrowed(&rows), rows::raw(&rows)), (rows.len(), rows.len(), rows.len()));
    let mut group = criterion.benchmark_group("row");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("ours", |bencher| bencher.iter(|| rows::ours(&rows)));
    group.bench_function("serde_json_borrowed", |bencher| bencher.iter(|| rows::borrowed(&rows)));
    group.bench_function("serde_json_raw", |bencher| bencher.iter(|| rows::raw(&rows)));
    group.finish();
}

fn starts(criterion: &mut Criterion, folder: &Path) {
    let runtime = runtime();
    let engine = || Engine::new(Some(CompiledCache::new(folder.to_owned()))).expect("an engine starts");
    let warm = engine();
    let component = Component::embedded(&warm).expect("the built-in component loads");
    let options = SandboxOptions::new(Arc::new(FakeTransport::new()));

    let mut group = criterion.benchmark_group("start");
    group.bench_function("from_cache", |bencher| {
        bencher.iter(|| Component::embedded(&engine()).expect("the built-in component loads"));
    });
    group.bench_function("instance", |bencher| {
        bencher.iter(|| runtime.block_on(Source::start(&component, &options)).expect("the component starts"));
    });
    group.finish();
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts")
}

fn main() {
    let cache = tempfile::tempdir().expect("a folder can be made");
    let mut criterion = Criterion::default().configure_from_args();
    let page = pages(&mut criterion);
    library(&mut criterion);
    starts(&mut criterion, cache.path());
    criterion.final_summary();
    summary::print(&page);
}
