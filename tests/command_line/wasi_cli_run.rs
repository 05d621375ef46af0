//! The component as a program of its own: `wasi:cli/run`, in a host that knows nothing but WASI.

use crate::support::service::{MACHINES, asked, handmade_behind, handmade_with};
use crate::support::source::SECRET;
use crate::support::{HANDMADE_TENANT, envelope, schemas};
use bytes::Bytes;
use http_body_util::BodyExt;
use source_host::testing::{FakeTransport, Reply};
use source_host::transport::{DEFAULT_TIMEOUTS, Transport};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::p2::bindings::Command;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView};

struct Host {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    table: ResourceTable,
    network: Network,
}

struct Network {
    answers: FakeTransport,
    /// The longest that the component waits for an answer to begin, of each request.
    patience: Arc<Mutex<Vec<Option<Duration>>>>,
}

type Sent = (http::Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>);

impl WasiHttpHooks for Network {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, Error>> + Send> {
        let network = self.answers.clone();
        self.patience.lock().expect("not poisoned").push(options.and_then(|options| options.first_byte_timeout));
        Box::new(async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let request: http::Request<Bytes> = http::Request::from_parts(head, body);
            let answer = network.send(request, DEFAULT_TIMEOUTS).await.map_err(|_| Error::ConnectionTerminated)?;
            let answer = answer.map(|body| body.map_err(|_| Error::ConnectionTerminated).boxed_unsync());
            let done: Box<dyn Future<Output = Result<(), Error>> + Send> = Box::new(async { Ok(()) });
            Ok((answer, done))
        })
    }
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Host {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.network }
    }
}

struct Ran {
    succeeded: bool,
    stdout: String,
    stderr: String,
    patience: Vec<Option<Duration>>,
}

fn run(network: &FakeTransport, args: &[&str], variables: &[(&str, &str)]) -> Ran {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let engine = Engine::new(&Config::new()).expect("an engine");
        let component = Component::from_binary(&engine, source_host::engine::EMBEDDED).expect("a component");
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).expect("linked");
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker).expect("linked");
        let (stdout, stderr) = (MemoryOutputPipe::new(16 << 20), MemoryOutputPipe::new(1 << 20));
        let mut wasi = WasiCtx::builder();
        wasi.arg("defender-source").args(args).envs(variables).stdout(stdout.clone()).stderr(stderr.clone());
        let patience = Arc::default();
        let host = Host {
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            table: ResourceTable::new(),
            network: Network { answers: network.clone(), patience: Arc::clone(&patience) },
        };
        let mut store = Store::new(&engine, host);
        let command = Command::instantiate_async(&mut store, &component, &linker).await.expect("instantiated");
        let succeeded = command.wasi_cli_run().call_run(&mut store).await.expect("no trap").is_ok();
        drop(store);
        let text = |pipe: MemoryOutputPipe| String::from_utf8(pipe.contents().to_vec()).expect("text");
        let patience = patience.lock().expect("not poisoned").clone();
        Ran { succeeded, stdout: text(stdout), stderr: text(stderr), patience }
    })
}

fn config() -> String {
    format!(
        r#"{{"tenant_id":"{HANDMADE_TENANT}","client_id":"00000000-0000-0000-0000-000000000000",
            "datasets":{{"software":{{"strategy":"bulk"}},"vulnerabilities":{{"strategy":"bulk"}}}}}}"#
    )
}

#[test]
fn a_whole_run_goes_to_standard_output() {
    let secret = ("DEFENDER_SOURCE_CLIENT_SECRET", SECRET);
    let config = config();
    for (args, variables) in
        [(&[config.as_str()][..], &[secret][..]), (&[], &[secret, ("DEFENDER_SOURCE_CONFIG", config.as_str())])]
    {
        let network = handmade_with(|_, reply| reply);
        let Ran { succeeded, stdout, stderr, .. } = run(&network, args, variables);
        assert!(succeeded, "{stderr}");
        let expected = crate::support::complete(crate::support::handmade_run()).sink.events;
        let keys: Vec<String> = stdout.lines().map(|line| envelope(line)["key"].to_string()).collect();
        assert_eq!(
            keys,
            expected.iter().map(|event| format!("\"{}\"", event.key.replace('\\', "\\\\"))).collect::<Vec<_>>()
        );
        schemas::check_all(stdout.lines());
        let accounts: Vec<_> = stderr.lines().map(envelope).collect();
        assert_eq!(accounts.len(), 5, "one line of JSON for each dataset: {stderr}");
        assert!(accounts.iter().all(|line| line["level"] == "info" && line["receipt"]["completeness"] == "complete"));
        assert!(!stdout.contains("cAnArY") && !stderr.contains("cAnArY"));
    }
}

#[test]
fn the_configured_time_out_holds_here_too() {
    let secret = ("DEFENDER_SOURCE_CLIENT_SECRET", SECRET);
    let short = config().replacen('{', r#"{"http":{"timeout_secs":7},"#, 1);
    for (config, seconds) in [(config(), 300), (short, 7)] {
        let Ran { succeeded, stderr, patience, .. } = run(&handmade_with(|_, reply| reply), &[&config], &[secret]);
        assert!(succeeded && patience.len() > 5, "{stderr}");
        assert!(patience.iter().all(|wait| *wait == Some(Duration::from_secs(seconds))), "{patience:?}");
    }
}

#[test]
fn what_is_not_complete_is_a_failure() {
    let network = handmade_behind(FakeTransport::new().on("GET", MACHINES, Reply::status(403)));
    let Ran { succeeded, stdout, stderr, .. } =
        run(&network, &[&config()], &[("DEFENDER_SOURCE_CLIENT_SECRET", SECRET)]);
    assert!(!succeeded);
    assert!(stderr.contains("Machine.Read.All"), "{stderr}");
    assert!(stdout.contains("\"kind\":\"software\"") && !stdout.contains("\"kind\":\"device\""));
    assert!(!stderr.contains("cAnArY"), "{stderr}");
}

#[test]
fn bad_input_is_one_line_of_json() {
    let network = handmade_with(|_, reply| reply);
    let secret = ("DEFENDER_SOURCE_CLIENT_SECRET", SECRET);
    for (args, variables, part) in [
        (&[][..], &[secret][..], "DEFENDER_SOURCE_CONFIG"),
        (&["{"], &[secret], "JSON"),
        (&[r#"{"tenant_id":"t"}"#], &[secret], "client_id"),
        (&[&*config()], &[], "client_secret"),
    ] {
        let Ran { succeeded, stdout, stderr, .. } = run(&network, args, variables);
        assert!(!succeeded && stdout.is_empty(), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        let line = envelope(stderr.trim());
        assert_eq!((line["level"].as_str(), line["cause"].as_str()), (Some("error"), Some("invalid-config")), "{line}");
        assert!(stderr.contains(part) && !stderr.contains("cAnArY"), "{stderr}");
    }
    assert_eq!(asked(&network, "/"), 0);
}
