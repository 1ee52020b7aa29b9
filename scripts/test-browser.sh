#!/usr/bin/env bash
# Runs the tests of the web app (console/) and those that need a browser (tests/browser) against a binary of PayFlow: installs the
# packages of the lock files where they are not there, and on Debian as root also Chromium. What is missing otherwise is said, and
# fails.
#
#   scripts/test-browser.sh BINARY [NODE TEST OPTION…]
#
# Read:
#   PAYFLOW_CHROMIUM   the browser, if it is not on the PATH
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
tests=$here/../tests/browser
binary=$(realpath "${1:?say which binary: scripts/test-browser.sh BINARY}")
shift

fail() {
    printf 'payflow: %s\n' "$*" >&2
    exit 1
}

has_chromium() {
    [ -n "${PAYFLOW_CHROMIUM:-}" ] || command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null
}

[ -x "$binary" ] || fail "$binary is no program: build it with \`cargo build --package payflow\`"
node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null ||
    fail "the browser tests need Node 20 or newer, with npm (nodejs.org)"
has_chromium || "$here/apt-install.sh" chromium || true
has_chromium || fail "the browser tests need Chromium (Debian: sudo apt-get install chromium), or PAYFLOW_CHROMIUM set to it"

# npm writes this file last, so that it is there and newer only after a whole installation.
for folder in "$here/../console" "$tests"; do
    cd "$folder"
    if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
        echo "payflow: installing the packages of $(basename "$folder")" >&2
        npm ci --no-progress --loglevel=error
    fi
done
cd "$here/../console"
node scripts/generate-api.mjs --check "$binary"
npm run --silent check
npm run --silent test
cd "$tests"
echo "payflow: signing in and paying through a browser (two minutes)" >&2
PAYFLOW_BINARY=$binary exec node --test --test-timeout=300000 "$@" ./*.test.mjs
