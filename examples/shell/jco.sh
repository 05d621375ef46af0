#!/bin/sh
# Runs the source as a program in Node, by `jco run`: events to standard output, log lines to standard error.
#
#     (cd ../node && npm ci)
#     DEFENDER_SOURCE_CLIENT_SECRET=… ./jco.sh defender_source.wasm config.json
set -eu
component=$1
config=$2

# The program gets the whole environment of this script, the secret with it.
exec "$(dirname "$0")/../node/node_modules/.bin/jco" run "$component" "$(cat "$config")"
