#!/usr/bin/env bash
# Deletes a data folder of a demo, and nothing else: a folder that holds no store, or one that is no demo, is refused, and so is
# one that a server is using.
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
# Every demo has users of this domain, which nobody can register with.
grep -qaF '@demo.payflow.example' "$folder"/identity.db* 2>/dev/null ||
    refuse "the store in $folder is no demo: nothing was deleted (if nobody needs it: rm -r $folder)"
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
printf 'payflow: deleted %s\n' "$folder"
