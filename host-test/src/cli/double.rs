//! `double`: the double of the services, over HTTP or HTTPS, until it is interrupted.

use super::exit::Exit;
use super::interrupt;
use super::out::{Form, Out, ended};
use super::tell::tell;
use clap::{ArgGroup, Args as ClapArgs};
use defender_double::model::{Shape, Tenant};
use defender_double::period::Period;
use defender_double::scenario::Scenario;
use defender_double::server::{Authority, Options, Server, ServerError};
use defender_double::service::{CLIENT_ID, CLIENT_SECRET, Terms};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug, ClapArgs)]
#[command(group(ArgGroup::new("authority").multiple(true)))]
pub(super) struct Double {
    /// Makes the tenant: the same seed makes the same one.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Devices at the start.
    #[arg(long, value_name = "NUMBER", default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    devices: u32,
    /// Accounts of the directory.
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    users: u32,
    /// Products on a device, on average.
    #[arg(long, value_name = "NUMBER", default_value_t = 12, value_parser = clap::value_parser!(u32).range(0..=1000))]
    software_per_device: u32,
    /// Rows of the vulnerability export for a device, on average.
    #[arg(long, value_name = "NUMBER", default_value_t = 25, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    findings_per_device: u32,
    /// Recommendations to the tenant.
    #[arg(long, value_name = "NUMBER", default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    recommendations: u32,
    /// Day of the tenant's life, counted from 0, at which it stands still; by default it moves with the clock.
    #[arg(long, value_name = "DAY", value_parser = clap::value_parser!(u32).range(0..=100_000))]
    day: Option<u32>,
    /// Prints everything that is true of the tenant as lines of JSON, and ends.
    #[arg(long)]
    truth: bool,
    /// Scenario file: terms of the tenant, and what goes wrong.
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Where to listen; port 0 stands for any free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where to serve the files of exports; by default the next port.
    #[arg(long, value_name = "ADDRESS")]
    listen_files: Option<SocketAddr>,
    /// HTTPS, with an authority that is kept (`--ca`) or made at the start (`--ca-out`).
    #[arg(long, requires = "authority")]
    tls: bool,
    /// File of an authority to keep, certificate and key in PEM; made if it is not there. Without `--tls` the listener is
    /// a proxy to the real host names.
    #[arg(long, value_name = "FILE", group = "authority")]
    ca: Option<PathBuf>,
    /// File for the certificate of the authority alone, PEM, for clients to trust.
    #[arg(long, value_name = "FILE", group = "authority")]
    ca_out: Option<PathBuf>,
}

/// Serves a tenant, or prints what is true of it.
pub(super) async fn run(args: Double) -> Result<(), Exit> {
    let scenario = match &args.scenario {
        Some(file) => Scenario::load(file).map_err(Exit::usage)?,
        None => Scenario::default(),
    };
    let tenant = Arc::new(Tenant::new(Shape {
        seed: args.seed,
        devices: args.devices,
        users: args.users,
        software_per_device: args.software_per_device,
        findings_per_device: args.findings_per_device,
        recommendations: args.recommendations,
    }));
    if args.truth {
        return truth(&tenant, args.day);
    }
    // Loopback is meant to be fast; a scenario may say otherwise.
    let terms = Terms { latency: (Duration::ZERO, Duration::ZERO), ..Terms::default() };
    let options = Options { listen: args.listen, files: args.listen_files, tls: args.tls };
    let authority = authority(&args).map_err(refused)?;
    // Whoever can reach it can also end it.
    let interrupted = interrupt::signal();
    let server = Server::bind_with(options, authority.as_ref(), Arc::clone(&tenant), terms, scenario).await;
    let server = server.map_err(refused)?;
    if let (Some(file), Some(authority)) = (&args.ca_out, server.authority()) {
        std::fs::write(file, authority).map_err(|error| {
            Exit::usage(format!("cannot write {}: {error}; check the path given to --ca-out", file.display()))
        })?;
    }
    let service = Arc::clone(server.service());
    service.set_period(args.day.map(Period::of_day));
    tell(greeting(&args, &server));
    server.run(interrupted).await;
    tell(service.log());
    Ok(())
}

/// The authority that certificates come from, if there are any.
fn authority(args: &Double) -> Result<Option<Authority>, ServerError> {
    match (&args.ca, &args.ca_out) {
        (Some(file), _) => Authority::kept(file).map(Some),
        (None, Some(_)) => Authority::new().map(Some),
        (None, None) => Ok(None),
    }
}

fn refused(error: ServerError) -> Exit {
    match error {
        ServerError::Listen { .. } | ServerError::Authority { .. } => Exit::usage(error),
        ServerError::Certificate(_) => Exit::failed(error),
    }
}

/// Prints the facts of a day, or of now.
fn truth(tenant: &Tenant, day: Option<u32>) -> Result<(), Exit> {
    let now = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let period = day.map_or_else(|| Period::containing(now()), Period::of_day);
    let mut out = Out::new(Form::Json);
    let mut print = || -> Result<(), Exit> {
        for fact in tenant.facts(period) {
            let line = serde_json::to_string(&fact);
            out.line(&line.map_err(|error| Exit::failed(format!("a fact cannot be written as JSON: {error}")))?)?;
        }
        Ok(())
    };
    ended(print().and_then(|()| out.end()))
}

/// What to do with it, in lines that can be copied.
fn greeting(args: &Double, server: &Server) -> String {
    let (origin, files) = (server.origin(), server.files_origin());
    let tenant = server.service().tenant();
    let day = args.day.map_or("moving with the clock".to_owned(), |day| format!("day {day}"));
    let authority = authority_of(origin);
    let ca = args.ca_out.as_ref().or(args.ca.as_ref()).map(|file| file.display().to_string());
    let of_tls = ca.as_ref().filter(|_| args.tls);
    let sandbox = of_tls.map(|file| format!("[sandbox]\nca_file = {file:?}\n")).unwrap_or_default();
    let curl = of_tls.map(|file| format!("curl -s --cacert {file}")).unwrap_or_else(|| "curl -s".into());
    let proxy = match &ca {
        Some(file) if !args.tls => {
            format!("real host names through the proxy {origin}, for clients that trust {file}\n")
        }
        _ => String::new(),
    };
    format!(
        "seed {seed}: {devices} devices, {users} accounts, {day}\n\
         services at {origin}, files of exports at {files}\n\
         {proxy}\
         \n\
         [source.config]\n\
         tenant_id = \"{id}\"\n\
         client_id = \"{CLIENT_ID}\"\n\
         endpoints = {{ login = \"{origin}\", defender = \"{origin}\", graph = \"{origin}\", blob = \"{files}\" }}\n\
         [source.secrets]\n\
         client_secret = {{ env = \"DEFENDER_CLIENT_SECRET\" }}    # export DEFENDER_CLIENT_SECRET={CLIENT_SECRET}\n\
         {sandbox}\
         [sandbox.hosts]\n\
         \"{authority}\" = [\"login.microsoftonline.com\", \"api.security.microsoft.com\", \"graph.microsoft.com\"]\n\
         \"{storage}\" = \"export.blob.core.windows.net\"\n\
         \n\
         {curl} {origin}/{id}/oauth2/v2.0/token -d grant_type=client_credentials -d client_id={CLIENT_ID} \
         -d client_secret={CLIENT_SECRET} -d scope=https://api.securitycenter.microsoft.com/.default\n\
         \n\
         Ctrl-C ends it and prints what was asked.\n",
        seed = args.seed,
        devices = args.devices,
        users = args.users,
        id = tenant.id(),
        storage = authority_of(files),
    )
}

fn authority_of(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, authority)| authority)
}
