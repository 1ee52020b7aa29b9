#!/usr/bin/env bash
# Runs a command beside a Redis server of its own, on a free port of 127.0.0.1 and with nothing on disk, and leaves nothing
# behind: not when the command fails, and not on Ctrl-C or SIGTERM.
#
#   scripts/with-redis.sh COMMAND [ARGUMENT…]
#
# The exit code is the command's. A PAYFLOW_TEST_REDIS_URL that is set already is used as it is.
#
# Set for the command:
#   PAYFLOW_TEST_REDIS_URL      the server
#   PAYFLOW_TEST_REDIS_PIDFILE  its process id, for tests that stop it
# shellcheck disable=SC2317 # some functions are only called by traps
set -euo pipefail
. "$(dirname "$0")/beside.sh"

explain_missing_server() {
    cat >&2 <<'END_OF_TEXT'
payflow: Redis (redis-server) is needed, and was not found.
  Debian, Ubuntu    sudo apt-get install redis-server
  Fedora            sudo dnf install redis
  Alpine            apk add redis
  macOS             brew install redis
It is only run, as a private server that ends with this command; nothing has to be set up. To use a server that is running
already, set PAYFLOW_TEST_REDIS_URL. To do without: make test-embedded.
END_OF_TEXT
}

start_server() {
    local attempt tenths
    for attempt in 1 2 3 4 5 6 7 8 9 10; do
        draw_port
        rm -f "$dir/redis.pid"
        redis-server --bind 127.0.0.1 --port "$port" --dir "$dir" --save '' --appendonly no \
            --daemonize yes --pidfile "$dir/redis.pid" --logfile "$dir/redis.log" >/dev/null
        tenths=0
        while [ "$tenths" -lt 100 ]; do
            grep -qs 'Ready to accept connections' "$dir/redis.log" && return
            grep -qs 'bind: Address already in use\|Could not create server TCP' "$dir/redis.log" && break
            sleep 0.1
            tenths=$((tenths + 1))
        done
        : >"$dir/redis.log"
    done
    say "Redis did not start (attempt $attempt)"
    exit 1
}

end_servers() {
    local pid
    pid=$(cat "$dir/redis.pid" 2>/dev/null || true)
    [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
}

# A function, so that bash has read all of the script before it waits: the file may be edited meanwhile.
main() {
    if [ $# = 0 ]; then
        say "usage: scripts/with-redis.sh COMMAND [ARGUMENT…]"
        exit 2
    fi
    if [ -n "${PAYFLOW_TEST_REDIS_URL:-}" ]; then
        exec "$@"
    fi
    if ! command -v redis-server >/dev/null; then
        "$here/apt-install.sh" redis-server || true
        if ! command -v redis-server >/dev/null; then
            explain_missing_server
            exit 1
        fi
    fi
    make_folder redis
    start_server

    export PAYFLOW_TEST_REDIS_URL="redis://127.0.0.1:$port/"
    export PAYFLOW_TEST_REDIS_PIDFILE="$dir/redis.pid"
    run_beside "$@"
}

main "$@"
