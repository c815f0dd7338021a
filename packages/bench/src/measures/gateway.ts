/** What a gateway adds to each request: CPU time of its process as a ratio to the limit, and memory of open streams. */
import { Agent, request as send } from "node:http";
import { type Bench, limit, us } from "../bench.ts";
import { type Child, start } from "../child.ts";
import type { GatewayAddress } from "../gateways/gateway-under-test.ts";
import { median, spread } from "../statistics.ts";
import type { Cell, Row } from "../table.ts";

/** CPU time in milliseconds, memory in bytes. */
interface Usage {
  cpu: number;
  rss: number;
  heap: number;
}

interface Subject {
  child: Child;
  address: GatewayAddress;
  cpu: number[];
  ratios: number[];
  problem?: string;
}

interface Measure {
  name: string;
  title: string;
  plan: string;
  stream: boolean;
  atOnce: number;
  calls: number;
}

/** Deltas of a stream, each in a packet of its own. */
const DELTAS = 200;
const STREAM = `text.chat.${DELTAS}.each`;
const OPEN = 1000;
/** A delta every 2 seconds: all streams are open at once. */
const SLOW = "slow.8.2000";
const GOAL = 2;
/** Rounds before the measurement. A gateway runs for weeks, so the cost of its first calls does not count. */
const WARM_UP = 8;
/**
 * Small calls before the measurement, at least. V8 compiles code that runs once per call only after many calls. In the first, fifth, ninth and fifteenth thousand, a
 * small call of the gateway took 0.96, 0.79, 0.74 and 0.63 ms, of Portkey 1.19, 0.76, 0.72 and 0.66 ms, and of the limit 0.64, 0.47, 0.40 and 0.33 ms.
 */
const WARM_UP_SMALL = 16_000;
/** Streams before the measurement, at least. One of the gateway took 4.6 ms in the first 500, 3.3 ms after 2,000 and 2.5 ms after 4,000; of the limit 1.9, 1.2 and 1.1 ms. */
const WARM_UP_STREAMS = 2000;

const measures: readonly Measure[] = [
  { name: "gateway.small.1", title: "a small call", plan: "small", stream: false, atOnce: 1, calls: 200 },
  { name: "gateway.small.64", title: "small calls, 64 at once", plan: "small", stream: false, atOnce: 64, calls: 640 },
  { name: "gateway.stream.1", title: `a stream of ${DELTAS} packets`, plan: STREAM, stream: true, atOnce: 1, calls: 10 },
  { name: "gateway.stream.64", title: `streams of ${DELTAS} packets, 64 at once`, plan: STREAM, stream: true, atOnce: 64, calls: 64 },
];

/** CPU time of one call, in rounds, so that other load on the machine affects all gateways equally. */
export async function measureGateways(bench: Bench, isSelected: (name: string) => boolean): Promise<Row[]> {
  const rows: Row[] = [];
  const wanted = measures.filter(({ name }) => isSelected(name));
  if (wanted.length > 0) rows.push(...(await measureCpu(bench, wanted)));
  if (isSelected("gateway.memory")) rows.push(...(await measureMemory(bench)));
  return rows;
}

async function measureCpu(bench: Bench, wanted: readonly Measure[]): Promise<Row[]> {
  const subjects = await open(bench, [...new Set(wanted.map(({ plan }) => plan))]);
  const rows: Row[] = [];
  for (const measure of wanted) {
    for (const subject of subjects.values()) Object.assign(subject, { cpu: [], ratios: [] });
    const rounds = bench.quick ? 5 : 15;
    const warmUp = measure.stream || bench.quick ? WARM_UP_STREAMS : WARM_UP_SMALL;
    for (let round = -WARM_UP; round < rounds; round++) {
      bench.progress(`${measure.name}: ${round < 0 ? "warming up" : `round ${round + 1}`}`);
      let base = Number.NaN;
      const repeats = round < 0 ? Math.ceil(warmUp / (WARM_UP * measure.calls)) : 1;
      for (const [name, subject] of subjects) {
        for (let again = 1; again < repeats; again++) await cpuOf(subject, measure);
        const cpu = await cpuOf(subject, measure);
        if (cpu === undefined) continue;
        if (name === limit) base = cpu;
        if (round < 0) continue;
        subject.cpu.push(cpu);
        subject.ratios.push(cpu / base);
      }
    }
    rows.push({ name: measure.name, title: measure.title, unit: "ms", shows: "ratio", goal: GOAL, cells: cellsOf(subjects) });
  }
  for (const { child } of subjects.values()) child.end();
  return rows;
}

/** Milliseconds of CPU time of the gateway's process for one call. */
async function cpuOf(subject: Subject, measure: Measure): Promise<number | undefined> {
  if (subject.problem !== undefined) return undefined;
  try {
    const before = await subject.child.ask<Usage>({});
    await load(subject.address, measure);
    const after = await subject.child.ask<Usage>({});
    return (after.cpu - before.cpu) / measure.calls;
  } catch (error) {
    subject.problem = error instanceof Error ? error.message : String(error);
    return undefined;
  }
}

function cellsOf(subjects: ReadonlyMap<string, Subject>): Record<string, Cell> {
  const base = median(subjects.get(limit)?.cpu ?? []);
  const cells = [...subjects].map(([name, { cpu, ratios, problem }]): [string, Cell] => {
    if (problem !== undefined) return [name, { problem }];
    return [name, name === limit ? { value: base, spread: spread(cpu) } : { value: median(ratios) * base, spread: spread(ratios) * base }];
  });
  return Object.fromEntries(cells);
}

/** The memory of many open streams, in processes that have served some before. */
async function measureMemory(bench: Bench): Promise<Row[]> {
  const subjects = await open(bench, [SLOW, STREAM]);
  const rss: Record<string, Cell> = {};
  const heap: Record<string, Cell> = {};
  for (const [name, { child, address }] of subjects) {
    bench.progress(`gateway.memory: ${name}`);
    try {
      await load(address, { plan: STREAM, stream: true, atOnce: 16, calls: 64 });
      const before = await child.ask<Usage>({ collect: true });
      let opened = 0;
      const all = load(address, { plan: SLOW, stream: true, atOnce: OPEN, calls: OPEN }, () => opened++);
      while (opened < OPEN) await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 50))]);
      const during = await child.ask<Usage>({ collect: true });
      await all;
      rss[name] = { value: during.rss / 1e6 };
      heap[name] = { value: (during.heap - before.heap) / 1e6 };
    } catch (error) {
      const cell: Cell = { problem: error instanceof Error ? error.message : String(error) };
      rss[name] = cell;
      heap[name] = cell;
    }
  }
  for (const { child } of subjects.values()) child.end();
  const title = `${OPEN} open streams`;
  return [
    { name: "gateway.memory.heap", title: `heap of ${title}`, unit: "MB", shows: "value", cells: heap },
    { name: "gateway.memory.rss", title: `process size with ${title}`, unit: "MB", shows: "value", cells: rss },
  ];
}

async function open(bench: Bench, plans: readonly string[]): Promise<Map<string, Subject>> {
  const upstream = bench.url("").replace(/\/$/, "");
  const subjects = new Map<string, Subject>();
  for (const name of [limit, us, ...bench.gatewayPeers]) {
    const { child, ready } = await start<GatewayAddress>("./gateway-main.ts", [name, upstream, plans.join(",")]);
    subjects.set(name, { child, address: ready, cpu: [], ratios: [] });
  }
  return subjects;
}

/** Sends `calls` calls, `atOnce` at the same time, and reads every answer to its end. */
async function load(
  { origin, requests }: GatewayAddress,
  { plan, stream, atOnce, calls }: Pick<Measure, "plan" | "stream" | "atOnce" | "calls">,
  onFirst: () => void = () => {},
): Promise<void> {
  const target = requests[plan];
  if (target === undefined) throw new Error(`there is no plan ${plan}`);
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const body = JSON.stringify({ model: target.model, messages: [{ role: "user", content: "Hello" }], ...(stream ? { stream } : {}) });
  const options = {
    method: "POST",
    agent,
    headers: { ...target.headers, "content-type": "application/json", "content-length": Buffer.byteLength(body) },
  };
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const request = send(origin + target.path, options, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.once("data", onFirst);
        response.on("data", (piece: string) => {
          text = (text + piece).slice(-200);
        });
        response.on("error", reject);
        response.on("end", () => {
          const whole = stream ? text.includes("[DONE]") : text.trimEnd().endsWith("}");
          if (response.statusCode === 200 && whole) resolve();
          else reject(new Error(`answered with ${response.statusCode}: ${text}`));
        });
      });
      request.on("error", reject);
      request.end(body);
    });
  let left = calls;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) await one();
    }),
  );
  agent.destroy();
}
