#!/bin/sh
# Builds the two wheels, shuniu and shuniu-hub, in dist/ or in the folder given. The same sources give the same bytes: what is built is a copy with
# fixed modes, at the time of the last commit (or SOURCE_DATE_EPOCH), so nothing of an earlier build is in it. Needs .venv.
set -eu
cd "$(dirname "$0")/.."
dist=${1:-dist}
mkdir -p "$dist"
dist=$(cd "$dist" && pwd)
python=$PWD/.venv/bin/python

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# 1980 is where the times of a zip file begin
epoch=$(git log -1 --format=%ct 2>/dev/null || echo 315532800)
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$epoch}"
umask 022
find . -path './.*' -prune -o -type d \( -name __pycache__ -o -name build -o -name dist -o -name node_modules -o -name '*.egg-info' -o -path ./tests \) -prune \
    -o \( -type f -o -type l \) -print > "$work/files"
mkdir "$work/tree"
tar -cf "$work/tree.tar" -T "$work/files"
tar -xf "$work/tree.tar" -C "$work/tree" --no-same-permissions --no-same-owner
chmod -R u=rwX,go=rX "$work/tree"

cd "$work/tree"
for project in . ./packaging/hub; do
    "$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir "$work/wheels" "$project"
done
mv "$work"/wheels/*.whl "$dist/"
ls "$dist"/shuniu-*.whl "$dist"/shuniu_hub-*.whl
