#!/usr/bin/env bash
# Fills the new build folder of a checkout with the dependencies that another checkout has built already, so that
# a fresh clone compiles PayFlow's own crates only.
#
#   scripts/seed-builds.sh FOLDER       run in the checkout's root; nothing is done where FOLDER exists
#
# Every checkout builds in a folder of its own, because cargo cannot tell two checkouts of one workspace apart: it
# gives their crates the same names and compares only times, so in one folder it would run the code of the other.
# The file `checkout` in a build folder names the checkout. The folders of those that are gone are handed on.
set -euo pipefail

folder=${1:?usage: scripts/seed-builds.sh FOLDER}
[ ! -d "$folder" ] || exit 0
builds=$(dirname "$folder")
mkdir -p "$builds"
new=$(mktemp -d "$builds/new.XXXXXX")
trap 'rm -rf "$new"' EXIT

# The folder of a checkout that is gone becomes ours; any more of them are deleted.
take_over() {
    local other taken=
    for other in "$builds"/target-*/; do
        if [ ! -f "$other/checkout" ] || [ -e "$(cat "$other/checkout")/Cargo.toml" ]; then
            continue
        fi
        if [ -n "$taken" ]; then
            rm -rf "$other"
        elif mv "$other" "$new/target" 2>/dev/null; then
            taken=yes
        fi
    done
    [ -n "$taken" ]
}

# Copies libraries and the output of build scripts. A record of what is done (.fingerprint) goes first: cargo writes
# it last, so a build that is under way over there gives us records only of what was complete.
copy() {
    local fingerprints from to
    # shellcheck disable=SC2012 # our own names
    fingerprints=$(ls -td "$builds"/target*/*/.fingerprint 2>/dev/null | head -n 1)
    [ -n "$fingerprints" ] || return 0
    echo "payflow: copying the dependencies that another checkout has built" >&2
    for from in "$(dirname "$(dirname "$fingerprints")")"/*/; do
        [ -d "$from/.fingerprint" ] || continue
        to=$new/target/$(basename "$from")
        mkdir -p "$to/deps"
        cp -pR "$from/.fingerprint" "$to"
        cp -pR "$from/build" "$to"
        cp -p "$from"/deps/lib* "$to/deps"
    done 2>/dev/null
}

# Without its record, a crate is compiled again.
forget_own_crates() {
    local name
    find . -maxdepth 3 -name Cargo.toml -exec sed -n 's/^name = "\(.*\)"/\1/p' {} + | while read -r name; do
        rm -rf "$new"/target/*/.fingerprint/"$name"-????????????????
    done
}

# A build script may have written the name of its folder into a source: that folder is another one now, or gone.
forget_bound_crates() {
    local source crate
    grep -rlF --include='*.rs' "$builds/" "$new"/target/*/build/*/out 2>/dev/null | while read -r source; do
        crate=$(basename "${source%%/out/*}")
        rm -rf "$new"/target/*/.fingerprint/"${crate%-*}"-????????????????
    done
}

# What disappears while it is copied is only compiled again, too.
take_over || copy || true
mkdir -p "$new/target"
forget_own_crates
forget_bound_crates
pwd -P >"$new/target/checkout"
[ -d "$folder" ] || mv "$new/target" "$folder"
