// What the programs share: the protos, the identity folder, how to connect, what is kept, and what an error of the hub says.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

/** Reads files of the unpacked protos. An int64 stays text, because a JavaScript number would round it. */
export function load(...files) {
  const kit = process.env.SHUNIU_PROTOS;
  if (!kit) throw new Error("set SHUNIU_PROTOS to the folder of the unpacked protos");
  const includeDirs = [join(kit, "protos"), join(kit, "third_party")];
  return loadSync(files, { includeDirs, keepCase: true, longs: String, enums: String, defaults: true, oneofs: true });
}

/** Reads the folder that `shuniu join` wrote: key, certificate, trust, and where the hub is. */
export function readIdentity(folder) {
  if (statSync(join(folder, "key.pem")).mode & 0o077) throw new Error("others may read key.pem: chmod 600");
  const [key, cert, ca] = ["key.pem", "cert.pem", "ca.pem"].map((name) => readFileSync(join(folder, name)));
  return { key, cert, ca, ...JSON.parse(readFileSync(join(folder, "system.json"))) };
}

export const OPTIONS = {
  "grpc.max_receive_message_length": 8 * 1024 * 1024, // gRPC's own limit is 4 MiB, as long as the longest answer without its frame
  "grpc.keepalive_time_ms": 330_000, // the hub hangs up on pings less than 5 minutes apart
  "grpc.keepalive_permit_without_calls": 1,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 1_000, // gRPC's own pauses grow to two minutes
};

/** Writes what `shuniu receipt` compares with the log: as secret as the answer itself. */
export function keep(path, answer, { origin, index, leaf, salt }, more = {}) {
  const [leaf_hash, salt64, answer64] = [leaf, salt, answer].map((bytes) => bytes.toString("base64"));
  const kept = { origin, index: Number(index), leaf_hash, salt: salt64, answer: answer64, proof: null, ...more };
  writeFileSync(path, JSON.stringify(kept, null, 2) + "\n", { mode: 0o600, flag: "wx" });
}

const errors = load("google/rpc/status.proto", "google/rpc/error_details.proto");
const Status = errors["google.rpc.Status"];
const DETAILS = "grpc-status-details-bin";

/** Says what a failed call means: the hub's own reason and texts where it sent them, the status of gRPC otherwise. */
export function failureOf(error) {
  const code = grpc.status[error.code];
  const failure = { code, reason: code, message: error.details, fields: [], facts: {} };
  const packed = error.metadata?.get(DETAILS)[0];
  try {
    const status = packed && Status.deserialize(packed);
    if (status?.code === error.code) status.details.forEach((detail) => readDetail(failure, detail));
  } catch {
    // details that cannot be read are left out, never guessed
  }
  return failure;
}

function readDetail(failure, { type_url, value }) {
  const name = type_url.slice(type_url.lastIndexOf("/") + 1);
  const detail = errors[name]?.deserialize(value);
  if (name === "google.rpc.ErrorInfo" && detail.domain === "shuniu") {
    const { next_action, next_action_zh, ...facts } = detail.metadata;
    Object.assign(failure, { reason: detail.reason, facts, nextAction: next_action, nextActionZh: next_action_zh });
  } else if (name === "google.rpc.LocalizedMessage" && detail.locale === "zh-CN") {
    failure.messageZh = detail.message;
  } else if (name === "google.rpc.BadRequest") {
    failure.fields = detail.field_violations.map((violation) => violation.field);
  } else if (name === "google.rpc.RetryInfo" && detail.retry_delay) {
    failure.retrySeconds = Number(detail.retry_delay.seconds) + detail.retry_delay.nanos / 1e9;
  }
}

/** Makes the error with which a provider refuses a call: gRPC's status, and the details in its trailers. */
export function refusal(code, reason, message, messageZh, facts = {}) {
  const pack = (name, detail) => ({ type_url: `type.googleapis.com/${name}`, value: errors[name].serialize(detail) });
  const details = [
    pack("google.rpc.ErrorInfo", { reason, domain: "shuniu", metadata: facts }),
    pack("google.rpc.LocalizedMessage", { locale: "zh-CN", message: messageZh }),
  ];
  const metadata = new grpc.Metadata();
  metadata.set(DETAILS, Status.serialize({ code, message, details }));
  return { code, details: message, metadata };
}
