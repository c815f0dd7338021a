import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "vitest";

const root = new URL("../../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
const files = ["answers", "requests", "hosts"].map((name) => `packages/core/test/walk/${name}.ts`);

test.each(files)("every test that %s leans on is there, by file and title", (file) => {
  const lines = read(file).matchAll(/\* Held by (?:(\S+): "(.+)")?/g);
  const gone = [...lines]
    .filter(([, path, title]) => path === undefined || !read(path).includes(JSON.stringify(title)))
    .map(([line]) => line);
  expect(gone).toEqual([]);
});

test("the decision record points at a sketch for each of its points (a) to (q), and at no other", () => {
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
