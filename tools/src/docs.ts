// `npm run docs` builds the site and serves it on loopback.
import { InvalidArgumentError } from "commander";
import { positiveNumber, runScript, script } from "./command-line.ts";
import { report } from "./results.ts";
import { buildSite, serveSite } from "./site.ts";

await runScript(
  script("docs", "Build the documentation and serve it on loopback.", ["", "--build", "--base /lumiverse/ --port 8080"])
    .option("--build", "build into docs/.vitepress/dist, and do not serve")
    .option("--base <path>", "the path of the site on its server", sitePath, "/")
    .option("--port <number>", "where to serve", positiveNumber, 4173)
    .action(main),
);

async function main({ build, base, port }: { build?: true; base: string; port: number }): Promise<void> {
  console.log("Building the site, which takes about half a minute …");
  const { failed } = report(await buildSite(base));
  if (failed > 0 || (!build && !(await serveSite(base, port)))) process.exitCode = 1;
}

function sitePath(path: string): string {
  if (!/^\/([\w.~-]+\/)*$/.test(path)) throw new InvalidArgumentError('It begins and ends with "/", such as /lumiverse/.');
  return path;
}
