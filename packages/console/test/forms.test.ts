/** The form of every provider, as the page draws it. */
import { type FormField, form, isShown } from "@lumiverse/connections";
import { registry } from "@lumiverse/core";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { missingBrowser } from "./browser.ts";
import { walks } from "./walk.ts";

const { open } = walks();

const plain = (text: string): string => text.replace(/\s+/g, " ").trim();

/** What a person reads, with every group open. */
async function readForm(page: Page): Promise<string> {
  const closed = page.locator("button[aria-expanded=false][data-accordion-control]");
  while ((await closed.count()) > 0) await closed.first().click();
  return plain(await page.locator("form").innerText());
}

/** The texts of a field that are missing. A field of a record or a list shows its help above its entries. */
const missingTexts = ({ title, help }: FormField, text: string): string[] =>
  [title, ...(help === undefined ? [] : [help])].map(plain).filter((one) => !text.includes(one));

describe.skipIf(missingBrowser !== undefined)(
  `forms in Chromium${missingBrowser === undefined ? "" : ` (${missingBrowser})`}`,
  { timeout: 300_000 },
  () => {
    test("the form of every provider shows each field with its help, and none whose condition is not met", async () => {
      const { page, console, faults } = await open();
      const providers = registry().list();
      expect(providers).toHaveLength(21);
      for (const provider of providers) {
        const { fields } = await form(provider);
        await page.goto(`${console.url}/connections/new/${provider.id}`);
        await page.getByText("Where requests go").waitFor();
        const text = await readForm(page);
        const drawn = fields.filter(({ kind }) => kind !== "sign-in");
        const shown = drawn.filter((field) => isShown(field, fields, {}));
        expect(
          shown.flatMap((field) => missingTexts(field, text).map((missing) => `${field.path}: ${missing}`)),
          provider.id,
        ).toEqual([]);
        const visible = new Set(shown.flatMap(({ title, help = "" }) => [plain(title), plain(help)]));
        const hidden = drawn.filter((field) => !shown.includes(field) && !visible.has(plain(field.title)));
        expect(
          hidden.filter(({ help }) => help !== undefined && !visible.has(plain(help)) && text.includes(plain(help))).map(({ path }) => path),
          `hidden fields of ${provider.id}`,
        ).toEqual([]);
      }
      expect(faults).toEqual([]);
    });
  },
);
