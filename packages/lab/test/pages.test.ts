/** No test can write the pages of long runs again, but the tests count what the pages are about. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { faults, reportOf } from "@lumiverse/conformance/internals";
import { describe, expect, it } from "vitest";
import { mutants } from "../src/mutants/mutants.ts";
import { faultPage } from "../src/report/fault-page.ts";
import { outcomeOf } from "../src/report/fault-table.ts";

const page = (name: string): string => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
/** The first cells of a table's rows, by the table's first heading. */
function rows(text: string, heading: string, at = 0): string[] {
  const tables = text.split(/\n(?!\|)/).filter((block) => block.trimStart().startsWith(`| ${heading} |`));
  return [...(tables[at] ?? "").matchAll(/^\| (.+?) \|/gm)].map((match) => match[1] ?? "").slice(2);
}
/** Faults and mutants that were added after the long run that wrote the page. The page names them in one line, which the next run removes. */
function added(text: string): string[] {
  return [...(/^Added since that run: (.*)\.$/m.exec(text)?.[1] ?? "").matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
}
const providers = new URL("../../../providers/", import.meta.url);
const packages = readdirSync(providers)
  .filter((id) => existsSync(new URL(`${id}/fixtures`, providers)))
  .sort();

describe("docs/faults.md", () => {
  const text = page("faults.md");
  it("has exactly the faults and their right outcomes", () => {
    const run = faults.filter(({ id }) => !added(text).includes(id));
    expect(rows(text, "Fault")).toEqual(run.map((fault) => fault.id));
    for (const fault of run) expect(text).toContain(`| ${fault.id} | ${fault.title} | ${outcomeOf(fault.outcome)} |`);
  });
  it("has the result of each package for each fault", () => {
    expect(rows(text, "Fault", 1)).toEqual(faults.map((fault) => fault.id).filter((id) => !added(text).includes(id)));
    expect(text).toContain(`| Fault | ${packages.join(" | ")} |`);
    expect(text).not.toContain("not run");
  });
  it("states how it is generated and lists wrong outcomes", () => {
    expect(text).toContain("`npm run report -- --write docs/faults.md`");
    const wrong = reportOf("acme", [{ group: "faults", name: "status-529", outcome: "failed", message: "it sleeps", ms: 1 }]);
    expect(faultPage([wrong])).toContain("- acme, status-529 (fails): it sleeps");
    expect(faultPage([wrong])).toContain("| status-529 | **no** |");
  });
});

describe("docs/mutants.md", () => {
  const text = page("mutants.md");
  it("has exactly the mutants and the packages", () => {
    const run = mutants.filter(({ id }) => !added(text).includes(id));
    expect(rows(text, "Mutant")).toEqual(run.map((mutant) => mutant.id));
    for (const mutant of run) expect(text).toContain(`| ${mutant.id} | ${mutant.title} |`);
    expect(rows(text, "Package")).toEqual(packages);
  });
  it("states how it is generated, and no mutant survives", () => {
    expect(text).toContain("`npm run mutants -- --write docs/mutants.md`");
    expect(text).not.toContain("SURVIVES");
    expect(text).not.toContain("not run");
  });
});
