import { runCommand } from "@lumiverse/tools/command";
import { type Bench, limit, us } from "../bench.ts";
import { bundleProtocols, weighBundle } from "../bundle.ts";
import { type Footprint, one, three } from "../footprint.ts";
import { type Installed, installOurs, weighPackages } from "../packed.ts";
import { median, spread } from "../statistics.ts";
import type { Cell, Row } from "../table.ts";

/** Cold import, browser bundles and installation of the published packages. */
export async function measureFootprint(bench: Bench): Promise<Row[]> {
  const installed = await installOurs(bench.progress);
  try {
    const taking = (list: readonly Footprint[]): Footprint[] =>
      list.filter(({ subject }) => subject === limit || subject === us || (bench.peers.length > 0 && !bench.quick));
    const [single, triple] = [taking(one), taking(three)];
    const weighed = { one: await weighAll(bench, installed, single), three: await weighAll(bench, installed, triple) };
    const row = (name: string, title: string, unit: Row["unit"], goal: number | undefined, cells: Row["cells"]): Row => ({
      name: `footprint.${name}`,
      title,
      unit,
      shows: "value",
      ...(goal === undefined ? {} : { goal }),
      cells,
    });
    return [
      ...(await coldImports(bench, installed, single)),
      await firstCalls(bench, installed),
      row("bundle.one", "browser bundle, first load, one provider (gzipped)", "kB", 42, weighed.one.bundle),
      row("bundle.three", "browser bundle, first load, OpenAI, Anthropic and Google", "kB", 80, weighed.three.bundle),
      row("single.one", "browser bundle in one file, one provider (gzipped)", "kB", 75, weighed.one.single),
      row("single.three", "browser bundle in one file, OpenAI, Anthropic and Google", "kB", 120, weighed.three.single),
      row("packages.one", "packages installed, one provider", "", 5, weighed.one.packages),
      row("disk.one", "disk space, one provider", "MB", undefined, weighed.one.disk),
      row("packages.three", "packages installed, three providers", "", undefined, weighed.three.packages),
      row("disk.three", "disk space, three providers", "MB", undefined, weighed.three.disk),
    ];
  } finally {
    await installed.remove();
  }
}

/** The modules in one bundle of this library, with their sizes. */
export async function weigh(bench: Bench, bundle: string): Promise<string> {
  const installed = await installOurs(bench.progress);
  try {
    const bases = bundleProtocols.map((protocol) => bench.url(`text.${protocol}.20.64k`));
    const { bytes, modules } = await weighBundle(bundle, { modules: installed.app, scratch: installed.scratch, bases, splitting: true });
    bench.progress("");
    const lines = modules.map(({ path, bytes }) => `${String(bytes).padStart(8)}  ${path}`);
    return [`${bundle}: one chat loads ${bytes} bytes gzipped. Its modules in bytes, minified, not gzipped:`, ...lines].join("\n");
  } finally {
    await installed.remove();
  }
}

const folderOf = ({ app, peers }: Installed, { subject }: Footprint): string => (subject === limit || subject === us ? app : peers);

type WeighedColumn = "bundle" | "single" | "packages" | "disk";

async function weighAll(
  bench: Bench,
  installed: Installed,
  list: readonly Footprint[],
): Promise<Record<WeighedColumn, Record<string, Cell>>> {
  const cells: Record<WeighedColumn, Record<string, Cell>> = { bundle: {}, single: {}, packages: {}, disk: {} };
  const bases = bundleProtocols.map((protocol) => bench.url(`text.${protocol}.20.64k`));
  for (const footprint of list) {
    const { subject, bundle, packages } = footprint;
    bench.progress(`footprint: ${subject}`);
    const modules = folderOf(installed, footprint);
    const scratch = installed.scratch;
    for (const [column, splitting] of [
      ["bundle", true],
      ["single", false],
    ] as const)
      cells[column][subject] = await weighBundle(bundle, { modules, scratch, bases, splitting }).then(
        ({ bytes }) => ({ value: bytes / 1000 }),
        (error: Error) => ({ problem: error.message.split("\n")[0] ?? "" }),
      );
    const weight = await weighPackages(modules, packages);
    cells.packages[subject] = { value: weight.packages };
    cells.disk[subject] = { value: weight.bytes / 1e6 };
  }
  return cells;
}

/** Each import has a new process, in rounds. Another process counts modules, because counting takes time. */
async function coldImports(bench: Bench, installed: Installed, list: readonly Footprint[]): Promise<Row[]> {
  const times = new Map<string, number[]>(list.map(({ subject }) => [subject, []]));
  const modules: Record<string, Cell> = {};
  const zod: Record<string, Cell> = {};
  for (let round = 0; round < (bench.quick ? 5 : 10); round++) {
    for (const footprint of list) {
      bench.progress(`cold import: ${footprint.subject}, round ${round + 1}`);
      const imports = footprint.imports ?? footprint.packages;
      const cwd = folderOf(installed, footprint);
      if (round === 0) {
        const urls = JSON.parse(await evaluate(countModules(imports), cwd)) as string[];
        modules[footprint.subject] = { value: urls.length };
        zod[footprint.subject] = { value: urls.filter((url) => url.includes("/node_modules/zod/")).length };
      } else times.get(footprint.subject)?.push(Number(await evaluate(timeImports(imports), cwd)));
    }
  }
  const ms = Object.fromEntries([...times].map(([subject, list]) => [subject, { value: median(list), spread: spread(list) }]));
  return [
    { name: "footprint.import", title: "cold import, one provider", unit: "ms", shows: "value", goal: 30, cells: ms },
    { name: "footprint.modules", title: "modules loaded by the import", unit: "", shows: "value", cells: modules },
    { name: "footprint.zod", title: "zod modules loaded by the import", unit: "", shows: "value", goal: 0, cells: zod },
  ];
}

/** The CPU time of a new process from the end of its imports to the text of its first answer. */
async function firstCalls(bench: Bench, { app }: Installed): Promise<Row> {
  const base = bench.url("small");
  const request = { model: "bench", messages: [{ role: "user", content: "Tell me about the tide." }] };
  const post = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(request) };
  const calls = {
    [limit]: firstCall("", `(await (await fetch("${base}/call", ${JSON.stringify(post)})).json()).choices[0].message.content`),
    [us]: firstCall(
      importAll(["@lumiverse/core", "@lumiverse/groq"]),
      `(await core.connect("groq", { apiKey: "bench-key", baseURL: "${base}/v1" }).generate(${JSON.stringify(request)})).text`,
    ),
  };
  const times: Record<string, number[]> = { [limit]: [], [us]: [] };
  for (let round = 0; round < (bench.quick ? 5 : 12); round++) {
    for (const [subject, code] of Object.entries(calls)) {
      bench.progress(`first call: ${subject}, round ${round + 1}`);
      times[subject]?.push(Number(await evaluate(code, app)));
    }
  }
  const ms = Object.fromEntries(Object.entries(times).map(([subject, list]) => [subject, { value: median(list), spread: spread(list) }]));
  return {
    name: "footprint.first-call",
    title: "first call of a new process, after its imports",
    unit: "ms",
    shows: "ratio",
    goal: 1.2,
    cells: ms,
  };
}

const firstCall = (imports: string, call: string): string =>
  `${imports} const core = ${imports === "" ? "undefined" : 'await import("@lumiverse/core")'};
   const before = process.cpuUsage(); const text = ${call}; const { user, system } = process.cpuUsage(before);
   if (text.length === 0) throw new Error("no text"); process.stdout.write(String((user + system) / 1000)); process.exit();`;

const importAll = (names: readonly string[]): string => names.map((name) => `await import(${JSON.stringify(name)});`).join(" ");
const timeImports = (names: readonly string[]): string =>
  `const from = performance.now(); ${importAll(names)} process.stdout.write(String(performance.now() - from)); process.exit();`;
const countModules = (names: readonly string[]): string =>
  `import { registerHooks } from "node:module"; const urls = new Set();
   registerHooks({ load(url, context, next) { if (url.startsWith("file:")) urls.add(url); return next(url, context); } });
   ${importAll(names)} process.stdout.write(JSON.stringify([...urls])); process.exit();`;

/** Runs a module in a new process that resolves packages from `cwd`. Returns what it printed. */
async function evaluate(code: string, cwd: string): Promise<string> {
  const { ok, output } = await runCommand(process.execPath, ["--input-type=module", "-e", code], { cwd });
  if (!ok) throw new Error(`a cold import failed: ${output.slice(-400)}`);
  return output;
}
