import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const providers = fileURLToPath(new URL("../../providers", import.meta.url));
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
  return text.replace(/\]\((?!https?:|#)([^)]+)\)/g, (_, path: string) => `](${REPOSITORY}/${join("providers", id, path)})`);
}
