// `npm run write` updates requests, expectations, fixtures/scenarios.json and src/evidence.ts to what the provider does now.
// Read the changes: they show what changes in your requests and answers.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { rewriteCases } from "@lumiverse/conformance";
import { isLumiverseError } from "@lumiverse/core/provider";
import { tidepool } from "../src/provider.ts";
import { fixtures, writeEvidence } from "./evidence.ts";

const before = texts();
try {
  await rewriteCases(tidepool, fixtures);
  writeEvidence();
} catch (error) {
  if (!isLumiverseError(error)) throw error;
  console.error(`${error.message}\n${error.hint ?? ""}`.trim());
  process.exit(1);
}
const changed = [...texts()].filter(([path, text]) => before.get(path) !== text);
for (const [path] of changed) console.log(`changed  fixtures/${path}`);
if (changed.length === 0) console.log("fixtures/ is unchanged");

function texts(): Map<string, string> {
  const paths = readdirSync(fixtures, { recursive: true, encoding: "utf8" }).map((path) => path.replaceAll("\\", "/"));
  const files = paths.filter((path) => statSync(new URL(path, fixtures)).isFile());
  return new Map(files.map((path) => [path, readFileSync(new URL(path, fixtures), "utf8")]));
}
