import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import shuniu.v1.ExchangeServiceGrpc;
import shuniu.v1.QueryRequest;

/** One kept connection to the members' port; safe to share between threads. */
final class Hub implements AutoCloseable {
  /** The method with its answer left as bytes: the digest on the log is of these, and to write the message anew may order them otherwise. */
  private static final MethodDescriptor<QueryRequest, byte[]> QUERY =
      ExchangeServiceGrpc.getQueryMethod().toBuilder(ExchangeServiceGrpc.getQueryMethod().getRequestMarshaller(), new AsItCame()).build();

  private final ManagedChannel channel;

  /** Opens the hub with the folder that `shuniu join` wrote: key, certificate, trust, and where the hub is. */
  Hub(Path folder) throws IOException {
    Path key = folder.resolve("key.pem");
    if (!PosixFilePermissions.toString(Files.getPosixFilePermissions(key)).endsWith("------")) {
      throw new IOException("others may read key.pem: chmod 600");
    }
    JsonObject system = JsonParser.parseString(Files.readString(folder.resolve("system.json"))).getAsJsonObject();
    channel =
        Grpc.newChannelBuilder(
                system.get("members").getAsString(),
                TlsChannelCredentials.newBuilder()
                    .keyManager(folder.resolve("cert.pem").toFile(), key.toFile())
                    .trustManager(folder.resolve("ca.pem").toFile()) // this CA alone, not those of the machine
                    .build())
            .maxInboundMessageSize(8 << 20) // gRPC's own limit is 4 MiB, as long as the longest answer without its frame
            .keepAliveTime(330, TimeUnit.SECONDS) // the hub hangs up on pings less than 5 minutes apart
            .keepAliveWithoutCalls(true)
            .build();
  }

  /** Calls once; throws Failure where the hub refuses or is not there. */
  Answer query(QueryRequest request, long nanos) throws Failure {
    AtomicReference<Metadata> trailers = new AtomicReference<>();
    Channel listening =
        ClientInterceptors.intercept(channel, MetadataUtils.newCaptureMetadataInterceptor(new AtomicReference<>(), trailers));
    CallOptions limit = CallOptions.DEFAULT.withDeadlineAfter(nanos, TimeUnit.NANOSECONDS);
    try {
      byte[] bytes = ClientCalls.blockingUnaryCall(listening, QUERY, limit, request);
      return Answer.of(bytes, trailers.get());
    } catch (StatusRuntimeException error) {
      throw new Failure(error);
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }

  /** An answer as it came, and the receipt that names the access on the hub's log. The salt opens the digest there: as secret as the answer. */
  record Answer(byte[] bytes, String origin, long index, byte[] leaf, byte[] salt) {
    static Answer of(byte[] bytes, Metadata trailers) {
      String origin = trailers.get(Metadata.Key.of("shuniu-log-origin", Metadata.ASCII_STRING_MARSHALLER));
      String index = trailers.get(Metadata.Key.of("shuniu-log-index", Metadata.ASCII_STRING_MARSHALLER));
      byte[] leaf = trailers.get(Metadata.Key.of("shuniu-log-leaf-bin", Metadata.BINARY_BYTE_MARSHALLER));
      byte[] salt = trailers.get(Metadata.Key.of("shuniu-answer-salt-bin", Metadata.BINARY_BYTE_MARSHALLER));
      if (origin == null || index == null || leaf == null || leaf.length != 32 || salt == null || salt.length != 32) {
        throw new IllegalStateException("the hub answered without a receipt: do not use the answer");
      }
      return new Answer(bytes, origin, Long.parseLong(index), leaf, salt);
    }

    String receipt() {
      return origin + " " + index + " " + HexFormat.of().formatHex(leaf);
    }

    /** Writes what `shuniu receipt` compares with the log. */
    void keep(Path path) throws IOException {
      Base64.Encoder base64 = Base64.getEncoder();
      Map<String, Object> kept = new LinkedHashMap<>();
      kept.put("origin", origin);
      kept.put("index", index);
      kept.put("leaf_hash", base64.encodeToString(leaf));
      kept.put("salt", base64.encodeToString(salt));
      kept.put("answer", base64.encodeToString(bytes));
      Files.createFile(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.write(path, (Query.JSON.toJson(kept) + "\n").getBytes(StandardCharsets.UTF_8), StandardOpenOption.WRITE);
    }
  }

  private static final class AsItCame implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    }
  }
}
