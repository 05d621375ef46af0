#!/usr/bin/env bash
# flate2 1.1.10 (crates.io): its reader of several gzip members takes zeros behind the last one for one more member and
# fails, after it gave all of the text. gzip and Python's `gzip` pass over the zeros, which tapes and block devices append.
#
# Seen, for one member and 512 zeros:
#   gzip: 5 bytes, exit 0
#   Python: 5 bytes
#   flate2 MultiGzDecoder: 5 bytes, then InvalidInput
#
# Exits 0 if it is so, 1 if that changed. Needs cargo, gzip and python3; everything else is made in a temporary folder.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -c 'import gzip, sys; sys.stdout.buffer.write(gzip.compress(b"text\n") + bytes(512))' > padded.gz
gzip_says=$(gzip -dc < padded.gz | wc -c)
python_says=$(python3 -c 'import gzip; print(len(gzip.open("padded.gz").read()))')
cargo init --quiet --name shown --vcs none .
cargo add --quiet flate2@=1.1.10
cat > src/main.rs <<'RUST'
use std::io::Read;

fn main() {
    let mut decoder = flate2::read::MultiGzDecoder::new(std::fs::File::open("padded.gz").unwrap());
    let mut text = Vec::new();
    let end = decoder.read_to_end(&mut text).map_err(|error| error.kind());
    println!("{} bytes, then {end:?}", text.len());
}
RUST
flate2_says=$(cargo run --quiet)
echo "gzip: $gzip_says bytes"
echo "Python: $python_says bytes"
echo "flate2 MultiGzDecoder: $flate2_says"
test "$gzip_says" = 5
test "$python_says" = 5
case "$flate2_says" in "5 bytes, then Err(InvalidInput)") ;; *) exit 1 ;; esac
