#!/bin/sh
# Makes a Python environment with the pinned, hash-checked readers of Parquet at target/readers-venv, and prints its
# Python's path. Does nothing more when it is there already.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../../.." && pwd)
venv="$root/target/readers-venv"
installed="$venv/requirements.txt"

fail() {
    echo "readers: $1" >&2
    exit 1
}

if ! cmp -s "$here/requirements.txt" "$installed"; then
    command -v python3 >/dev/null || fail "python3 is missing; install python3 (3.11 or newer) with venv and pip"
    rm -rf "$venv"
    mkdir -p "$root/target"
    python3 -m venv "$venv" >&2 || fail "python3 can't make an environment; install python3-venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary=:all: \
        --requirement "$here/requirements.txt" >&2 ||
        fail "pip could not install crates/archive/tests/readers/requirements.txt; check the network or pip's index settings"
    cp "$here/requirements.txt" "$installed"
fi
echo "$venv/bin/python"
