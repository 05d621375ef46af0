//! Runs pipeline sources: components of the world `pipeline:source/asset-source`, in a sandbox that gives them a
//! clock, random numbers and exactly the HTTP requests that they publish.
//!
//! # How to embed
//!
//! An engine, a component, a network, and somewhere for events and positions to go:
//!
//! ```no_run
//! use source_host::clock::Clock;
//! use source_host::contract::Secret;
//! use source_host::engine::{Component, Engine, SandboxOptions, Source};
//! use source_host::runner::{self, DEFAULT_LIMITS, Stop, Surroundings};
//! use source_host::sink::Lines;
//! use source_host::store::FileStore;
//! use source_host::transport::{LiveOptions, LiveTransport};
//! use std::sync::Arc;
//!
//! # async fn embed(config: &str, secrets: &[Secret]) -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::new(None)?;
//! let component = Component::embedded(&engine)?;
//! let network = Arc::new(LiveTransport::new(&LiveOptions::default())?);
//! let mut source = Source::start(&component, &SandboxOptions::new(network)).await?;
//!
//! let clock = Clock::real();
//! let about = source.descriptor();
//! let mut store = FileStore::new("state.json".into(), &about.name, &about.version, clock.clone());
//! let checkpoint = store.load()?;
//! let mut session = source.open(config, secrets, checkpoint.as_deref()).await?;
//! let around = Surroundings {
//!     sink: &mut Lines::stdout()?,
//!     store: &mut store,
//!     clock: &clock,
//!     stop: &Stop::never(),
//!     observer: &mut (),
//!     limits: DEFAULT_LIMITS,
//! };
//! let outcome = runner::run(&mut session, around).await?;
//! session.close().await?;
//! eprintln!("{} events", outcome.events);
//! # Ok(())
//! # }
//! ```
//!
//! Another sink is an implementation of [`sink::Sink`], another place for positions one of [`store::Store`], another
//! network one of [`transport::Transport`]: [`replay`] and [`testing`] have some.
//!
//! # Rooms
//!
//! | room | job |
//! |---|---|
//! | [`contract`] | the words of `wit/` as Rust data, and what a source has to keep to |
//! | [`engine`] | compiles, instantiates and calls components under limits; alone in knowing wasmtime |
//! | [`policy`] | lets published requests pass and nothing else |
//! | [`transport`], [`replay`], [`record`] | who answers: the network, a recording, the network on tape |
//! | [`har`] | reads and writes recordings |
//! | [`secrets`] | finds known secrets in every spelling, and takes them out |
//! | [`clock`] | real or virtual time |
//! | [`escape`] | text from elsewhere, made fit to be shown to people |
//! | [`runner`], [`sink`], [`store`] | pull, deliver, make durable, remember |
//! | [`lock`] | one process at a time on a file |
//! | [`inventory`] | remember every asset: deliver only news, and tombstones for what is gone |
//! | [`conformance`] | holds any component to the contract, promise by promise |
//! | [`posture`] | what a run found, in three tables for a person |
//! | [`config`], [`cli`] | the program around it |
//! | [`simulate`] | a source, a double of its service and a host that is killed, on a virtual clock, under an oracle |
//! | [`testing`] | a scripted network and a harness for tests |
#![cfg(not(target_family = "wasm"))]
#![cfg_attr(not(test), deny(unused_crate_dependencies))]
// `eprintln!` panics where the standard error cannot be written to: `cli::tell` does not. Results go through `cli::out`.
#![deny(clippy::print_stderr, clippy::print_stdout)]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "in a test it says what failed"))]

pub mod cli;
pub mod clock;
pub mod config;
pub mod conformance;
pub mod contract;
pub mod engine;
pub mod escape;
pub mod har;
pub mod inventory;
pub mod lock;
pub mod nearest;
pub mod policy;
pub mod posture;
pub mod record;
pub mod registration;
pub mod replay;
pub mod runner;
pub mod simulate;
pub mod sink;
pub mod store;
pub mod testing;
pub mod transport;

pub use known_secrets as secrets;
