/** `npm run bench -- --profile text.chat.64k`: whose time it is, by area, file and function, of one CPU measure, for the limit and for a subject. */
import { readFileSync, writeFileSync } from "node:fs";
import type { Profiler } from "node:inspector";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type Bench, limit } from "./bench.ts";
import { LEFT_OUT, renderFlame } from "./flame.ts";
import { cpuMeasures } from "./measures/cpu.ts";
import type { ProfileFigures, SelfTime } from "./tasks/profile.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

export async function profile(bench: Bench, name: string, subject: string, seconds: number): Promise<string> {
  const measure = cpuMeasures.find((one) => one.name === name);
  if (measure === undefined)
    throw new Error(`there is no CPU measure "${name}"; the CPU measures are: ${cpuMeasures.map((one) => one.name).join(", ")}`);
  const parts: string[] = [];
  for (const who of [limit, subject].filter((one, i, all) => all.indexOf(one) === i)) {
    bench.progress(`profiling ${who}`);
    const saveAs = join(tmpdir(), `bench-${who}-${name}.cpuprofile`);
    const child = await bench.runner(who);
    const parameters = { work: measure.work(bench.url), seconds, saveAs };
    const figures = await child.ask<ProfileFigures>({ task: "profile", parameters });
    child.end();
    writeFlame(`${who}, ${name}`, saveAs);
    parts.push(render(`${who}, ${name}`, figures, saveAs, who === subject ? 40 : 5));
  }
  bench.progress("");
  return parts.join("\n\n");
}

function render(title: string, { runs, cpu, functions }: ProfileFigures, saveAs: string, most: number): string {
  const busy = functions.filter((one) => !LEFT_OUT.has(one.name));
  const total = busy.reduce((sum, one) => sum + one.ms, 0);
  const files = new Map<string, SelfTime>();
  for (const one of busy) {
    const file = files.get(one.file) ?? { name: short(one.file), where: "", file: one.file, ms: 0 };
    file.ms += one.ms;
    files.set(one.file, file);
  }
  const areas = new Map<string, SelfTime>();
  for (const one of busy) {
    const name = areaOf(one);
    const area = areas.get(name) ?? { name, where: "", file: "", ms: 0 };
    area.ms += one.ms;
    areas.set(name, area);
  }
  const line = ({ name, where, ms }: SelfTime): string =>
    `  ${ms.toFixed(2).padStart(8)} ms ${((100 * ms) / total).toFixed(1).padStart(5)} %  ${name.padEnd(where === "" ? 0 : 32)} ${short(where)}`.trimEnd();
  const bySize = (times: Map<string, SelfTime>): SelfTime[] => [...times.values()].sort((a, b) => b.ms - a.ms);
  return [
    `${title}: ${cpu.toFixed(2)} ms of CPU time per run, ${runs} runs; ${total.toFixed(2)} ms of wall-clock self time without idle time`,
    "",
    "by area",
    ...bySize(areas).map(line),
    "",
    "by file",
    ...bySize(files)
      .slice(0, Math.ceil(most / 2))
      .map(line),
    "",
    "by function",
    ...busy.slice(0, most).map(line),
    "",
    `The whole profile: ${saveAs}`,
    `The flame graph: ${saveAs}.svg`,
  ].join("\n");
}
/** Whose time it is. */
function areaOf({ name, file }: SelfTime): string {
  const path = short(file);
  if (/^packages\/bench/.test(path)) return "the benchmark";
  if (/^(?:packages|providers)\//.test(path)) return "this library";
  if (path.startsWith("node_modules/")) return "dependencies";
  if (file.includes("undici")) return "fetch (undici)";
  if (file.includes("webstreams")) return "web streams";
  if (file.startsWith("node:")) return "other modules of Node";
  if (file.startsWith("wasm:")) return "the parser of HTTP";
  return name === "(garbage collector)" ? "garbage collection" : "native code: sockets, JSON, regular expressions";
}

function writeFlame(title: string, file: string): void {
  const profile = JSON.parse(readFileSync(file, "utf8")) as Profiler.Profile; // the task wrote it
  const shorten = (url: string): string => short(url.replace(/^file:\/\//, "").replace(/^.*\/node_modules\/(?=[^/]+)/, "node_modules/"));
  writeFileSync(`${file}.svg`, renderFlame(title, profile, shorten));
}
function short(path: string): string {
  return path.startsWith(root) ? relative(root, path) : path;
}
