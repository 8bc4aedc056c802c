#!/bin/sh
# Resolves the locked lists from pyproject.toml: hashes, no addresses, one list for Python 3.11 to 3.13.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh dev
tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
.venv/bin/python -m venv "$tool/venv"
"$tool/venv/bin/pip" install --quiet uv
.venv/bin/python - "$tool" <<'PY'
import pathlib, sys, tomllib

project = tomllib.loads(pathlib.Path("pyproject.toml").read_text())
folder = pathlib.Path(sys.argv[1])
run = [*project["project"]["dependencies"], "setuptools>=80"]
(folder / "run.in").write_text("\n".join(run))
(folder / "dev.in").write_text("\n".join([*run, *project["dependency-groups"]["dev"]]))
(folder / "judges.in").write_text("\n".join(project["dependency-groups"]["judges"]))
PY
compile() { "$tool/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url "$@"; }
compile "$tool/run.in" -o requirements.lock
compile "$tool/dev.in" -c requirements.lock -o requirements-dev.lock
compile "$tool/judges.in" -o requirements-judges.lock
