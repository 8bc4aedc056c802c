import com.google.gson.Gson;
import com.google.protobuf.util.JsonFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import shuniu.v1.QueryRequest;
import shuniu.v1.QueryResponse;
import shuniu.v1.Record; // by its name: java.lang.Record hides what shuniu.v1.* brings
import shuniu.v1.Value;

/** Asks the hub for one subject's records, prints them, and keeps answer and receipt: Query IDENTITY QUERY.json KEPT.json [SECONDS] */
public final class Query {
  private static final int TRIES = 3;
  private static final long LEAST_NANOS = TimeUnit.SECONDS.toNanos(1); // the hub refuses a shorter deadline
  /** JSON escapes control characters: values are somebody else's text. */
  static final Gson JSON = new Gson().newBuilder().serializeNulls().serializeSpecialFloatingPointValues().create();

  public static void main(String[] arguments) throws Exception {
    if (arguments.length < 3 || arguments.length > 4) {
      System.err.println("usage: Query IDENTITY QUERY.json KEPT.json [SECONDS]");
      System.exit(2);
    }
    QueryRequest.Builder request = QueryRequest.newBuilder();
    JsonFormat.parser().merge(Files.readString(Path.of(arguments[1])), request);
    double seconds = arguments.length == 4 ? Double.parseDouble(arguments[3]) : 10;
    int tries = 0;
    try (Hub hub = new Hub(Path.of(arguments[0]))) {
      long deadline = System.nanoTime() + (long) (seconds * 1e9);
      while (true) {
        try {
          tries++;
          Hub.Answer answer = hub.query(request.build(), deadline - System.nanoTime());
          answer.keep(Path.of(arguments[2]));
          show(answer, tries);
          return;
        } catch (Failure failure) {
          long pause = (long) (failure.pauseNanos(tries) * (1 + Math.random() / 5));
          if (pause < 0 || tries == TRIES || deadline - System.nanoTime() - pause < LEAST_NANOS) {
            failure.print(tries);
            System.exit(1);
          }
          TimeUnit.NANOSECONDS.sleep(pause);
        }
      }
    }
  }

  private static void show(Hub.Answer answer, int tries) throws Exception {
    QueryResponse response = QueryResponse.parseFrom(answer.bytes());
    int number = 0;
    for (Record record : response.getRecordsList()) {
      System.out.println("record " + ++number);
      for (Map.Entry<String, Value> field : new TreeMap<>(record.getFieldsMap()).entrySet()) {
        String kind = field.getValue().getKindCase().name().toLowerCase();
        System.out.println("  " + field.getKey() + ": " + kind + " " + JSON.toJson(plain(field.getValue())));
      }
    }
    System.out.println("masked: " + JSON.toJson(response.getMaskedFieldsList().toArray()));
    System.out.println("receipt: " + answer.receipt());
    System.out.println("tries: " + tries);
  }

  /** Returns a value of Java for a shuniu.v1.Value. */
  private static Object plain(Value value) {
    switch (value.getKindCase()) {
      case NULL_VALUE:
        return null;
      case STRING_VALUE:
        return value.getStringValue();
      case INT64_VALUE:
        return String.valueOf(value.getInt64Value()); // text: readers of JSON may round a number
      case DOUBLE_VALUE:
        return value.getDoubleValue();
      case BOOL_VALUE:
        return value.getBoolValue();
      case BYTES_VALUE:
        return Base64.getEncoder().encodeToString(value.getBytesValue().toByteArray());
      case DECIMAL_VALUE:
        return value.getDecimalValue(); // plain notation, for example "120.50"
      case DATE_VALUE:
        return value.getDateValue(); // YYYY-MM-DD
      case TIMESTAMP_VALUE:
        return Instant.ofEpochSecond(value.getTimestampValue().getSeconds(), value.getTimestampValue().getNanos()).toString();
      default:
        throw new IllegalArgumentException("a value of a type that these protos do not know");
    }
  }
}
