/** The server, in a process of its own: answers any POST by the plan in the path, `/<plan>/…`, from bytes that were rendered before. */
import { createServer, type ServerResponse } from "node:http";
import { smallBody, textStream, toolStream, type Wire, wires } from "./streams.ts";

/** `text.<wire>.<deltas>.<packets>`, `tool.<characters>.<packets>`, `small`, `slow.<deltas>`; packets: `each` (one event a packet) or `64k`. */
type Plan = { type: string; packets: readonly Buffer[]; pauseMs: number };
const plans = new Map<string, Plan>();

function planOf(name: string): Plan {
  let plan = plans.get(name);
  if (plan === undefined) {
    plan = render(name);
    plans.set(name, plan);
  }
  return plan;
}
function render(name: string): Plan {
  const [kind, ...rest] = name.split(".");
  const stream = "text/event-stream";
  if (kind === "small") return { type: "application/json", packets: [Buffer.from(smallBody())], pauseMs: 0 };
  if (kind === "slow")
    return { type: stream, packets: textStream("chat-completions", Number(rest[0])).map((event) => Buffer.from(event)), pauseMs: 20 };
  if (kind === "tool") return { type: stream, packets: packed(toolStream(Number(rest[0])), rest[1]), pauseMs: 0 };
  const wire = wires.find((one) => one === rest[0]) as Wire;
  return { type: stream, packets: packed(textStream(wire, Number(rest[1])), rest[2]), pauseMs: 0 };
}
function packed(events: readonly string[], how: string | undefined): Buffer[] {
  if (how === "each") return events.map((event) => Buffer.from(event));
  const whole = Buffer.from(events.join(""));
  const packets: Buffer[] = [];
  for (let at = 0; at < whole.length; at += 65_536) packets.push(whole.subarray(at, at + 65_536));
  return packets;
}

/** Room in the socket again, or nobody there any more. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}

let open = 0;
const server = createServer((request, response) => {
  if (request.url === "/open") {
    response.end(String(open));
    return;
  }
  request.resume();
  request.on("end", async () => {
    const plan = planOf(request.url?.split("/")[1] ?? "");
    response.writeHead(200, { "content-type": plan.type });
    open++;
    response.on("close", () => open--);
    for (const packet of plan.packets) {
      if (response.destroyed) return;
      if (plan.pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, plan.pauseMs));
      // Waiting for the socket keeps packets apart, as a network would.
      if (!response.write(packet)) await drained(response);
      else if (plan.packets.length > 100 && packet.length < 4096) await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.send?.({ port: address.port });
});
process.on("disconnect", () => process.exit(0));
