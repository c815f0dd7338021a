/** Copies of the sample cases, for tests to break, and other temporary folders. They are deleted after the tests of the file. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import type { Case } from "../src/fixture/fixture.ts";

export const FIXTURES: URL = new URL("./acme/fixtures", import.meta.url);

const made: string[] = [];
afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function temporary(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  made.push(folder);
  return folder;
}

export function copied(): string {
  const folder = temporary("cases");
  cpSync(fileURLToPath(FIXTURES), folder, { recursive: true });
  return folder;
}

/** A case.json, read for a test to change. */
export type Loose = Record<string, unknown> & Pick<Case, "claims" | "exchanges" | "expect">;
export function change(folder: string, name: string, how: (one: Loose) => unknown): void {
  const path = join(folder, name, "case.json");
  const one = JSON.parse(readFileSync(path, "utf8")) as Loose; // the sample's own case
  writeFileSync(path, JSON.stringify(how(one) ?? one, null, 2));
}
