//! The promises.

use super::checks;
use super::needs::Needs;
use super::promise::Promise;

macro_rules! promises {
    ($count:literal: $($name:literal, $item:literal, $needs:ident, $check:ident, $text:literal;)*) => {
        /// All promises, in the order in which they are judged. The last ones are about everything that was heard
        /// while the others were judged.
        pub const PROMISES: [Promise; $count] = [$(
            Promise {
                name: $name,
                item: $item,
                text: $text,
                needs: Needs::$needs,
                judge: |lab| Box::pin(checks::$check::judge(lab)),
            },
        )*];
    };
}

promises! { 27:
    "imports", "asset-source", Imports, imports,
        "Imports nothing but WASI 0.2: clocks, random numbers, standard streams, outgoing HTTP.";
    "descriptor", "descriptor", Component, descriptor,
        "Says what it is: name, SemVer version, datasets with distinct names that refer to each other only.";
    "config-schema", "descriptor.config-schema", Component, config_schema,
        "Publishes a JSON Schema (draft 2020-12) that accepts the configuration it runs with.";
    "endpoints", "endpoint", Component, endpoints,
        "Publishes well-formed requests to named hosts, and none whose method writes.";
    "secret-names", "session.open", Config, secret_names,
        "Names its secrets, and refuses others before any network call.";
    "config-errors", "error.invalid-config", Config, config_errors,
        "Refuses a configuration that its schema refuses, with invalid-config and before any network call.";
    "plan", "plan", Config, plan,
        "Plans without secrets and without a request, for datasets and strategies that it publishes.";
    "plan-counts", "plan", Traffic, plan_counts,
        "Plans with secrets too: sends no read twice, waits for nothing, and says what it could not count.";
    "check", "check", Traffic, check,
        "Tests the connection with at most one read for each dataset, emits no events, and says what to do.";
    "finishes", "step.finished", Traffic, finishes,
        "Ends a run with a receipt, and returns the same receipt when it is called again.";
    "batch-limits", "limits", Traffic, batch_limits,
        "Keeps to max-events and max-bytes, zero taken as one; a longer event travels alone; none is lost.";
    "checkpoint-moves", "batch.checkpoint", Traffic, checkpoint_moves,
        "Moves the checkpoint: a page with nothing to report has another one than the page before.";
    "checkpoint-size", "batch.checkpoint", Traffic, checkpoint_size,
        "Keeps checkpoints within 64 KiB and never empty.";
    "resume", "session.open", Traffic, resume,
        "Continues from any checkpoint without a gap: same keys, same hashes, nothing missing.";
    "checkpoint-refused", "error.invalid-checkpoint", Traffic, checkpoint_refused,
        "Refuses a foreign checkpoint, and one in which anything changed, before any network call.";
    "next-run", "receipt.checkpoint", Traffic, next_run,
        "Starts the next run from the checkpoint of the receipt.";
    "cancel", "session", Traffic, cancel,
        "Stops when the session is dropped: no further request, no open answer; a new session works.";
    "documents", "event.document", Traffic, documents,
        "Writes each document as one line of JSON that says what the typed fields say.";
    "events", "event", Traffic, events,
        "Fills typed fields as defined: published kinds, RFC 3339 times in UTC, hashes of 256 bits in lower case.";
    "order", "event.document", Traffic, order,
        "Numbers the events of a run: numbers grow, and none names two events, wherever a host is killed.";
    "snapshots", "operation", Traffic, snapshots,
        "Ends a snapshot only after every page was read: an outage leaves it open and the receipt says so.";
    "receipt", "receipt", Traffic, receipt,
        "Accounts for every record, event and request of a run, and marks every event with the run.";
    "waits", "wait", Traffic, waits,
        "Returns waits instead of sleeping; called early, it makes no request and returns the rest.";
    "replay", "event.content-hash", Traffic, replay,
        "Makes the same keys, hashes and bodies of the same answers.";
    "errors", "failure", Config, errors,
        "Fails with the case that fits and with a message and a remedy of one line each.";
    "egress", "endpoint", Traffic, egress,
        "Makes only requests that it publishes, and only such that read or sign in.";
    "no-secrets", "secret", Config, no_secrets,
        "Keeps secrets and tokens out of everything that it returns, logs or asks for.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn promises_have_distinct_names_of_one_style() {
        let names: HashSet<&str> = PROMISES.iter().map(|promise| promise.name).collect();
        assert_eq!(names.len(), PROMISES.len());
        for promise in &PROMISES {
            assert!(promise.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{promise:?}");
            assert!(promise.text.ends_with('.'), "{promise:?}");
        }
    }
}
