// Serves the rows of a JSON file to the hub, and to nobody else:
//   SHUNIU_PROTOS=KIT node provider.js IDENTITY TABLE.json HOST:PORT
import { X509Certificate, createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import grpc from "@grpc/grpc-js";
import { load, readIdentity, refusal } from "./hub.js";

const OPTIONS = { "grpc.max_receive_message_length": 1024 * 1024, "grpc.max_send_message_length": 4 * 1024 * 1024 };
const { PERMISSION_DENIED, INVALID_ARGUMENT, DATA_LOSS, INTERNAL } = grpc.status;

const service = load("shuniu/v1/provider.proto")["shuniu.v1.ProviderService"];
// The hub compares this digest with what it sent, so it is made of the bytes as they came.
const Fetch = { ...service.Fetch, requestDeserialize: (bytes) => ({ asked: sha256(bytes), ...service.Fetch.requestDeserialize(bytes) }) };

const sha256 = (bytes) => createHash("sha256").update(bytes).digest();

/** How a column's value travels; throws where it is none. Numbers that JavaScript would round stand in the file as text. */
const WRITE = {
  FIELD_TYPE_STRING: (value) => ({ string_value: of("string", value) }),
  FIELD_TYPE_INT64: (value) => ({ int64_value: whole(value) }),
  FIELD_TYPE_DOUBLE: (value) => ({ double_value: of("number", value) }),
  FIELD_TYPE_BOOL: (value) => ({ bool_value: of("boolean", value) }),
  FIELD_TYPE_DECIMAL: (value) => ({ decimal_value: of("string", value) }), // "120.50": plain notation
  FIELD_TYPE_DATE: (value) => ({ date_value: of("string", value) }), // YYYY-MM-DD
  FIELD_TYPE_TIMESTAMP: (value) => ({ timestamp_value: moment(value) }), // ISO 8601 with its zone
  FIELD_TYPE_BYTES: (value) => ({ bytes_value: Buffer.from(value, "base64") }),
};

function of(type, value) {
  if (typeof value !== type) throw new TypeError(type);
  return value;
}

function whole(value) {
  const number = BigInt(value);
  if (BigInt.asIntN(64, number) !== number) throw new RangeError("more than 64 bits");
  return String(number);
}

function moment(text) {
  const milliseconds = Date.parse(text);
  const seconds = Math.floor(milliseconds / 1000);
  if (Number.isNaN(seconds)) throw new RangeError("no time");
  return { seconds: String(seconds), nanos: (milliseconds - seconds * 1000) * 1_000_000 };
}

/** Refuses whoever is not the hub itself. TLS has checked that its CA issued the certificate, but every member has one of that CA. */
function checkHub(call, hub) {
  const raw = call.getAuthContext().sslPeerCertificate?.raw;
  const certificate = raw && new X509Certificate(raw);
  const names = certificate?.subjectAltName ?? "";
  const uris = names.split(", ").filter((name) => name.startsWith("URI:"));
  // Node quotes a name with a comma or a quote in it, which no name of the hub has; one URI and no other
  const isHub = !names.includes('"') && uris.length === 1 && uris[0] === `URI:shuniu://${hub}/hub`;
  // looked at with every call: a connection may outlive its certificate
  const isInForce = certificate && Date.parse(certificate.validFrom) <= Date.now() && Date.now() <= Date.parse(certificate.validTo);
  if (!isHub || !isInForce) throw refusal(PERMISSION_DENIED, "NOT_THE_HUB", "only the hub may call this provider", "仅允许共享枢纽调用");
}

/** Refuses what is not served here, with the reasons that the hub knows; `column` names the one at fault. */
function checkAsked({ resource, key, columns }, request) {
  const refuse = (reason, facts) => {
    throw refusal(INVALID_ARGUMENT, reason, "call Describe for what is served here", "请调用 Describe 查看可提供的内容", facts);
  };
  if (request.resource !== resource) refuse("UNKNOWN_RESOURCE");
  if (request.key_field !== key) refuse("UNKNOWN_KEY");
  const unknown = request.fields.find((name) => !columns.some((column) => column.name === name));
  if (unknown !== undefined) refuse("UNKNOWN_FIELD", { column: unknown });
}

/** Answers a Fetch: the fields that were asked for and no other, at most `limit` records. */
function fetch(table, request) {
  checkAsked(table, request);
  const columns = request.fields.map((name) => table.columns.find((column) => column.name === name));
  const found = table.rows.filter((row) => String(row[table.key]) === request.key).slice(0, request.limit || 1000);
  const records = found.map((row) => ({ fields: Object.fromEntries(columns.map((column) => [column.name, valueOf(column, row[column.name])])) }));
  return { records, asked: request.asked };
}

function valueOf(column, value) {
  if (value === null || value === undefined) return { null_value: 0 };
  try {
    return WRITE[column.value_type](value);
  } catch {
    throw refusal(DATA_LOSS, "BAD_RECORD", "a record holds a value that is not of its column's type", "记录中有值与信息项类型不符", { column: column.name });
  }
}

/** Makes a handler: only for the hub; what goes wrong inside is not told, because it may quote a record. */
function guard(hub, answer) {
  return (call, done) => {
    try {
      checkHub(call, hub);
      done(null, answer(call.request));
    } catch (error) {
      if (error.metadata) return done(error);
      console.error(`a call failed with ${error.name}`);
      done(refusal(INTERNAL, "PROVIDER_FAILED", "the provider failed", "提供方内部错误"));
    }
  };
}

function serve(identity, table, address) {
  const { resource, key, columns } = table;
  const server = new grpc.Server(OPTIONS);
  server.addService(
    { Describe: service.Describe, Fetch },
    {
      Describe: guard(identity.hub, () => ({ resources: [{ resource, key, columns }] })),
      Fetch: guard(identity.hub, (request) => fetch(table, request)),
    },
  );
  const pair = { private_key: identity.key, cert_chain: identity.cert };
  server.bindAsync(address, grpc.ServerCredentials.createSsl(identity.ca, [pair], true), (error, port) => {
    if (error) throw error;
    console.log(`serving ${resource} on port ${port}`);
  });
  process.on("SIGTERM", () => server.tryShutdown(() => process.exit()));
}

const [folder, tableFile, address] = process.argv.slice(2);
if (!address) {
  console.error("usage: node provider.js IDENTITY TABLE.json HOST:PORT");
  process.exit(2);
}
serve(readIdentity(folder), JSON.parse(readFileSync(tableFile)), address);
