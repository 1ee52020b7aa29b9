#!/usr/bin/env bash
# Deletes a data folder of PayFlow, and nothing else: a folder that holds no store is refused, and so is one
# that a server is using.
#
#   scripts/clean-data.sh FOLDER
set -euo pipefail

refuse() {
    printf 'payflow: %s\n' "$*" >&2
    exit 1
}

folder=${1:?usage: scripts/clean-data.sh FOLDER}
[ -e "$folder" ] || exit 0
[ -f "$folder/payflow.lock" ] || refuse "$folder is not a data folder of PayFlow (it has no payflow.lock): nothing was deleted"
folder=$(cd "$folder" && pwd -P)
case $(pwd -P)/ in
    "${folder%/}"/*) refuse "the current folder is in $folder: nothing was deleted" ;;
esac
case $(cd && pwd -P)/ in
    "${folder%/}"/*) refuse "the home folder is in $folder: nothing was deleted" ;;
esac
if command -v flock >/dev/null && ! flock --nonblock "$folder/payflow.lock" true; then
    refuse "$folder is in use: stop the server first"
fi
rm -rf "$folder"
