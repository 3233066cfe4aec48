#!/bin/sh
# Pins every dependency with hashes, for every platform, without naming a registry. Run it after changing pyproject.toml,
# and with --upgrade every three months (SECURITY.md).
set -eu
cd "$(dirname "$0")/.."
compile() {
    .venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-emit-find-links --no-emit-package deskbridge --quiet --custom-compile-command tools/lock.sh "$@"
}
compile pyproject.toml "$@" --output-file requirements/run.txt
compile pyproject.toml "$@" --extra build --constraint requirements/run.txt --output-file requirements/build.txt
compile pyproject.toml "$@" --extra dev --constraint requirements/build.txt --output-file requirements/dev.txt
echo uv | compile - --constraint requirements/dev.txt --output-file requirements/uv.txt
if [ "${1:-}" = --upgrade ]; then date -u +%F > src/deskbridge/upgraded.txt; fi
