#!/bin/sh
# Installs what this checkout needs into .venv: tools/install.sh build (to run it) or dev (to test it as well).
set -eu
cd "$(dirname "$0")/.."
what=$1
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or newer is needed, and $python is $("$python" --version 2>&1). Set one: make PYTHON=python3.12 …" >&2
    exit 1
}
if [ ! -x .venv/bin/python ]; then
    echo "Creating .venv …"
    "$python" -m venv .venv || {
        echo "Python's venv module is incomplete here; on Debian and Ubuntu: apt-get install python3-venv" >&2
        exit 1
    }
fi
echo "Installing packages ($what) …"
[ -x .venv/bin/uv ] || .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
# uv is quick, but does not read pip's configuration: where only pip knows the way to the packages, pip goes.
[ -z "${PIP_INDEX_URL:-}" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$PIP_INDEX_URL}"
# Compiled now, as pip does: where PYTHONDONTWRITEBYTECODE is set each process would compile all of it for itself.
VIRTUAL_ENV=$PWD/.venv .venv/bin/uv pip install --quiet --compile-bytecode --require-hashes -r "requirements/$what.txt" ||
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "requirements/$what.txt"
.venv/bin/python hatch_build.py
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
mkdir -p .make
touch ".make/$what"
