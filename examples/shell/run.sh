#!/bin/sh
# Runs the source with the command line of wasmtime: events to standard output, log lines to standard error.
#
#     cargo install --locked wasmtime-cli@48.0.8
#     DEFENDER_SOURCE_CLIENT_SECRET=… ./run.sh defender_source.wasm config.json
set -eu
component=$1
config=$2

# `-S http` gives the component the network; it gets no file and no socket. The secret travels by name, so that it
# appears in no list of processes.
exec wasmtime run -S http -W max-memory-size=67108864 --env DEFENDER_SOURCE_CLIENT_SECRET "$component" "$(cat "$config")"
