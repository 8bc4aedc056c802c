#!/bin/sh
# Resolves the locked lists from pyproject.toml and packaging/hub/pyproject.toml: hashes, no addresses, one list for Python 3.11 to 3.13.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh dev
tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
.venv/bin/python -m venv "$tool/venv"
"$tool/venv/bin/pip" install --quiet uv
.venv/bin/python - "$tool" <<'PY'
import pathlib, sys, tomllib

folder = pathlib.Path(sys.argv[1])
sdk, hub = (tomllib.loads(pathlib.Path(path).read_text()) for path in ("pyproject.toml", "packaging/hub/pyproject.toml"))
extras = sdk["project"]["optional-dependencies"]
# the hub's own need of the SDK, with extras, is what stands in this repository
(own,) = (one for one in hub["project"]["dependencies"] if one.startswith("shuniu["))
run = [*sdk["project"]["dependencies"], *hub["project"]["dependencies"], "setuptools>=80"]
run += [need for extra in own.partition("[")[2].partition("]")[0].split(",") for need in extras[extra.strip()]]
run.remove(own)
run += extras["arrow"]  # the demo streams a whole table, whose frames a hub checks with it
groups = sdk["dependency-groups"]
(folder / "run.in").write_text("\n".join(run))
(folder / "dev.in").write_text("\n".join([*run, *groups["dev"]]))
for apart in ("generator", "judges"):
    (folder / f"{apart}.in").write_text("\n".join(groups[apart]))
PY
compile() { "$tool/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url "$@"; }
compile "$tool/run.in" -o requirements.lock
compile "$tool/dev.in" -c requirements.lock -o requirements-dev.lock
compile "$tool/judges.in" -o requirements-judges.lock
compile "$tool/generator.in" -o requirements-generator.lock
