#!/usr/bin/env bash
# Builds the web app (console/) into console/dist, where Cargo takes it into the binary; only when something of it changed since.
# Without Node, or where npm's registry cannot be reached, it says so and leaves what is there: PayFlow works without the app.
#
#   scripts/build-console.sh
set -euo pipefail

console=$(cd "$(dirname "$0")/../console" && pwd)
cd "$console"

without() {
    if [ -f dist/index.html ]; then
        printf 'payflow: %s; the web app stays as it was built before\n' "$1" >&2
    else
        printf 'payflow: %s; PayFlow is built without its web app, the API is whole\n' "$1" >&2
    fi
    exit 0
}

# What the build reads, by name and content.
inputs() {
    find src public scripts ../docs/*.md ./*.html ./*.ts ./*.json -type f -print0 | LC_ALL=C sort -z | xargs -0 cksum
}

stamp=$(inputs | cksum)
[ "$(cat dist/.inputs 2>/dev/null || true)" != "$stamp" ] || exit 0

# Vite 8 asks for as much.
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null &&
    command -v npm >/dev/null || without "Node 20.19 or newer, with npm, is missing (nodejs.org)"

# npm writes this file last, so that it is there and newer only after a whole installation.
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
    echo "payflow: installing the packages of the web app (console/)" >&2
    npm ci --no-progress --no-audit --no-fund --loglevel=error --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-timeout=20000 >&2 || without "npm could not install the packages of the web app"
fi

echo "payflow: building the web app (a few seconds)" >&2
# Into a folder beside it first: what is served is whole at every moment.
new=$(mktemp -d dist.new.XXXXXX)
trap 'rm -rf "$console/$new"' EXIT
PAYFLOW_CONSOLE_OUT=$new npm run --silent bundle >"$new/log" 2>&1 || {
    cat "$new/log" >&2
    echo "payflow: the web app does not build" >&2
    exit 1
}
rm "$new/log"
find dist -mindepth 1 -maxdepth 1 ! -name .gitignore -exec rm -rf {} +
mv "$new"/* dist/
echo "$stamp" >dist/.inputs
