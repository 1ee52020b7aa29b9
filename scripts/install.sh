#!/usr/bin/env bash
# Copies a program into a folder of programs, makes that folder where it is missing, and says where it is and how to call it.
#
#   scripts/install.sh BINARY FOLDER
set -euo pipefail

binary=${1:?usage: scripts/install.sh BINARY FOLDER}
folder=${2:?usage: scripts/install.sh BINARY FOLDER}
name=$(basename "$binary")

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
# Renamed into place: a server that runs the one that was there goes on, and no start finds half of it.
cp "$binary" "$folder/.$name.new"
chmod 755 "$folder/.$name.new"
mv -f "$folder/.$name.new" "$folder/$name"

echo "payflow: installed $folder/$name"
case :$PATH: in
    *":$folder:"*) echo "payflow: call it as \`$name\`; \`$name --help\` says what it can do" ;;
    *) echo "payflow: $folder is not on your PATH. Call it by that path, or add to your shell's profile: export PATH=\"$folder:\$PATH\"" ;;
esac
