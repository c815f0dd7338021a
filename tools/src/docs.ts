// `npm run docs` builds the site and serves it. `--build` writes it to `docs/.vitepress/dist` and ends; `--base /path/` is the path of the site on its server.
import { parseArgs } from "node:util";
import { report } from "./results.ts";
import { buildSite, serveSite } from "./site.ts";

const HELP = `Builds the documentation and serves it on loopback.

npm run docs                       builds and serves
npm run docs -- --build            builds into docs/.vitepress/dist
npm run docs -- --base /lumiverse/ the site lives below a path
npm run docs -- --port 8080`;

const { values } = parseArgs({
  options: {
    build: { type: "boolean" },
    base: { type: "string", default: "/" },
    port: { type: "string", default: "4173" },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help) {
  console.log(HELP);
} else if (!/^\/([\w.~-]+\/)*$/.test(values.base)) {
  console.error(`--base must be a path that begins and ends with "/", such as /lumiverse/; got ${values.base}`);
  process.exitCode = 2;
} else {
  console.log("Building the site, which takes about half a minute …");
  const tally = report(await buildSite(values.base));
  if (tally.failed > 0) process.exitCode = 1;
  else if (!values.build && !(await serveSite(values.base, values.port))) process.exitCode = 1;
}
