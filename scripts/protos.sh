#!/bin/sh
# Generates shuniu/v1 from protos/, with the generator that .generator holds (docs/adr/0041-two-wheels.md says why it is an older one). With --check it writes nothing and fails when the committed code differs.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh generator
out=.
if [ "${1:-}" = --check ]; then
    out=$(mktemp -d)
    trap 'rm -rf "$out"' EXIT
fi
PATH="$PWD/.generator/bin:$PATH" .generator/bin/python -m grpc_tools.protoc -I protos \
    --python_out="$out" --grpc_python_out="$out" --mypy_out="quiet:$out" --mypy_grpc_out="quiet:$out" protos/shuniu/v1/*.proto
if [ "$out" != . ]; then
    touch "$out/shuniu/v1/__init__.py"
    if diff -r -x __pycache__ -x '*.pyc' shuniu/v1 "$out/shuniu/v1"; then
        echo "generated code is what protos/ says"
    else
        echo "shuniu/v1 differs from protos/: run make protos and commit" >&2
        exit 1
    fi
fi
