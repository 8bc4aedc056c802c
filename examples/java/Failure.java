import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.LocalizedMessage;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** What a failed call means: the hub's own reason and texts where it sent them, the status of gRPC otherwise. */
final class Failure extends Exception {
  private static final long serialVersionUID = 1;

  final String code;
  String reason;
  String messageZh;
  String nextAction;
  String nextActionZh;
  final transient List<String> fields = new ArrayList<>();
  final transient Map<String, String> facts = new TreeMap<>();
  Double retrySeconds; // set where waiting helps

  Failure(StatusRuntimeException error) {
    super(error.getStatus().getDescription(), error);
    code = reason = error.getStatus().getCode().name();
    try {
      Status status = StatusProto.fromThrowable(error); // out of the trailer grpc-status-details-bin
      if (status != null) {
        for (Any detail : status.getDetailsList()) {
          read(detail);
        }
      }
    } catch (InvalidProtocolBufferException | IllegalArgumentException unreadable) {
      // details that cannot be read are left out, never guessed
    }
  }

  private void read(Any detail) throws InvalidProtocolBufferException {
    if (detail.is(ErrorInfo.class)) {
      ErrorInfo info = detail.unpack(ErrorInfo.class);
      if (info.getDomain().equals("shuniu")) {
        reason = info.getReason();
        facts.putAll(info.getMetadataMap());
        nextAction = facts.remove("next_action");
        nextActionZh = facts.remove("next_action_zh");
      }
    } else if (detail.is(LocalizedMessage.class)) {
      LocalizedMessage text = detail.unpack(LocalizedMessage.class);
      messageZh = text.getLocale().equals("zh-CN") ? text.getMessage() : messageZh;
    } else if (detail.is(BadRequest.class)) {
      detail.unpack(BadRequest.class).getFieldViolationsList().forEach(violation -> fields.add(violation.getField()));
    } else if (detail.is(RetryInfo.class)) {
      Duration delay = detail.unpack(RetryInfo.class).getRetryDelay();
      retrySeconds = delay.getSeconds() + delay.getNanos() / 1e9;
    }
  }

  /** Returns how long to wait before the next try, -1 where none is due. */
  long pauseNanos(int tries) {
    if (retrySeconds != null) {
      return (long) (retrySeconds * 1e9);
    }
    // No connection, and no word of the hub. A Query changes nothing, so it may be sent again; each is an access of its own on the log.
    return reason.equals("UNAVAILABLE") && messageZh == null ? TimeUnit.MILLISECONDS.toNanos(500L * tries) : -1;
  }

  void print(int tries) {
    Object[] said = {
      "code", code, "reason", reason, "message", getMessage(), "messageZh", messageZh, "nextAction", nextAction, "nextActionZh", nextActionZh,
      "fields", fields, "facts", facts, "retrySeconds", retrySeconds, "tries", tries
    };
    for (int at = 0; at < said.length; at += 2) {
      if (said[at + 1] != null) {
        System.err.println(said[at] + ": " + Query.JSON.toJson(said[at + 1]));
      }
    }
  }
}
