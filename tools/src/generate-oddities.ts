// Generates the page of oddities from `docs/oddities` and the fixtures of the providers.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { markdownTable } from "./markdown-table.ts";
import { allProviders, type ProviderData } from "./provider-data.ts";
import { root } from "./workspace.ts";

export async function oddityTexts(): Promise<ReadonlyMap<string, string>> {
  return new Map([["docs/gotchas.md", oddityPage(await allProviders())]]);
}

/** The protocols with a file in `docs/oddities/protocols`, in the order of the page, with their headings. */
const PROTOCOL_SECTIONS: readonly (readonly [file: string, heading: string])[] = [
  ["every-protocol", "Every protocol"],
  ["chat-completions", "Chat Completions"],
  ["responses", "Responses"],
  ["messages", "Messages"],
  ["generate-content", "generateContent"],
];

/** An oddity of many hosts, which the reader or the renderer of a protocol handles for every provider. */
interface ProtocolOddity {
  /** What hosts do, and what goes wrong in a client that ignores it. */
  oddity: string;
  /** What the library does. */
  library: string;
  /** The disguises and faults of the conformance suite that test it, by their ids. */
  disguises?: readonly string[];
  faults?: readonly string[];
  /** The files of other tests, relative to the root. */
  tests?: readonly string[];
}

/** The oddities of `docs/oddities/protocols`, each with what tests it. */
function protocolOddities(): string[] {
  const suite = ["disguises", "faults"].map((folder) => sourcesIn(join(root, "conformance", "src", folder)));
  return PROTOCOL_SECTIONS.map(([file, heading]) => {
    const path = `docs/oddities/protocols/${file}.json`;
    const listed = JSON.parse(readFileSync(join(root, path), "utf8")) as ProtocolOddity[];
    const rows = listed.map(({ oddity, library, disguises = [], faults = [], tests = [] }) => {
      const known = (id: string, kind: 0 | 1): string => {
        if (!suite[kind]?.includes(`"${id}"`)) throw new Error(`${path} names ${id}, which the conformance suite does not have`);
        return `\`${id}\``;
      };
      for (const test of tests) if (!existsSync(join(root, test))) throw new Error(`${path} names ${test}, which does not exist`);
      const testedBy = [...disguises.map((id) => known(id, 0)), ...faults.map((id) => known(id, 1)), ...tests];
      if (testedBy.length === 0) throw new Error(`${path} does not say what tests "${oddity}"`);
      return [oddity, library, testedBy.join(", ")];
    });
    return collapsed(heading, rows.length, markdownTable(["Oddity", "What the library does", "Tested by"], rows));
  });
}

/** All sources of a folder as one text. */
function sourcesIn(folder: string): string {
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");
}

/** A section of the page. */
function collapsed(heading: string, count: number, text: string): string {
  return `## ${heading}\n\n<details>\n<summary>${count} ${count === 1 ? "oddity" : "oddities"}</summary>\n\n${text}\n\n</details>`;
}

interface Oddity {
  oddity: string;
  /** The scenario that shows it. */
  scenario?: string;
  /** The reason why there is no scenario. */
  because?: string;
}
/** Every oddity of `docs/oddities/<provider>.json` and the fixtures, with its scenario or the reason why it has none. */
function oddityPage(all: readonly ProviderData[]): string {
  const folder = join(root, "docs", "oddities");
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
  const sections = all.map((data) => {
    const listed = files.includes(`${data.id}.json`) ? (JSON.parse(readFileSync(join(folder, `${data.id}.json`), "utf8")) as Oddity[]) : [];
    const named = new Set(listed.map((one) => one.scenario));
    const names = new Set(data.fixtures.map((one) => one.name));
    for (const one of listed)
      if (one.scenario !== undefined && !names.has(one.scenario))
        throw new Error(`docs/oddities/${data.id}.json names the scenario ${one.scenario}, which does not exist`);
    const rows = [
      ...listed.map((one) => [one.oddity, one.scenario === undefined ? `none: ${one.because ?? ""}` : `\`${one.scenario}\``]),
      ...data.fixtures
        .filter((one) => one.case.gotcha !== undefined && !named.has(one.name))
        .map((one) => [one.case.gotcha ?? "", `\`${one.name}\``]),
    ];
    if (rows.length === 0) return `## ${data.provider.name}\n\nNone listed.`;
    return collapsed(data.provider.name, rows.length, markdownTable(["Oddity", "Scenario"], rows));
  });
  return `# Oddities of the providers

Each oddity with the fixture that tests it, or the reason why there is none.
The first sections list what many hosts of a protocol do, and what every provider of the protocol does about it. Names like \`zero-fields\` are disguises and
[faults](faults.md) of the [conformance suite](guides/conformance.md), which also checks the packages of other authors with them.
Generated from \`docs/oddities\` and the fixtures.

${[...protocolOddities(), ...sections].join("\n\n")}
`;
}
