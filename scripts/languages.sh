#!/bin/sh
# Installs what the examples in Go, Java and Node are built and run with, from Debian 12's packages; needs root. Then: make test T=tests/languages
set -eu
set -- \
    protobuf-compiler libprotobuf-dev \
    golang-go golang-google-grpc-dev golang-google-genproto-dev golang-google-protobuf-dev \
    golang-github-golang-protobuf-1-5-dev protoc-gen-go-1-5 protoc-gen-go-grpc \
    default-jdk-headless libgrpc-java libprotobuf-java protobuf-compiler-grpc-java-plugin \
    libnetty-java libnetty-tcnative-java libnetty-tcnative-jni libperfmark-java libguava-java libgoogle-gson-java libgeronimo-annotation-1.3-spec-java liberror-prone-java libjsr305-java
# A Node of another maker brings its own npm, with which Debian's clashes.
command -v npm >/dev/null 2>&1 || set -- "$@" nodejs npm
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
