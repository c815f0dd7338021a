/** `npm run bench`: measures this library, the limit and the peers. */
import { cpus, totalmem } from "node:os";
import { styleText } from "node:util";
import { runScript } from "@lumiverse/tools/command-line";
import { type Bench, openBench } from "./bench.ts";
import { endAll } from "./child.ts";
import { groups, notQuick } from "./groups.ts";
import { weigh } from "./measures/footprint.ts";
import { benchScript, type Options } from "./options.ts";
import { gatewayPeersFolder, installPeers, peersFolder } from "./peers.ts";
import { profile } from "./profile.ts";
import { type Heading, publish } from "./publish.ts";
import { renderText, type Style, type Table, unstyled } from "./table.ts";

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    endAll();
    process.exit(130);
  });
}
await runScript(
  benchScript().action((name: string | undefined, options: Options) =>
    start(name === undefined ? options : { ...options, only: name }).finally(endAll),
  ),
);

async function start(options: Options): Promise<void> {
  if (options.write && (options.quick || !options.peers || options.only !== undefined))
    throw new Error("--write needs a full run, without --quick, --no-peers and --only");
  const withoutPeers = !options.peers || options.profile !== undefined || options.weigh !== undefined;
  const print = (text: string): void => void process.stderr.write(text);
  const onlyGateways = options.only?.startsWith("gateway") === true;
  const peers = withoutPeers || onlyGateways ? [] : await installPeers(peersFolder, print);
  const gatewayPeers = withoutPeers || !(onlyGateways || options.only === undefined) ? [] : await installPeers(gatewayPeersFolder, print);
  const bench = await openBench({ quick: options.quick === true, peers, gatewayPeers, progress });
  try {
    if (options.profile !== undefined) console.log(await profile(bench, options.profile, options.subject, options.quick ? 2 : 5));
    else if (options.weigh !== undefined) console.log(await weigh(bench, options.weigh));
    else await measure(bench, options);
  } finally {
    bench.server.end();
  }
}

async function measure(bench: Bench, { only, quick, json, write }: Options): Promise<void> {
  const isSelected = (name: string): boolean =>
    only === undefined ? !(quick && notQuick.some((one) => name.startsWith(one))) : name.startsWith(only) || only.startsWith(`${name}.`);
  const heading: Heading = { date: new Date().toISOString().slice(0, 10), machine: machine() };
  const style = process.stdout.isTTY ? coloured : unstyled;
  const tables: Table[] = [];
  if (!json) console.log(`${heading.date}, ${heading.machine}\n`);
  for (const group of groups) {
    const started = performance.now();
    // A failed table does not stop the others.
    const table = await group(bench, isSelected).catch(reportError);
    progress("");
    if (table === undefined || table.rows.length === 0) continue;
    table.seconds = Math.round((performance.now() - started) / 1000);
    tables.push(table);
    if (!json) console.log(`${renderText(table, style)}\n`);
  }
  if (tables.length === 0) throw new Error(`there was nothing to measure${only === undefined ? "" : `: no name starts with "${only}"`}`);
  if (quick && only === undefined && !json)
    console.log(
      `Left out by --quick: ${notQuick.join(", ")}, and peers in all rows but one. Figures are less exact than those of a whole run.`,
    );
  if (write) await publish(tables, heading);
  if (json) console.log(JSON.stringify({ ...heading, quick: quick === true, tables }, null, 2));
}

function reportError(error: unknown): undefined {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
}
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
const coloured: Style = {
  good: (text) => styleText("green", text),
  bad: (text) => styleText("red", text),
  faint: (text) => styleText("dim", text),
};
