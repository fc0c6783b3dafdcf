#!/usr/bin/env bash
# Makes the lock files anew from the .in files: `deploy/lock.sh`, or `deploy/lock.sh --upgrade` to take newer releases.
# Each lock reads the finished ones before it, so all agree on every version.
set -euo pipefail
cd "$(dirname "$0")"

compile() {
    # No index, folder or host of the machine that locks may end up in a lock.
    env -u UV_FIND_LINKS -u UV_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL \
        uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate \
        --custom-compile-command deploy/lock.sh \
        "$1.in" --output-file "$1.txt" "${@:2}"
}

compile requirements "$@"
compile requirements-reports "$@"
compile requirements-dev "$@"
