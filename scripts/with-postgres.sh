#!/usr/bin/env bash
# Runs a command beside a PostgreSQL server of its own, on a free port of 127.0.0.1 and in a temporary folder,
# and leaves nothing behind: not when the command fails, and not on Ctrl-C or SIGTERM.
#
#   scripts/with-postgres.sh COMMAND [ARGUMENT…]
#
# The exit code is the command's. A PAYFLOW_TEST_DATABASE_URL that is set already is used as it is.
#
# Read:
#   PAYFLOW_PG_BIN              the folder of initdb, pg_ctl and postgres; without it they are searched for
#   PAYFLOW_TEST_PG_FSYNC       on: a durable server, to measure with; off (the default) is faster
#   PAYFLOW_TEST_PG_STANDBY     on: a second server that follows the first, for tests that promote it
#   TMPDIR                      where the temporary folder is made
# Set for the command:
#   PAYFLOW_TEST_DATABASE_URL   the server, as its superuser
#   PAYFLOW_TEST_PG_CTL         pg_ctl for this server and as its user, for tests that stop it and start it again:
#                               "$PAYFLOW_TEST_PG_CTL" stop -m immediate, "$PAYFLOW_TEST_PG_CTL" start
#   PAYFLOW_TEST_STANDBY_URL, PAYFLOW_TEST_STANDBY_CTL   the same for the second server
#   PAYFLOW_TEST_PG_FOLLOW      a program after which the first server, once stopped, starts as the second one's standby
#   PAYFLOW_TEST_PG_BIN, PAYFLOW_TEST_PG_DATA, PAYFLOW_TEST_PG_PIDFILE   its programs, data folder and pid file
# shellcheck disable=SC2317 # some functions are only called by traps
set -euo pipefail
. "$(dirname "$0")/beside.sh"

bin=      # the folder of the server's programs
run_as=   # what to put before a program so that it runs as the server's user

# Sets `bin`: the override, else the PATH, else the newest of the places where packages put the server.
find_server() {
    local folder major newest=0
    if [ -n "${PAYFLOW_PG_BIN:-}" ]; then
        is_server "$PAYFLOW_PG_BIN" && bin=$PAYFLOW_PG_BIN
        return
    fi
    # Where the PATH has links to some of the programs, the others are beside what they lead to.
    folder=$(command -v pg_ctl || echo /nowhere/pg_ctl)
    for folder in "$(dirname "$(readlink -f "$folder" || echo /nowhere/pg_ctl)")" "$(dirname "$folder")"; do
        if is_server "$folder"; then
            bin=$folder
            return
        fi
    done
    for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/libexec/postgresql*/ \
        /usr/local/bin /usr/local/pgsql/bin /usr/local/opt/postgresql*/bin \
        /opt/homebrew/bin /opt/homebrew/opt/postgresql*/bin \
        /Applications/Postgres.app/Contents/Versions/*/bin; do
        is_server "$folder" || continue
        major=$("$folder/postgres" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
        if [ "$major" -gt "$newest" ]; then
            newest=$major
            bin=$folder
        fi
    done
    [ -n "$bin" ]
}

is_server() {
    [ -x "$1/initdb" ] && [ -x "$1/pg_ctl" ] && [ -x "$1/postgres" ]
}

# Debian's package makes and starts a server for the whole machine, unless it is told not to. The file that
# tells it is given back as it was: another day somebody may want such a server.
install_server() {
    local settings=/etc/postgresql-common/createcluster.conf status=0
    "$here/apt-install.sh" postgresql-common && cp -p "$settings" "$settings.payflow" || return
    pg_conftool "$settings" set create_main_cluster off && "$here/apt-install.sh" postgresql || status=$?
    mv "$settings.payflow" "$settings"
    return "$status"
}

explain_missing_server() {
    if [ -n "${PAYFLOW_PG_BIN:-}" ]; then
        say "PAYFLOW_PG_BIN is $PAYFLOW_PG_BIN, but initdb, pg_ctl and postgres are not all in it."
        return
    fi
    cat >&2 <<'END'
payflow: PostgreSQL's server programs (initdb, pg_ctl, postgres) are needed, and were not found.
  Debian, Ubuntu    sudo apt-get install postgresql
  Fedora            sudo dnf install postgresql-server
  Alpine            apk add postgresql
  macOS             brew install postgresql
They are only run, as a private server that ends with this command; nothing has to be set up.
If they are in an unusual place, set PAYFLOW_PG_BIN to their folder. To use a server that is running already,
set PAYFLOW_TEST_DATABASE_URL (the tests make and drop databases there). To do without: make test-embedded.
END
}

# PostgreSQL refuses to run as root. Sets `run_as`, and makes the folder the server user's own.
give_folder_away() {
    local user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    if command -v setpriv >/dev/null; then
        run_as="setpriv --reuid=$user --regid=$(id -g "$user") --init-groups"
    else
        run_as="runuser -u $user --"
    fi
    if ! (cd / && $run_as true); then
        say "PostgreSQL does not run as root, and root cannot become the user $user here: run this as an ordinary user."
        exit 1
    fi
    # TMPDIR may be root's own, where nobody else can enter.
    if ! (cd / && $run_as test -x "$(dirname "$dir")"); then
        rmdir "$dir"
        dir=$(TMPDIR='' mktemp -d -t payflow-postgres.XXXXXX)
    fi
    chown "$user" "$dir"
}

make_server() {
    (cd "$dir" && $run_as "$bin/initdb" -D "$dir/data" -A trust -U postgres -E UTF8 --no-locale --no-sync) \
        >"$dir/start.log" 2>&1 || fail "initdb failed"
    cat >>"$dir/data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
unix_socket_directories = '$dir'
max_connections = 300
fsync = $fsync
full_page_writes = $fsync
END
    make_program pg_ctl "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w
}

# A program of this name that runs the rest as the server's user, with whatever it is given besides.
make_program() {
    local name=$1
    shift
    printf '#!/bin/sh\ncd %q && exec %s %s "$@"\n' "$dir" "$run_as" "$(printf '%q ' "$@")" >"$dir/$name"
    chmod +x "$dir/$name"
}

# A copy of the server that follows it, and what lets it follow the copy one day.
make_standby() {
    local primary=$port
    (cd "$dir" && $run_as "$bin/pg_basebackup" -d "host=127.0.0.1 port=$port user=postgres" -D "$dir/standby" \
        -R -X stream -c fast --no-sync) >"$dir/start.log" 2>&1 || fail "pg_basebackup failed"
    make_program pg_ctl_standby "$bin/pg_ctl" -D "$dir/standby" -l "$dir/standby.log" -w
    make_program follow touch "$dir/data/standby.signal"
    start_server standby pg_ctl_standby standby.log
    echo "primary_conninfo = 'host=127.0.0.1 port=$port user=postgres'" >>"$dir/data/postgresql.conf"
    export PAYFLOW_TEST_STANDBY_URL="postgres://postgres@127.0.0.1:$port/postgres"
    export PAYFLOW_TEST_STANDBY_CTL="$dir/pg_ctl_standby"
    export PAYFLOW_TEST_PG_FOLLOW="$dir/follow"
    port=$primary
}

start_server() {
    local attempt data=$1 control=$2 log=$3
    for attempt in 1 2 3 4 5 6 7 8 9 10; do
        draw_port
        echo "port = $port" >>"$dir/$data/postgresql.conf"
        rm -f "$dir/$log"
        "$dir/$control" start >"$dir/start.log" 2>&1 && return
        grep -qs 'could not bind' "$dir/$log" || break
    done
    fail "PostgreSQL did not start (attempt $attempt)"
}

fail() {
    say "$1:"
    cat "$dir"/*.log >&2
    exit 1
}

end_server() {
    local pid_file=$dir/$1/postmaster.pid
    if [ -e "$pid_file" ] && ! "$dir/$2" stop -m immediate -t 10 >/dev/null 2>&1; then
        kill -KILL "$(head -n 1 "$pid_file" 2>/dev/null)" 2>/dev/null || true
    fi
}

# Goes by the pids in the servers' own data folders: the tests may have stopped them already, or killed them.
end_servers() {
    end_server standby pg_ctl_standby
    end_server data pg_ctl
}

# A function, so that bash has read all of the script before it waits: the file may be edited meanwhile.
main() {
    if [ $# = 0 ]; then
        say "usage: scripts/with-postgres.sh COMMAND [ARGUMENT…]"
        exit 2
    fi
    unset PAYFLOW_TEST_EMBEDDED_ONLY
    if [ -n "${PAYFLOW_TEST_DATABASE_URL:-}" ]; then
        exec "$@"
    fi
    fsync=${PAYFLOW_TEST_PG_FSYNC:-off}
    case $fsync in
        on | off) ;;
        *)
            say "PAYFLOW_TEST_PG_FSYNC is '$fsync': it must be on or off"
            exit 2
            ;;
    esac

    if ! find_server; then
        [ -n "${PAYFLOW_PG_BIN:-}" ] || install_server || true
        if ! find_server; then
            explain_missing_server
            exit 1
        fi
    fi

    # The usual place may be in memory, where fsync costs nothing and measures nothing.
    local place=${TMPDIR:-}
    [ "$fsync" = off ] || place=${TMPDIR:-/var/tmp}
    TMPDIR=$place make_folder postgres
    [ "$(id -u)" != 0 ] || give_folder_away
    make_server
    start_server data pg_ctl server.log
    [ "${PAYFLOW_TEST_PG_STANDBY:-off}" != on ] || make_standby

    # Somebody's own settings for their everyday server are not meant for this one.
    unset PGHOST PGHOSTADDR PGPORT PGUSER PGPASSWORD PGPASSFILE PGDATABASE PGOPTIONS PGSSLMODE PGSERVICE
    export PAYFLOW_TEST_DATABASE_URL="postgres://postgres@127.0.0.1:$port/postgres"
    export PAYFLOW_TEST_PG_CTL="$dir/pg_ctl"
    export PAYFLOW_TEST_PG_BIN="$bin"
    export PAYFLOW_TEST_PG_DATA="$dir/data"
    export PAYFLOW_TEST_PG_PIDFILE="$dir/data/postmaster.pid"

    run_beside "$@"
}

main "$@"
