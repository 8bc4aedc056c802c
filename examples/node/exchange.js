// Asks a predicate, queries many keys of one case, or gets a whole table, and keeps every receipt:
//   SHUNIU_PROTOS=KIT node exchange.js IDENTITY check REQUEST.json RECEIPT.json
//   SHUNIU_PROTOS=KIT node exchange.js IDENTITY many REQUEST.json FOLDER < KEYS
//   SHUNIU_PROTOS=KIT node exchange.js IDENTITY stream REQUEST.json TABLE.arrows
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import grpc from "@grpc/grpc-js";
import { OPTIONS, failureOf, keep, load, readIdentity } from "./hub.js";

const SECONDS = { check: 10, many: 120, stream: 3600 };
const END_OF_STREAM = Buffer.from([255, 255, 255, 255, 0, 0, 0, 0]); // what ends an Arrow IPC stream
const asItCame = (bytes) => bytes; // the digests on the log are of the answers' own bytes

const protos = load("shuniu/v1/exchange.proto");
const { Check, QueryMany, Stream } = protos["shuniu.v1.ExchangeService"];
const CheckResponse = protos["shuniu.v1.CheckResponse"];
const QueryManyResponse = protos["shuniu.v1.QueryManyResponse"];
const ANSWER = QueryManyResponse.type.field.find(({ name }) => name === "answer").number;
const Exchange = grpc.makeGenericClientConstructor(
  { Check: { ...Check, responseDeserialize: asItCame }, QueryMany: { ...QueryMany, responseDeserialize: asItCame }, Stream },
  "ExchangeService",
);

const say = (name, said) => console.log(`${name}: ${JSON.stringify(said)}`);

async function check(hub, request, out, deadline) {
  const [answer, trailers] = await new Promise((resolve, reject) => {
    let came;
    const call = hub.Check(request, { deadline }, (error, bytes) => (error ? reject(error) : (came = bytes)));
    call.on("status", (status) => status.code === grpc.status.OK && resolve([came, status.metadata]));
  });
  const [origin, index, leaf, salt] = ["log-origin", "log-index", "log-leaf-bin", "answer-salt-bin"].map((name) => trailers.get(`shuniu-${name}`)[0]);
  keep(out, answer, { origin, index, leaf, salt });
  say("answer", CheckResponse.deserialize(answer).answer);
}

/** Sends the keys as fast as the hub takes them, and reads the answers as they come: a key that is refused ends nothing. */
async function many(hub, opening, folder, deadline) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const call = hub.QueryMany({ deadline });
  const sending = send(call, opening);
  for await (const bytes of call) {
    const one = QueryManyResponse.deserialize(bytes);
    if (one.outcome === "refusal") {
      say(`key${one.place}`, { refusal: one.refusal.reason, message_zh: one.refusal.message_zh });
      continue;
    }
    const receipt = { origin: one.log_origin, index: one.log_index, leaf: one.log_leaf, salt: one.answer_salt };
    keep(join(folder, `${one.log_index}.json`), answerIn(bytes), receipt);
    say(`key${one.place}`, { records: one.answer.records.length, index: one.log_index });
  }
  await sending;
}

async function send(call, opening) {
  call.write({ opening });
  let place = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    if (!line.trim()) continue;
    if (!call.write({ key: { place: ++place, subject_key: line.trim() } })) await once(call, "drain");
  }
  call.end();
}

/** Returns the bytes of the answer as they stand in a QueryManyResponse: to read it and write it again may give others. */
function answerIn(message) {
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  let at = 0;
  while (at < message.length) {
    const tag = varint();
    if ((tag & 7) === 0) varint();
    else if ((tag & 7) === 1) at += 8;
    else if ((tag & 7) === 5) at += 4;
    else {
      const length = varint();
      at += length;
      if (tag >>> 3 === ANSWER) return message.subarray(at - length, at);
    }
  }
  return Buffer.alloc(0);
}

/** Writes the table as it comes; reading no faster than the disk writes, so that nothing piles up. */
async function stream(hub, request, path, deadline) {
  let file;
  const hash = createHash("sha256");
  let schemaEnd = 0;
  let size = 0;
  let end;
  const add = async (bytes) => {
    hash.update(bytes);
    size += bytes.length;
    if (!file.write(bytes)) await once(file, "drain");
  };
  for await (const message of hub.Stream(request, { deadline })) {
    if (message.part === "schema") {
      file = createWriteStream(path, { mode: 0o600, flags: "wx" }); // now, since a refusal leaves none
      await add(message.schema);
      schemaEnd = size;
    } else if (message.part === "frame") {
      await add(message.frame.batch);
    } else {
      end = message.end;
    }
  }
  const content = hash.digest();
  const digest = createHash("sha256").update("shuniu answer v1\n").update(end?.salt ?? "").update(content).digest();
  if (!end || !digest.equals(end.digest)) throw new Error("the stream is not whole: do not use it");
  file.end(END_OF_STREAM);
  await finished(file);
  const receipt = { origin: end.log_origin, index: end.log_index, leaf: end.log_leaf, salt: end.salt };
  keep(`${path}.receipt.json`, content, receipt, { delivery: { file: basename(path), schema_end: schemaEnd, start: schemaEnd, end: size } });
  say("rows", Number(end.rows));
}

const WAYS = { check, many, stream };
const [folder, way, requestFile, out] = process.argv.slice(2);
if (!out || !WAYS[way]) {
  console.error("usage: node exchange.js IDENTITY check|many|stream REQUEST.json OUT");
  process.exit(2);
}
const identity = readIdentity(folder);
const hub = new Exchange(identity.members, grpc.credentials.createSsl(identity.ca, identity.key, identity.cert), OPTIONS);
try {
  await WAYS[way](hub, JSON.parse(readFileSync(requestFile)), out, Date.now() + SECONDS[way] * 1000);
} catch (error) {
  if (typeof error.code !== "number") throw error;
  for (const [name, said] of Object.entries(failureOf(error))) console.error(`${name}: ${JSON.stringify(said)}`);
  process.exitCode = 1;
} finally {
  hub.close();
}
