#!/bin/sh
# Builds Query with Debian's packages (scripts/languages.sh):  sh build.sh KIT OUT, then  OUT/query IDENTITY QUERY.json KEPT.json
# With Maven: io.grpc grpc-netty-shaded, grpc-protobuf, grpc-stub, com.google.protobuf protobuf-java-util.
set -eu
mkdir -p "$2"
kit=$(cd "$1" && pwd) out=$(cd "$2" && pwd)
cd "$(dirname "$0")"
jars=/usr/share/java
classpath=
for jar in grpc-api grpc-context grpc-core grpc-netty grpc-protobuf grpc-protobuf-lite grpc-stub perfmark-api \
    netty-buffer netty-codec netty-codec-http netty-codec-http2 netty-codec-socks netty-common netty-handler netty-handler-proxy \
    netty-resolver netty-transport netty-transport-native-unix-common netty-tcnative \
    protobuf protobuf-util guava gson geronimo-annotation-1.3-spec error_prone_annotations jsr305; do
    [ -e "$jars/$jar.jar" ] || { echo "$jars/$jar.jar is absent: sh scripts/languages.sh" >&2; exit 1; }
    classpath=$classpath:$jars/$jar.jar
done
classpath=${classpath#:}
sh "$kit/generate.sh" java "$out/generated"
# Debian has no proto-google-common-protos, which elsewhere brings these
protoc -I "$kit/third_party" --java_out="$out/generated" "$kit"/third_party/google/rpc/*.proto
mkdir -p "$out/classes"
find "$out/generated" -name '*.java' > "$out/sources"
javac -nowarn -proc:none -cp "$classpath" -d "$out/classes" @"$out/sources"
javac -Xlint:all,-processing,-path -proc:none -cp "$classpath:$out/classes" -d "$out/classes" ./*.java

# Debian's Netty has taken ALPN out of its TLS by Java, and names the library for TLS by OpenSSL otherwise than Netty looks for it.
mkdir -p "$out/lib"
cp /usr/lib/*/jni/libnetty-tcnative.so "$out/lib/libnetty_tcnative.so"
cat > "$out/query" <<END
#!/bin/sh
exec java -XX:TieredStopAtLevel=1 -Djava.library.path="$out/lib" -cp "$out/classes:$classpath" Query "\$@"
END
chmod +x "$out/query"
