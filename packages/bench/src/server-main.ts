/** The server process. It answers any request with the plan in the path, `/<plan>/…`, from bytes that are rendered before the measurement. */
import { createServer, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { drained } from "@lumiverse/conformance/internals";
import { modelList } from "./model-list.ts";
import { type Protocol, protocols, smallBody, textStream, toolStream } from "./streams.ts";

interface Plan {
  type: string;
  packets: readonly Buffer[];
  /** Milliseconds before each packet. */
  pauseMs: number;
  /** The response stays open after the last packet, until the client closes it. */
  hangs: boolean;
}
/**
 * `text.<protocol>.<deltas>.<packets>`, `tool.<characters>.<packets>` (packets: `each`, one event a packet, or `64k`), `small`, `models.<number>`,
 * `slow.<deltas>.<pause>` and `hang` (some deltas, then nothing), both in the chat protocol.
 */
function render(name: string): Plan {
  const [kind, ...rest] = name.split(".");
  const plan = { type: "text/event-stream", packets: [] as Buffer[], pauseMs: 0, hangs: false };
  const chat = (deltas: number): Buffer[] => packed(textStream("chat", deltas), "each");
  switch (kind) {
    case "small":
      return { ...plan, type: "application/json", packets: [Buffer.from(smallBody())] };
    case "models":
      return { ...plan, type: "application/json", packets: packed([modelList(Number(rest[0]))], "64k") };
    case "slow":
      return { ...plan, packets: chat(Number(rest[0])), pauseMs: Number(rest[1]) };
    case "hang":
      return { ...plan, packets: chat(3).slice(0, 4), hangs: true };
    case "tool":
      return { ...plan, packets: packed(toolStream(Number(rest[0])), rest[1]) };
    default:
      return { ...plan, packets: packed(textStream(protocols.find((one) => one === rest[0]) as Protocol, Number(rest[1])), rest[2]) };
  }
}
function packed(events: readonly string[], how: string | undefined): Buffer[] {
  if (how === "each") return events.map((event) => Buffer.from(event));
  const whole = Buffer.from(events.join(""));
  const packets: Buffer[] = [];
  for (let at = 0; at < whole.length; at += 65_536) packets.push(whole.subarray(at, at + 65_536));
  return packets;
}

const plans = new Map<string, Plan>();
const sockets = new Set<Socket>();
/** The sockets that wait for an answer or receive one. */
const busy = new Set<Socket>();
/** The times at which clients closed an unfinished answer, in nanoseconds of the monotonic clock, which all processes share. */
let closes: bigint[] = [];

const server = createServer((request, response) => {
  const name = request.url?.split("/")[1] ?? "";
  const plan = plans.get(name) ?? render(name);
  plans.set(name, plan);
  const { socket } = request;
  busy.add(socket);
  response.on("close", () => {
    busy.delete(socket);
    if (!response.writableFinished) closes.push(process.hrtime.bigint());
  });
  request.resume().on("end", () => send(plan, response));
});
async function send({ type, packets, pauseMs, hangs }: Plan, response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-type": type });
  for (const packet of packets) {
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (response.destroyed) return;
    // Waiting for the socket keeps packets separate, as on a network.
    if (!response.write(packet)) await drained(response);
    else if (packets.length > 100 && packet.length < 4096) await new Promise((resolve) => setImmediate(resolve));
  }
  if (!hangs) response.end();
}

/** The questions of the parent. Each entry of `closes` is returned once. */
const answers = {
  sockets: (): number => {
    // Node's own `closeIdleConnections` leaves out sockets that never sent a request.
    for (const socket of sockets) if (!busy.has(socket)) socket.destroy();
    return sockets.size;
  },
  closes: (): string[] => {
    const list = closes.map(String);
    closes = [];
    return list;
  },
};
process.on("message", ({ task }: { task: keyof typeof answers }) => process.send?.({ result: answers[task]() }));
process.on("disconnect", () => process.exit(0));

server.on("connection", (socket: Socket) => {
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
});
// Longer than the pause between two runs of a subject, also on a busy machine: a client that sends into a socket which closes reports an error.
server.keepAliveTimeout = 20_000;
server.listen({ port: 0, host: "127.0.0.1", backlog: 2048 }, () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.send?.({ port: address.port });
});
