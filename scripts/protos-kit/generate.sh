#!/bin/sh
# Makes Go or Java code from these protos. Needs protoc and the language's plugins in PATH.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
usage() { echo "usage: sh generate.sh go OUT [IMPORT_PATH] | sh generate.sh java OUT" >&2; exit 2; }
[ $# -ge 2 ] || usage
language=$1
mkdir -p "$2"
out=$(cd "$2" && pwd)
cd "$here/protos"

case $language in
go)
    path=${3:-shuniu/v1}
    named=
    for file in shuniu/v1/*.proto; do named="$named,M$file=$path;shuniuv1"; done
    protoc -I . --go_out="${named#,}:$out" --go-grpc_out="${named#,}:$out" shuniu/v1/*.proto
    ;;
java)
    # Debian installs the plugin under the name of its program
    plugin=$(command -v protoc-gen-grpc-java || command -v grpc_java_plugin) || { echo "protoc-gen-grpc-java is not in PATH" >&2; exit 1; }
    protoc -I . --java_out="$out" --plugin=protoc-gen-grpc-java="$plugin" --grpc-java_out="$out" shuniu/v1/*.proto
    ;;
*) usage ;;
esac
