import { expect, test } from "vitest";
import { bundle } from "../../toolkit/test/bundle.ts";

// A budget is never raised to make a change fit.
test.each([
  ["languageModel", 26_000],
  ["createLumiverse", 28_000],
])("%s costs at most %i bytes beside core, and no provider and no toolkit", async (name, budget) => {
  const { bytes, files } = await bundle(`import { ${name} } from "@lumiverse/ai-sdk"; console.log(${name});`, import.meta.dirname);
  if (process.env["SIZES"] !== undefined) console.log(name, bytes);
  expect(bytes).toBeGreaterThan(1000);
  expect(bytes).toBeLessThanOrEqual(budget);
  expect(files.filter((file) => /packages\/(protocols|toolkit)|\/providers\/|node_modules\/(ai|zod)\//.test(file))).toEqual([]);
});

test("an import that is not used costs nothing", async () => {
  const { files } = await bundle(`import { lumiverse, languageModel } from "@lumiverse/ai-sdk"; console.log(1);`, import.meta.dirname);
  expect(files).toEqual([]);
});
