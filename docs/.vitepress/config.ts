import { globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { DefaultTheme, UserConfig } from "vitepress";
import { sections } from "../pages.ts";
import { providerPage } from "../providers/[id].paths.ts";

const docs = fileURLToPath(new URL("..", import.meta.url));
const root = join(docs, "..");
const REPOSITORY = "https://github.com/lumiverse/providers";

/** Sites can live below a path: `npm run docs -- --base /lumiverse/`. */
const base = process.env["LUMIVERSE_DOCS_BASE"] ?? "/";

const providerNames = readdirSync(join(root, "providers"))
  .sort()
  .map((id) => ({ id, title: /^# (.*)$/m.exec(readFileSync(join(root, "providers", id, "README.md"), "utf8"))?.[1] ?? id }));

const sidebar: DefaultTheme.SidebarItem[] = [
  ...sections.map(({ title, pages }) => ({
    text: title,
    collapsed: false,
    items: pages.map((page) => ({ text: page.title, link: `/${page.path}` })),
  })),
  {
    text: "Providers",
    collapsed: true,
    link: "/providers/",
    items: providerNames.map(({ id, title }) => ({ text: title, link: `/providers/${id}` })),
  },
  { text: "Reference", collapsed: true, link: "/reference/", items: referencePages() },
];

/** The pages that `npm run docs` writes before it builds the site, by their module names. The providers' are together at the end. */
function referencePages(): DefaultTheme.SidebarItem[] {
  const providers = new Set(providerNames.map(({ id }) => `@lumiverse/${id}`));
  const names = globSync("**/*.md", { cwd: join(docs, "reference") })
    .filter((file) => file !== "index.md" && !file.includes("namespaces/"))
    .map((file) => file.slice(0, -".md".length))
    .sort();
  const items = (chosen: readonly string[]): DefaultTheme.SidebarItem[] =>
    chosen.map((name) => ({ text: name.replace(/\/index$|-\d$/, ""), link: `/reference/${name}` }));
  const isProvider = (name: string): boolean => providers.has(name.replace(/\/provider$/, ""));
  return [
    ...items(names.filter((name) => !isProvider(name))),
    { text: "Providers", collapsed: true, items: items(names.filter(isProvider)) },
  ];
}

/** Guides answer most questions; the reference and the tables of proofs have far more words. VitePress puts the text of this function into the page. */
function searchWeight(id: string): number {
  if (id.includes("/reference/")) return 0.2;
  return id.includes("/guides/") || id.includes("/start") ? 3 : 1;
}

/** In the page itself, so that the site needs no further file. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='%234a63d0' d='M4 2h3v9h6v3H4z'/%3E%3C/svg%3E";

const config: UserConfig<DefaultTheme.Config> = {
  base,
  lang: "en",
  title: "Lumiverse providers",
  description: "One neutral chat API over 21 model providers.",
  cleanUrls: false,
  lastUpdated: false,
  srcExclude: [".examples/**", "README.md"],
  // Links to files of the repository are rewritten below. Everything else must exist.
  ignoreDeadLinks: [],
  markdown: {
    config(markdown) {
      const plain = markdown.renderer.rules["link_open"];
      markdown.renderer.rules["link_open"] = (tokens, index, options, env, self) => {
        const token = tokens[index];
        const href = token?.attrGet("href") ?? "";
        const target = repositoryLink(href, String(env.path ?? ""));
        if (token !== undefined && target !== undefined) {
          token.attrSet("href", target);
          token.attrSet("target", "_blank");
          token.attrSet("rel", "noreferrer");
          return self.renderToken(tokens, index, options);
        }
        return plain === undefined ? self.renderToken(tokens, index, options) : plain(tokens, index, options, env, self);
      };
    },
  },
  themeConfig: {
    nav: [
      { text: "Start", link: "/start" },
      { text: "Guides", link: "/guides/streaming" },
      { text: "Providers", link: "/providers/" },
      { text: "Reference", link: "/reference/" },
      { text: "GitHub", link: REPOSITORY },
    ],
    sidebar,
    outline: [2, 3],
    search: {
      provider: "local",
      options: { miniSearch: { searchOptions: { boostDocument: searchWeight } } },
    },
    footer: { message: "MIT" },
  },
  head: [["link", { rel: "icon", type: "image/svg+xml", href: ICON }]],
  transformHead: ({ page }) => [["link", { rel: "alternate", type: "text/markdown", href: `${base}${page}` }]],
  async buildEnd(site) {
    writeFileSync(join(site.outDir, "llms.txt"), llmsText());
    for (const page of site.pages) {
      const file = join(site.outDir, page);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, markdownOf(page));
    }
  },
};
export default config;

/** A link that leaves the folder of the site leads to the repository. */
function repositoryLink(href: string, page: string): string | undefined {
  if (!href.startsWith("../") && !href.startsWith("./")) return undefined;
  const path = relative(root, join(page === "" ? docs : join(page, ".."), href.split("#")[0] ?? ""));
  return path.startsWith("docs/") || path.startsWith("..") ? undefined : `${REPOSITORY}/blob/main/${path}`;
}

/** A page as Markdown, for readers that are programs. Links between pages lead to their Markdown. */
function markdownOf(page: string): string {
  const provider = /^providers\/(?!index)(.*)\.md$/.exec(page)?.[1];
  if (provider !== undefined) return providerPage(provider);
  if (page === "index.md") return llmsText();
  if (page === "providers/index.md") return `# Providers\n\n${providerNames.map(({ id, title }) => `- [${title}](${id}.md)`).join("\n")}\n`;
  const text = readFileSync(join(docs, page), "utf8");
  return text.replace(/\]\((\.[^)\s]+)\)/g, (link, href: string) => {
    const target = repositoryLink(href, page);
    return target === undefined ? link : `](${target})`;
  });
}

/** The pages for language models (https://llmstxt.org). */
function llmsText(): string {
  const list = (title: string, pages: readonly { title: string; path: string; about?: string }[]): string =>
    `## ${title}\n\n${pages.map((page) => `- [${page.title}](${base}${page.path}.md)${page.about === undefined ? "" : `: ${page.about}`}`).join("\n")}\n`;
  return [
    "# Lumiverse providers\n\n> One neutral chat API for TypeScript over 21 model providers. Each provider is an npm package; one published conformance suite tests all of them.\n",
    ...sections.map(({ title, pages }) => list(title, pages)),
    list(
      "Providers",
      providerNames.map(({ id, title }) => ({ title, path: `providers/${id}` })),
    ),
    list("Reference", [{ title: "Reference", path: "reference/index", about: "Every published entry point, from its docstrings." }]),
  ].join("\n");
}
