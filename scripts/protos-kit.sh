#!/bin/sh
# Packs the protos for other languages: shuniu-protos-VERSION.tar.gz and its checksum, in dist/ or in the folder given.
# The same sources give the same bytes: order, owners, modes and times are fixed. Needs GNU tar.
set -eu
cd "$(dirname "$0")/.."
dist=${1:-dist}
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)
name=shuniu-protos-$version
google=$(.venv/bin/python -c 'import google.rpc; print(list(google.rpc.__path__)[0])')
licence=$(.venv/bin/python -c 'from importlib.metadata import files
print(next(one.locate() for one in files("googleapis-common-protos") if one.name == "LICENSE"))')

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kit=$work/$name
mkdir -p "$kit/protos/shuniu/v1" "$kit/third_party/google/rpc" "$dist"
cp protos/shuniu/v1/*.proto "$kit/protos/shuniu/v1/"
cp "$google/status.proto" "$google/error_details.proto" "$google/code.proto" "$kit/third_party/google/rpc/"
cp "$licence" "$kit/third_party/LICENSE"
cp LICENSE buf.yaml scripts/protos-kit/* "$kit/"

# Two steps, not a pipe: a tar that fails must not leave an archive.
tar --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mode='u=rwX,go=rX' --mtime='@315532800' -C "$work" -cf "$work/kit.tar" "$name"
gzip -9 -n "$work/kit.tar"
mv "$work/kit.tar.gz" "$dist/$name.tar.gz"
(cd "$dist" && sha256sum "$name.tar.gz" > "$name.tar.gz.sha256")
echo "$dist/$name.tar.gz"
