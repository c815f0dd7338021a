import { availableParallelism } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { inParallel, runCommand } from "./command.ts";
import type { Check } from "./results.ts";
import { type Tarball, tarballBytes } from "./tarballs.ts";
import { root } from "./workspace.ts";

const ATTW = join(root, "tools/node_modules/.bin/attw");

/** publint (strict) and Are The Types Wrong (ESM only) on every packed tarball. */
export async function lintTarballs(tarballs: readonly Tarball[]): Promise<Check[]> {
  const results = await inParallel(tarballs, availableParallelism(), async (tarball) => [
    await lintShape(tarball),
    await lintTypes(tarball),
  ]);
  return results.flat();
}

async function lintShape(tarball: Tarball): Promise<Check> {
  const name = `publint ${tarball.of.manifest.name}`;
  const bytes = await tarballBytes(tarball);
  const { messages, pkg } = await publint({ pack: { tarball: bytes.slice().buffer }, strict: true, level: "warning" });
  if (messages.length === 0) return { name };
  return { name, problem: messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code).join("\n") };
}

async function lintTypes(tarball: Tarball): Promise<Check> {
  const name = `attw ${tarball.of.manifest.name}`;
  const ran = await runCommand(ATTW, [tarball.file, "--profile", "esm-only", "--format", "ascii", "--no-color", "--no-emoji"]);
  return ran.ok ? { name } : { name, problem: ran.output };
}
