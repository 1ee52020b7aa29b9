#!/usr/bin/env bash
# Runs a command beside a PgBouncer of its own in front of the PostgreSQL of PAYFLOW_TEST_DATABASE_URL, on a free port of
# 127.0.0.1, and leaves nothing behind: not when the command fails, and not on Ctrl-C or SIGTERM.
#
#   scripts/with-pgbouncer.sh session|transaction COMMAND [ARGUMENT…]
#
# The exit code is the command's. The first word is the pool mode.
#
# Set for the command:
#   PAYFLOW_TEST_PGBOUNCER_URL  the PgBouncer; any database of the server can be named in it
# shellcheck disable=SC2317 # some functions are only called by traps
set -euo pipefail
. "$(dirname "$0")/beside.sh"

bouncer=  # the process of PgBouncer

explain_missing_program() {
    cat >&2 <<'END_OF_TEXT'
payflow: PgBouncer (pgbouncer) is needed, and was not found.
  Debian, Ubuntu    sudo apt-get install pgbouncer
  Fedora            sudo dnf install pgbouncer
  Alpine            apk add pgbouncer
  macOS             brew install pgbouncer
It is only run, as a private pooler that ends with this command; nothing has to be set up. To do without: make test-embedded.
END_OF_TEXT
}

# Where the server is: postgres://USER[:PASSWORD]@HOST:PORT/…
read_address() {
    local pattern='^postgres(ql)?://([^:@/]+)(:([^@/]*))?@([^:@/]+):([0-9]+)/'
    if ! [[ $PAYFLOW_TEST_DATABASE_URL =~ $pattern ]]; then
        say "PAYFLOW_TEST_DATABASE_URL must be postgres://USER:PASSWORD@HOST:PORT/DATABASE for the tests with PgBouncer"
        exit 2
    fi
    user=${BASH_REMATCH[2]} password=${BASH_REMATCH[4]} host=${BASH_REMATCH[5]} server=${BASH_REMATCH[6]}
}

# PgBouncer refuses to run as root. Sets `run_as`, and makes the folder readable for it.
choose_user() {
    local name=postgres
    run_as=()
    [ "$(id -u)" = 0 ] || return 0
    id "$name" >/dev/null 2>&1 || name=nobody
    run_as=(setpriv "--reuid=$name" "--regid=$(id -g "$name")" --init-groups)
    chown "$name" "$dir"
}

start_bouncer() {
    local attempt tenths
    for attempt in 1 2 3 4 5 6 7 8 9 10; do
        draw_port
        printf '"%s" "%s"\n' "$user" "$password" >"$dir/users"
        cat >"$dir/pgbouncer.ini" <<END_OF_SETTINGS
[databases]
* = host=$host port=$server
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
auth_type = trust
auth_file = $dir/users
pool_mode = $mode
max_client_conn = 200
default_pool_size = 60
END_OF_SETTINGS
        (cd "$dir" && exec "${run_as[@]}" "$program" pgbouncer.ini) >"$dir/pgbouncer.log" 2>&1 &
        bouncer=$!
        tenths=0
        while [ "$tenths" -lt 100 ] && kill -0 "$bouncer" 2>/dev/null; do
            ! grep -qs 'process up' "$dir/pgbouncer.log" || return 0
            sleep 0.1
            tenths=$((tenths + 1))
        done
        end_servers
    done
    say "PgBouncer did not start (attempt $attempt):"
    cat "$dir/pgbouncer.log" >&2
    exit 1
}

end_servers() {
    [ -n "$bouncer" ] || return 0
    kill -KILL "$bouncer" 2>/dev/null || true
    wait "$bouncer" 2>/dev/null || true
    bouncer=
}

# A function, so that bash has read all of the script before it waits: the file may be edited meanwhile.
main() {
    mode=${1:-}
    if [ $# -lt 2 ] || ! [[ $mode =~ ^(session|transaction)$ ]]; then
        say "usage: scripts/with-pgbouncer.sh session|transaction COMMAND [ARGUMENT…]"
        exit 2
    fi
    shift
    if [ -z "${PAYFLOW_TEST_DATABASE_URL:-}" ]; then
        say "PAYFLOW_TEST_DATABASE_URL is not set: run this with scripts/with-postgres.sh"
        exit 2
    fi
    PATH=$PATH:/usr/sbin:/usr/local/sbin
    command -v pgbouncer >/dev/null || "$here/apt-install.sh" pgbouncer || true
    if ! program=$(command -v pgbouncer); then
        explain_missing_program
        exit 1
    fi
    read_address
    make_folder pgbouncer
    choose_user
    start_bouncer

    export PAYFLOW_TEST_PGBOUNCER_URL="postgres://$user@127.0.0.1:$port/postgres"
    run_beside "$@"
}

main "$@"
