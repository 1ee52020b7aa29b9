# Sourced by scripts/with-*.sh: runs a command beside the servers that such a script starts, and ends them with it: when it
# fails, and on Ctrl-C or SIGTERM, too.
#
# A script that sources it defines `end_servers`, calls `make_folder` before it starts a server in the temporary folder "$dir",
# and ends with `run_beside COMMAND [ARGUMENT…]`.
# shellcheck shell=bash disable=SC2317 # some functions are only called by traps
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=      # the temporary folder
command=  # the process of the command

say() {
    printf 'payflow: %s\n' "$*" >&2
}

# Makes the temporary folder (its name says payflow-NAME), and has all ended with this script from here on.
make_folder() {
    trap clean_up EXIT
    trap 'interrupted 1' HUP
    trap 'interrupted 2' INT
    trap 'interrupted 3' QUIT
    trap 'interrupted 15' TERM
    dir=$(mktemp -d -t "payflow-$1.XXXXXX")
}

# A port that is free now may be taken a moment later, so none is probed: a server takes one, or another. They are drawn from
# below the range that systems give to outgoing connections.
draw_port() {
    port=$((20000 + RANDOM % 12000))
}

# The exit code is the command's.
run_beside() {
    # A closed standard input cannot be handed on.
    { : <&0; } 2>/dev/null || exec </dev/null
    # In the background, because bash handles signals only while it waits, never while a command is in front. The
    # subshell undoes what bash does to background commands: Ctrl-C reaches this one, and so does standard input.
    (trap - INT QUIT && exec "$@") <&0 &
    command=$!
    local status=0
    wait "$command" || status=$?
    command=
    exit "$status"
}

# The command's process and all that descend from it.
process_tree() {
    command -v ps >/dev/null || { echo "$1"; return; }
    ps -A -o pid= -o ppid= | awk -v root="$1" '
        { parent[$1] = $2 }
        END { for (pid in parent) {
            for (p = pid; p > 1 && p != root; p = parent[p]);
            if (p == root) print pid
        } }'
}

# On a signal: the command's processes get ten seconds to end, since a test may have servers of its own to stop.
interrupted() {
    local processes tenths=0
    trap '' HUP INT QUIT TERM
    if [ -n "$command" ]; then
        processes=$(process_tree "$command")
        # shellcheck disable=SC2086 # several pids
        kill -TERM $processes 2>/dev/null || true
        # shellcheck disable=SC2086
        while [ "$tenths" -lt 100 ] && kill -0 $processes 2>/dev/null; do
            sleep 0.1
            tenths=$((tenths + 1))
        done
        # shellcheck disable=SC2086
        kill -KILL $processes 2>/dev/null || true
    fi
    exit $((128 + $1))
}

# A server that was killed may still be writing, so the folder is removed twice if need be.
clean_up() {
    local status=$?
    trap '' HUP INT QUIT TERM
    if [ -n "$dir" ]; then
        end_servers
        rm -rf "$dir" 2>/dev/null || { sleep 1 && rm -rf "$dir"; }
    fi
    exit "$status"
}
