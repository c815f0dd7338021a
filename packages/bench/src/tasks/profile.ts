/** Profiles one CPU measure with V8's sampling profiler, after a warm-up. */
import { writeFileSync } from "node:fs";
import type { Profiler } from "node:inspector";
import { Session } from "node:inspector/promises";
import type { Subject } from "../subject.ts";
import { prepare, type Work } from "./cpu.ts";

export interface SelfTime {
  /** The name of the function. */
  name: string;
  /** `file:line` of the function. */
  where: string;
  file: string;
  /** Milliseconds per run in the function, without its callees. */
  ms: number;
}
export interface ProfileFigures {
  runs: number;
  /** Milliseconds of CPU time per run. Samples use the wall clock, so their sum is larger on a busy machine. */
  cpu: number;
  functions: SelfTime[];
}

export async function profile(
  subject: Subject,
  { work, seconds, saveAs }: { work: Work; seconds: number; saveAs: string },
): Promise<ProfileFigures> {
  const run = prepare(subject, work);
  const until = async (ms: number): Promise<number> => {
    const end = performance.now() + ms;
    let runs = 0;
    for (; performance.now() < end; runs++) await run();
    return runs;
  };
  await until(seconds * 500);
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: 200 });
  await session.post("Profiler.start");
  const before = process.cpuUsage();
  const runs = await until(seconds * 1000);
  const { user, system } = process.cpuUsage(before);
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  writeFileSync(saveAs, JSON.stringify(profile));
  return { runs, cpu: (user + system) / 1000 / runs, functions: selfTimes(profile, runs) };
}

function selfTimes({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile, runs: number): SelfTime[] {
  const frames = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const times = new Map<string, SelfTime>();
  for (const [i, id] of samples.entries()) {
    const frame = frames.get(id);
    if (frame === undefined) continue;
    const file = frame.url.replace(/^file:\/\//, "").replace(/^.*\/node_modules\/(?=[^/]+)/, "node_modules/");
    const where = file === "" ? "" : `${file}:${frame.lineNumber + 1}`;
    const key = `${frame.functionName} ${where}`;
    const name = frame.functionName === "" ? "(anonymous)" : frame.functionName;
    const time = times.get(key) ?? { name, where, file: file === "" ? frame.functionName : file, ms: 0 };
    time.ms += (timeDeltas[i] ?? 0) / 1000 / runs;
    times.set(key, time);
  }
  return [...times.values()].sort((a, b) => b.ms - a.ms);
}
