#!/usr/bin/env bash
# Measures how long a development build of the server takes after one line of a crate has changed: a text, which is changed
# and, in the end, put back. Two runs each; the figures are wall, user and system seconds.
#
#   scripts/rebuild-times.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# crate, file, a text in one of its lines
lines=(
    'payflow|payflow/src/commands/serve.rs|listens on http'
    'services/gateway|services/gateway/src/health.rs|did not answer in time'
    'services/identity|services/identity/src/sessions/mod.rs|successor of a refresh token'
    'services/notifications|services/notifications/src/webhooks/sender.rs|it did not answer in time'
    'services/risk|services/risk/src/service.rs|codes cannot be checked'
    'services/risk/core|services/risk/core/src/facts.rs|an object with names of fields'
    'services/payments|services/payments/src/journal/mod.rs|the writer has ended'
    'services/payments/core|services/payments/core/src/refusal.rs|there is no such wallet'
    'libs/vault|libs/vault/src/master_key.rs|it does not hold one key a line'
)

kept=$(mktemp -d -t payflow-rebuild.XXXXXX)
file=
restore() {
    if [ -n "$file" ]; then
        cat "$kept/file" >"$file"
        file=
    fi
}
trap 'restore; rm -rf "$kept"' EXIT

build() {
    cargo build --quiet --package payflow
}

build
TIMEFORMAT='%R wall  %U user  %S system'
for line in "${lines[@]}"; do
    IFS='|' read -r crate path text <<<"$line"
    grep -qF "$text" "$path" || { printf 'payflow: %s does not say "%s" any more: name another text here\n' "$path" "$text" >&2; exit 1; }
    cp "$path" "$kept/file"
    file=$path
    for run in 1 2; do
        sed "s/$text/$text ($run)/" "$kept/file" >"$path"
        printf '%-24s' "$crate"
        time build
    done
    restore
done
build
