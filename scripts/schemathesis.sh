#!/usr/bin/env bash
# Lets schemathesis send what the OpenAPI document allows, and what it does not, to a server of its own on an
# empty store with the demo users, as each of them in turn; any server error, undocumented answer, or answer to somebody
# who may not have it fails the run.
#
#   scripts/schemathesis.sh BINARY [SCHEMATHESIS OPTION…]
#
# Read:
#   SCHEMATHESIS_EXAMPLES   test cases for each operation (25)
#   SCHEMATHESIS_SEED       the seed of what is generated (1)
#   SCHEMATHESIS_USERS      as whom, one after another: demo users, `key` for an API key of alice, `nobody` (all of them)
# shellcheck disable=SC2317 # some functions are only called by traps
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
version=4.32.5
tool=${XDG_CACHE_HOME:-$HOME/.cache}/payflow/schemathesis-$version
users=${SCHEMATHESIS_USERS:-alice shop operator auditor admin key nobody}
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

# One request, as the user of TOKEN if that is set, by the tool's own Python: curl need not be there. Prints the body; fails
# unless it is a 2xx.
request() {
    "$tool/bin/python" - "$@" <<'END'
import os, sys, urllib.request
url, body = sys.argv[1], sys.argv[2].encode() if len(sys.argv) > 2 else None
headers = {"Content-Type": "application/json"}
if "TOKEN" in os.environ:
    headers["Authorization"] = f"Bearer {os.environ['TOKEN']}"
try:
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10) as answer:
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

# Prints a field of the JSON on standard input.
field() {
    "$tool/bin/python" -c 'import json, sys; print(json.loads(sys.stdin.read() or "{}").get(sys.argv[1]) or sys.exit(1))' "$1"
}

# Prints what a user shows as `Authorization: Bearer`.
token_of() {
    local user=$1 token
    [ "$user" != key ] || user=alice
    token=$(request "$url/api/v1/auth/login" \
        "{\"email\": \"$user@demo.payflow.example\", \"password\": \"demo-$user-2026\"}" | field access_token) || return
    if [ "$1" = key ]; then
        token=$(TOKEN=$token request "$url/api/v1/api-keys" '{"name": "schemathesis", "scopes": ["wallets:own"]}' | field key) || return
    fi
    printf '%s\n' "$token"
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

# Runs the tool as a user, whose login is made for it.
run_tool() {
    local user=$1 token authorise=()
    shift
    if [ "$user" != nobody ]; then
        token=$(token_of "$user") || fail "$user of the demo gets no token"
        authorise=(--header "Authorization: Bearer $token")
    fi
    PAYFLOW_USER=$user SCHEMATHESIS_HOOKS=$here/schemathesis_checks.py "$tool/bin/schemathesis" run "$url/api-docs.json" \
        "${authorise[@]}" \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance,no_privilege_gap \
        --max-examples "${SCHEMATHESIS_EXAMPLES:-25}" \
        --seed "${SCHEMATHESIS_SEED:-1}" \
        --generation-database none \
        "$@"
}

# What ends the session that asks comes last, or all that follows would be a 401: the tool looks for ids in lists, and finds it.
ends=(end_session end_sessions end_user_sessions log_out_user)

cd "$dir"
status=0
for user in $users; do
    say "as $user"
    start_server
    run_tool "$user" "${ends[@]/#/--exclude-operation-id=}" "$@" || status=$?
    run_tool "$user" "${ends[@]/#/--include-operation-id=}" "$@" || status=$?
    kill -0 "$server" 2>/dev/null || fail "the server ended during the run"
    stop_server
    rm -rf "$dir/data"
done
exit "$status"
