#!/usr/bin/env bash
# Tries what README promises on a machine that has never seen PayFlow: clones this checkout into an empty folder, with an empty
# HOME and no caches, and runs both of its commands there. `cargo` builds the smallest crate in place of the whole.
#
#   scripts/first-minute.sh
#
# What is committed is what is tried. Only the Rust toolchain and the PATH are the caller's.
set -euo pipefail

checkout=$(cd "$(dirname "$0")/.." && pwd)
toolchain=${RUSTUP_HOME:-$HOME/.rustup}
cargo=$(command -v cargo) || { echo 'payflow: cargo is not on the PATH' >&2; exit 1; }
place=$(mktemp -d -t payflow-first-minute.XXXXXX)
trap 'rm -rf "$place"' EXIT

git clone --quiet --no-hardlinks "$checkout" "$place/payflow"
mkdir -p "$place/home" "$place/bin"
# Stands in for cargo where the whole would be compiled; anything else is cargo's own.
cat >"$place/bin/cargo" <<END
#!/bin/sh
case "\$1" in
run | build) exec "$cargo" build --locked --package money ;;
test) exec "$cargo" test --locked --package money ;;
*) exec "$cargo" "\$@" ;;
esac
END
chmod +x "$place/bin/cargo"

fresh() {
    echo "payflow: on a new machine: $*" >&2
    (cd "$place/payflow" && env -i HOME="$place/home" PATH="$place/bin:$PATH" RUSTUP_HOME="$toolchain" "$@") </dev/null >"$place/log" 2>&1 || {
        local status=$?
        cat "$place/log" >&2
        echo "payflow: \`$*\` fails in a fresh clone with an empty home (exit code $status)" >&2
        exit 1
    }
}

fresh make run
fresh make test ARGS="--package money"
[ -z "$(git -C "$place/payflow" status --porcelain)" ] || {
    git -C "$place/payflow" status --short >&2
    echo 'payflow: the two commands leave files that git would add' >&2
    exit 1
}
