#!/usr/bin/env bash
# Runs fuzz targets one after the other: fuzz.sh SECONDS TARGET...; without a target all of them. Findings go to
# fuzz/artifacts, the corpus to fuzz/corpus (neither is committed), seeds come from fuzz/seeds. It installs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=$1
shift
missing=0
say_missing() {
    printf 'fuzz: %s is missing. Install it with: %s\n' "$1" "$2" >&2
    missing=1
}
command -v rustup >/dev/null || say_missing rustup 'the installer of https://rustup.rs'
cargo +nightly --version >/dev/null 2>&1 || say_missing 'a nightly compiler' 'rustup toolchain install nightly --profile minimal'
cargo fuzz --version >/dev/null 2>&1 || say_missing cargo-fuzz 'cargo install --locked cargo-fuzz'
if [ "$missing" = 1 ]; then
    echo 'fuzz: without them, `make test ARGS="-p fuzz-harness"` runs the same harnesses on random bytes.' >&2
    exit 1
fi

all=$(for file in fuzz/fuzz_targets/*.rs; do basename "$file" .rs; done)
for target in "$@"; do
    if ! grep -qx -- "$target" <<<"$all"; then
        printf 'fuzz: there is no target %s; there are: %s\n' "$target" "$(tr '\n' ' ' <<<"$all")" >&2
        exit 2
    fi
done
[ $# -gt 0 ] || set -- $all

# What is fuzzed is built of the crates that are shipped; cargo adds libFuzzer to this copy.
[ -e fuzz/Cargo.lock ] && [ fuzz/Cargo.lock -nt Cargo.lock ] || cp Cargo.lock fuzz/Cargo.lock
# Beside the other builds: another compiler and other flags.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}-fuzz"

for target in "$@"; do
    printf '\nfuzz: %s for %s s\n' "$target" "$seconds"
    mkdir -p "fuzz/corpus/$target"
    # Safe Rust needs no sanitizer of addresses; without one it is several times as fast. Overflow checks are on.
    cargo +nightly fuzz run --fuzz-dir fuzz --sanitizer none "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
        -max_total_time="$seconds" -timeout=60 -max_len=1024 -len_control=0 -print_final_stats=1
done
