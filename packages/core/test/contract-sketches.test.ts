import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, it } from "vitest";

const root = new URL("../../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
const files = ["answers", "requests", "hosts"].map((name) => `packages/core/test/contract-sketches/${name}.ts`);

it.each(files)("every test file that %s names exists", (file) => {
  const lines = [...read(file).matchAll(/\* Tested by (\S+\.test\.ts)?/g)];
  expect(lines.filter(([, path]) => path === undefined || !existsSync(new URL(path, root))).map(([line]) => line)).toEqual([]);
});

it("the decision record names one sketch for each of its points (a) to (q), and no other", () => {
  const record = [...read("docs/decisions/contract.md").matchAll(/\| \((\w)\) `(\w+)\.ts` `(\w+)` \|/g)].map(([, ...place]) =>
    place.join(" "),
  );
  const written = files.flatMap((file) =>
    [...read(file).matchAll(/\/\*\*\n \* \((\w)\) (?:.*\n)*?export const (\w+): Sketch/g)].map(([, letter, name]) =>
      [letter, basename(file, ".ts"), name].join(" "),
    ),
  );
  expect([...new Set(record)].sort()).toEqual(written.sort());
  expect(written.map(([letter]) => letter).join("")).toBe("abcdefghijklmnopq");
});
