/** The process of gateway-process.ts as an older version of the gateway, from tools/compatibility. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, realpath, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Other packages that the kept file imports. */
const NEEDED = [
  "@hono/node-server",
  "@napi-rs/keyring",
  "@noble/hashes",
  "eventsource-parser",
  "fastest-levenshtein",
  "hono",
  "image-dimensions",
  "ipaddr.js",
  "kysely",
  "pg",
  "prom-client",
  "undici",
  "yaml",
  "zod",
];

/** The newest migration of the gateway that the kept version knows. */
export const OLDER_KNOWS = "0004-management-keys";

/** Unpacks the kept file into a folder of its own, beside links to the packages that it imports. Resolves to its path. */
export async function unpackOlderGateway(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "lumiverse-older-"));
  const packages = (await readdir(join(root, "packages"))).map((name) => join(root, "packages", name, "node_modules"));
  for (const name of NEEDED) {
    const found = packages.map((modules) => join(modules, name)).find((path) => existsSync(path));
    if (found === undefined) throw new Error(`no package of the workspace depends on ${name}`);
    const link = join(folder, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(await realpath(found), link);
  }
  const file = join(folder, "gateway-process.mjs");
  await writeFile(file, gunzipSync(await readFile(join(root, "tools/compatibility/gateway-before-0005.mjs.gz"))));
  return file;
}
