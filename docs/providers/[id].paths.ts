import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const docs = fileURLToPath(new URL("..", import.meta.url));
const providers = join(docs, "../providers");
const REPOSITORY = "https://github.com/lumiverse/providers/blob/main";

/** One page per provider: the README of its package, whose tables are generated from its data. */
export default {
  paths(): { params: { id: string }; content: string }[] {
    return readdirSync(providers)
      .sort()
      .map((id) => ({ params: { id }, content: providerPage(id) }));
  },
};

/** The page as Markdown. Links into the package lead to the repository. */
export function providerPage(id: string): string {
  const text = readFileSync(join(providers, id, "README.md"), "utf8");
  const page = text.replace(/\]\((?!https?:|#)([^)]+)\)/g, (_, path: string) => `](${REPOSITORY}/${join("providers", id, path)})`);
  return page.replace(/^## License$/m, `## Network faults\n\n${faultsOf(id)}\n\n## License`);
}

/** A sentence about the provider's column in the table of faults. */
function faultsOf(id: string): string {
  const table = readFileSync(join(docs, "faults.md"), "utf8").split("## By package")[1] ?? "";
  const [head = [], , ...rows] = table
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  const column = head.indexOf(id);
  const right = rows.filter((row) => row[column] === "yes").length;
  return `Of the ${rows.length} [faults](../faults.md) that the conformance suite plays over real sockets, ${right} have the right outcome.`;
}
