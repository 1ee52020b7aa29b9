#!/usr/bin/env bash
# Lets schemathesis send what the OpenAPI document allows, and what it does not, to a server of its own on an
# empty store with the demo users; any server error or undocumented answer fails the run.
#
#   scripts/schemathesis.sh BINARY [SCHEMATHESIS OPTION…]
#
# Read:
#   SCHEMATHESIS_EXAMPLES   test cases for each operation (25)
#   SCHEMATHESIS_SEED       the seed of what is generated (1)
#   SCHEMATHESIS_USER       the demo user that it is logged in as: alice, bob, shop, operator or admin (alice)
# shellcheck disable=SC2317 # some functions are only called by traps
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
version=4.32.5
tool=${XDG_CACHE_HOME:-$HOME/.cache}/payflow/schemathesis-$version
user=${SCHEMATHESIS_USER:-alice}
server=   # the server's pid
url=

say() {
    printf 'payflow: %s\n' "$*" >&2
}

install_tool() {
    "$tool/bin/schemathesis" --version >/dev/null 2>&1 && return
    if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
        "$here/apt-install.sh" python3-venv || {
            say "schemathesis needs Python 3.10 or newer with its venv module (Debian: sudo apt-get install python3-venv)"
            exit 1
        }
    fi
    say "installing schemathesis $version into $tool"
    rm -rf "$tool"
    python3 -m venv "$tool"
    "$tool/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version"
}

# One request, by the tool's own Python: curl need not be there. Prints the body; fails unless it is a 2xx.
request() {
    "$tool/bin/python" - "$@" <<'END'
import sys, urllib.request
url, body = sys.argv[1], sys.argv[2].encode() if len(sys.argv) > 2 else None
try:
    with urllib.request.urlopen(urllib.request.Request(url, body, {"Content-Type": "application/json"}), timeout=10) as answer:
        print(answer.read().decode())
except OSError as problem:
    sys.exit(f"{url}: {problem}")
END
}

# Another process may take a port between looking and using it, so none is probed: the server tries one, and
# where it ends at once, another.
start_server() {
    local port attempt
    for attempt in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 12000))
        url=http://127.0.0.1:$port
        PAYFLOW__GATEWAY__RATE_LIMITS__ENABLED=false PAYFLOW__IDENTITY__LOCKOUT__LONGEST_WAIT_S=0 \
            "$binary" serve --demo --data "$dir/data" --listen "127.0.0.1:$port" </dev/null >"$dir/server.log" 2>&1 &
        server=$!
        if wait_until_ready; then
            return
        elif kill -0 "$server" 2>/dev/null; then
            break
        fi
    done
    fail "the server did not become ready (attempt $attempt)"
}

# Ready, and by our own server: where the port was another's, ours has ended.
wait_until_ready() {
    local _
    for _ in $(seq 150); do
        sleep 0.2
        kill -0 "$server" 2>/dev/null || return 1
        request "$url/ready" >/dev/null 2>&1 && return
    done
    return 1
}

fail() {
    say "$1; the server's last words:"
    tail -n 40 "$dir/server.log" >&2
    exit 1
}

stop_server() {
    [ -n "$server" ] || return 0
    kill -TERM "$server" 2>/dev/null || true
    wait "$server" || true
    server=
}

log_in() {
    request "$url/api/v1/auth/login" \
        "{\"email\": \"$user@demo.payflow.example\", \"password\": \"demo-$user-2026\"}" |
        "$tool/bin/python" -c 'import json, sys; print(json.loads(sys.stdin.read() or "{}").get("access_token") or sys.exit(1))'
}

clean_up() {
    stop_server
    rm -rf "$dir"
}

if [ $# = 0 ] || [ ! -x "$1" ]; then
    say "usage: scripts/schemathesis.sh BINARY [SCHEMATHESIS OPTION…]; make schemathesis builds the binary and runs this"
    exit 2
fi
binary=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift

install_tool
dir=$(mktemp -d -t payflow-schemathesis.XXXXXX)
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
start_server

# Runs the tool as a login of its own. What ends the session that asks comes last, or all that follows would be a 401.
run_tool() {
    local token
    token=$(log_in) || fail "no access token for the demo user $user"
    "$tool/bin/schemathesis" run "$url/api-docs.json" \
        --header "Authorization: Bearer $token" \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance \
        --max-examples "${SCHEMATHESIS_EXAMPLES:-25}" \
        --seed "${SCHEMATHESIS_SEED:-1}" \
        --generation-database none \
        "$@"
}

cd "$dir"
status=0
run_tool --exclude-operation-id end_sessions --exclude-operation-id log_out_user "$@" || status=$?
run_tool --include-operation-id end_sessions --include-operation-id log_out_user "$@" || status=$?
kill -0 "$server" 2>/dev/null || fail "the server ended during the run"
exit "$status"
