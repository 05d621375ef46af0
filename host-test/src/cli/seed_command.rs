//! How to see a seed again.

use super::args::Simulate as Args;

/// The command that simulates one of the seeds again.
pub(super) fn command(args: &Args, seed: u64) -> String {
    let mut command = format!("source-host simulate --seeds {seed}..{seed} --days {}", args.days);
    if let Some(path) = &args.scenario {
        command.push_str(&format!(" --scenario '{}'", path.display()));
    }
    if let Some(devices) = args.devices {
        command.push_str(&format!(" --devices {devices}"));
    }
    if args.strict_quota {
        command.push_str(" --strict-quota");
    }
    command
}
