/** The form of every provider, as the page draws it. */
import { type FormField, form, isShown } from "@lumiverse/connections";
import { registry } from "@lumiverse/core";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { missingBrowser, settled } from "./browser.ts";
import { walks } from "./walk.ts";

const { open } = walks();

const plain = (text: string): string => text.replace(/\s+/g, " ").trim();

/** What a person reads, with every group open. */
async function readForm(page: Page): Promise<string> {
  const closed = page.locator("button[aria-expanded=false][data-accordion-control]");
  while ((await closed.count()) > 0) await closed.first().click();
  await settled(page);
  return plain((await page.locator("form").textContent()) ?? "");
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
        const hidden = drawn.filter((field) => !shown.includes(field)).map(({ path }) => `#root_${path.replaceAll(".", "_")}`);
        for (const id of hidden) expect(await page.locator(id).count(), `${provider.id} ${id}`).toBe(0);
      }
      expect(faults).toEqual([]);
    });
  },
);
