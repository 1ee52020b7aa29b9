#!/usr/bin/env bash
# Checks that this machine can build PayFlow: Rust of the version that Cargo.toml names, a C compiler and make. Silent when it
# can. What is missing is installed on Debian when we are root; anywhere else it says what to install, and exits with 1.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)

# On macOS /usr/bin/cc exists before there is a compiler, so cc has to answer, not only to be there.
can_compile_c() {
    cc --version >/dev/null 2>&1 && make --version >/dev/null 2>&1
}

if ! can_compile_c; then
    "$here/apt-install.sh" build-essential || true
fi
if ! can_compile_c; then
    cat >&2 <<'END'
payflow: a C compiler (cc) and make are needed: SQLite and the cryptography are built from source.
  Debian, Ubuntu    sudo apt-get install build-essential
  Fedora            sudo dnf install gcc make
  Alpine            apk add build-base
  macOS             xcode-select --install
Then run the same command again.
END
    exit 1
fi

# The Makefile looks there too: terminals older than the installation do not have it on their PATH.
PATH=$PATH:${HOME:-}/.cargo/bin
needed=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$here/../Cargo.toml")
if ! cargo --version >/dev/null 2>&1; then
    cat >&2 <<END
payflow: Rust $needed or newer is needed, and there is no working cargo on the PATH.
Go to rustup.rs and follow its one line of installation (the default choices are right), open a new terminal
so that the PATH is read again, and run the same command again.
END
    exit 1
fi

# "rustc 1.95.0 (59807616e 2026-04-14)". In the repository, where rustup may be told to use another one.
found=$(cd "$here" && rustc --version 2>/dev/null | cut -d ' ' -f 2) || true
IFS=. read -r major minor _ <<<"${found:-0.0}"
IFS=. read -r least_major least_minor _ <<<"$needed"
if ((major < least_major || (major == least_major && minor < least_minor))); then
    cat >&2 <<END
payflow: Rust $needed or newer is needed, and this is ${found:-of no known version} ($(command -v rustc || echo no rustc)).
With rustup: rustup update stable. A Rust of the system's own packages is often older: follow the one line of installation at
rustup.rs instead, and open a new terminal. Then run the same command again.
END
    exit 1
fi
