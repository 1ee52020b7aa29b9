#!/usr/bin/env bash
# Installs Debian packages where that can be done without asking: on Debian or a child of it, as root. Servers among them are
# not started for the machine, unless it has a policy of its own for that.
#
#   scripts/apt-install.sh PACKAGE…
#
# Exit codes: 0 installed; 3 not such a machine, and nothing was done; else apt-get's own, after its output.
set -euo pipefail

[ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null || exit 3

log=$(mktemp)
policy=
trap 'rm -f "$log" ${policy:+"$policy"}' EXIT
if [ ! -e /usr/sbin/policy-rc.d ]; then
    policy=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
printf 'payflow: installing with apt-get: %s\n' "$*" >&2
status=0
{
    apt-get update &&
        apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
} </dev/null >"$log" 2>&1 || status=$?
[ "$status" = 0 ] || cat "$log" >&2
exit "$status"
