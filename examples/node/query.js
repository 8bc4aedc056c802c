// Asks the hub for one subject's records, prints them, and keeps answer and receipt:
//   SHUNIU_PROTOS=KIT node query.js IDENTITY QUERY.json KEPT.json [SECONDS]
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import grpc from "@grpc/grpc-js";
import { OPTIONS, failureOf, keep, load, readIdentity } from "./hub.js";

const TRIES = 3;
const LEAST_SECONDS = 1; // the hub refuses a shorter deadline
const protos = load("shuniu/v1/exchange.proto");
const QueryResponse = protos["shuniu.v1.QueryResponse"];
// The answer is wanted byte for byte as it came: the digest on the log is of these bytes, and to write the message anew may order them otherwise.
const Query = { ...protos["shuniu.v1.ExchangeService"].Query, responseDeserialize: (bytes) => bytes };
const Exchange = grpc.makeGenericClientConstructor({ Query }, "ExchangeService");

function connect(identity) {
  return new Exchange(identity.members, grpc.credentials.createSsl(identity.ca, identity.key, identity.cert), OPTIONS);
}

/** Calls once; resolves to the answer's bytes and the trailers, which come after it. */
function ask(hub, request, deadline) {
  return new Promise((resolve, reject) => {
    let answer;
    const call = hub.Query(request, { deadline }, (error, bytes) => (error ? reject(error) : (answer = bytes)));
    call.on("status", (status) => status.code === grpc.status.OK && resolve({ answer, trailers: status.metadata }));
  });
}

/** Tries again while that is safe and may help, within one deadline for all tries. */
async function askPatiently(hub, request, seconds) {
  const deadline = Date.now() + seconds * 1000;
  for (let tries = 1; ; tries++) {
    try {
      return { tries, ...(await ask(hub, request, deadline)) };
    } catch (error) {
      const failure = { tries, ...failureOf(error) };
      const pause = pauseAfter(failure) * (1 + Math.random() / 5);
      const left = (deadline - Date.now()) / 1000 - pause;
      if (tries === TRIES || !(left >= LEAST_SECONDS)) throw failure;
      await sleep(pause * 1000);
    }
  }
}

/** Returns the seconds to wait before the next try, NaN where none is due. */
function pauseAfter(failure) {
  if (failure.retrySeconds !== undefined) return failure.retrySeconds;
  // No connection, and no word of the hub. A Query changes nothing, so it may be sent again; each is an access of its own on the log.
  if (failure.reason === "UNAVAILABLE" && failure.messageZh === undefined) return 0.5 * failure.tries;
  return NaN;
}

function receiptOf(trailers) {
  const [origin, index, leaf, salt] = ["log-origin", "log-index", "log-leaf-bin", "answer-salt-bin"].map((name) => trailers.get(`shuniu-${name}`)[0]);
  if (!origin || !/^\d+$/.test(index) || leaf?.length !== 32 || salt?.length !== 32) throw new Error("the hub answered without a receipt: do not use the answer");
  return { origin, index, leaf, salt };
}

/** Returns a value of JavaScript for a `shuniu.v1.Value`; text for what JavaScript has no exact number for. */
function plain(value) {
  switch (value.kind) {
    case "null_value":
      return null;
    case "bytes_value":
      return value.bytes_value.toString("base64");
    case "timestamp_value":
      return new Date(Number(value.timestamp_value.seconds) * 1000 + value.timestamp_value.nanos / 1e6).toISOString();
    case undefined:
      throw new Error("a value of a type that these protos do not know");
    default: // string, int64 (text), double, bool, decimal (text), date (YYYY-MM-DD)
      return value[value.kind];
  }
}

function show(answer, receipt, tries) {
  const response = QueryResponse.deserialize(answer);
  response.records.forEach((record, number) => {
    console.log(`record ${number + 1}`);
    for (const name of Object.keys(record.fields).sort()) {
      // JSON escapes control characters: values are somebody else's text
      console.log(`  ${name}: ${record.fields[name].kind} ${JSON.stringify(plain(record.fields[name]))}`);
    }
  });
  console.log(`masked: ${JSON.stringify(response.masked_fields)}`);
  console.log(`receipt: ${receipt.origin} ${receipt.index} ${receipt.leaf.toString("hex")}`);
  console.log(`tries: ${tries}`);
}

function complain(failure) {
  for (const [name, said] of Object.entries(failure)) console.error(`${name}: ${JSON.stringify(said)}`);
  process.exitCode = 1;
}

const [folder, queryFile, keptFile, seconds = "10"] = process.argv.slice(2);
if (!keptFile) {
  console.error("usage: node query.js IDENTITY QUERY.json KEPT.json [SECONDS]");
  process.exit(2);
}
const hub = connect(readIdentity(folder));
try {
  const { answer, trailers, tries } = await askPatiently(hub, JSON.parse(readFileSync(queryFile)), Number(seconds));
  const receipt = receiptOf(trailers);
  keep(keptFile, answer, receipt);
  show(answer, receipt, tries);
} catch (failure) {
  if (failure instanceof Error) throw failure;
  complain(failure);
} finally {
  hub.close();
}
