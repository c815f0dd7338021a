import { readdirSync } from "node:fs";
import { registry } from "@lumiverse/core";
import { expect, test } from "vitest";

test('one import of "lumiverse/all" registers every provider of the repository', async () => {
  await import("../src/all.ts");
  const folders = readdirSync(new URL("../../../providers/", import.meta.url)).sort();
  expect(
    registry()
      .list()
      .map((provider) => provider.id),
  ).toEqual(folders);
});
