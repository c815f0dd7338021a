import { readFile, writeFile } from "node:fs/promises";
import { runCommand } from "./command.ts";
import { withoutNpmSettings } from "./consumer.ts";
import type { Check } from "./results.ts";
import type { Tarball } from "./tarballs.ts";

/** The fields of a component in a CycloneDX 1.5 document that the check reads (https://cyclonedx.org/docs/1.5/json/). */
interface Component {
  name?: string;
  group?: string;
  version?: string;
  licenses?: readonly { license?: { id?: string; name?: string }; expression?: string }[];
}

/**
 * Writes the software bill of materials of an application that installs every package, and checks that it names each package and a licence for each component.
 * `into`: the file. `app`: the folder where npm installed the tarballs.
 */
export async function checkSbom(tarballs: readonly Tarball[], app: string, into: string): Promise<Check> {
  const name = "software bill of materials";
  const ran = await runCommand("npm", ["sbom", "--sbom-format", "cyclonedx", "--loglevel=error"], { cwd: app, env: withoutNpmSettings() });
  if (!ran.ok) return { name, problem: ran.output };
  await writeFile(into, ran.output);
  const components = (JSON.parse(await readFile(into, "utf8")) as { components?: Component[] }).components ?? []; // written by npm in a documented format
  const named = new Set(components.map(fullName));
  const missing = tarballs.map(({ of }) => of.manifest.name).filter((one) => !named.has(one));
  if (missing.length > 0) return { name, problem: `it does not name ${missing.join(", ")}` };
  const unlicensed = components.filter((one) => (one.licenses ?? []).length === 0).map((one) => `${fullName(one)} ${one.version}`);
  return unlicensed.length === 0 ? { name } : { name, problem: `these components state no licence: ${unlicensed.join(", ")}` };
}

function fullName({ group, name = "" }: Component): string {
  return group === undefined || group === "" ? name : `${group}/${name}`;
}
