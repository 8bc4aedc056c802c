#!/bin/sh
# Builds the query program with Debian's packages (scripts/languages.sh), without modules:  sh build.sh KIT OUT
# With modules: generate into your own module (generate.sh go OUT your.module/shuniuv1), then `go get google.golang.org/grpc`.
set -eu
mkdir -p "$2"
kit=$(cd "$1" && pwd) out=$(cd "$2" && pwd)
cd "$(dirname "$0")"
sh "$kit/generate.sh" go "$out/gopath/src"
export GO111MODULE=off GOPATH="$out/gopath:/usr/share/gocode"
cd query
go vet .
go build -o "$out/query" .
