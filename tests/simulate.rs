//! The source against simulated tenants: some seeds have to pass, the same seed has to give the same bytes
//! everywhere, and an oracle that is given something wrong has to say so.

mod support;

#[path = "simulate/command_line.rs"]
mod command_line;
#[path = "simulate/determinism.rs"]
mod determinism;
#[path = "simulate/mutations/mod.rs"]
mod mutations;
#[path = "simulate/seeds.rs"]
mod seeds;
