import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { missingBrowser } from "./browser.ts";
import { localConnection, walks } from "./walk.ts";

const { open, startModel } = walks();
const CANARY = "canary0123456789abcdef";
const PASSPHRASE = "correct horse battery";

async function download(page: Page): Promise<{ name: string; text: string }> {
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download the file" }).click()]);
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
}

async function choose(page: Page, text: string): Promise<void> {
  await page.locator("input[type=file]").setInputFiles({ name: "file.json", mimeType: "application/json", buffer: Buffer.from(text) });
}

const entry = (page: Page, name: string | RegExp) => page.getByRole("checkbox", { name });

describe.skipIf(missingBrowser !== undefined)(
  `export and import in Chromium${missingBrowser === undefined ? "" : ` (${missingBrowser})`}`,
  { timeout: 120_000 },
  () => {
    test("a file without keys holds no secret; its import is shown before it is done and changes nothing that is there", async () => {
      const model = await startModel();
      const { page, console, faults } = await open({ demo: true });
      await console.profiles.create({ ...localConnection(model), settings: { server: "llama.cpp", headers: { "x-secret": CANARY } } });
      const claude = await console.profiles.create({
        name: "Claude",
        provider: "anthropic",
        key: `sk-ant-${CANARY}`,
        model: "claude-opus-4-5",
      });
      await page.goto(`${console.url}/connections`);
      await page.getByRole("link", { name: "Export and import" }).click();
      const { name, text } = await download(page);
      expect(name).toMatch(/^lumiverse-connections-\d{4}-\d\d-\d\d\.json$/);
      expect(text).not.toContain(CANARY);
      const file = JSON.parse(text) as { profiles: { name: string; model?: string }[] };
      // Connections of the demo are not exported.
      expect(file.profiles.map((profile) => profile.name)).toEqual(["Home", "Claude"]);

      file.profiles[1] = { ...file.profiles[1], name: "Claude", model: "claude-sonnet-4-5" };
      file.profiles.push({ ...file.profiles[1], name: "Broken", provider: "not-installed" } as never);
      file.profiles.push({ ...file.profiles[1], name: "Elsewhere", baseURL: "https://evil.example/v1", id: claude.id } as never);
      await choose(page, JSON.stringify(file));
      // What is there already is not chosen, and what cannot be imported cannot be chosen.
      await entry(page, "Home (2) Without a key").waitFor();
      expect(await entry(page, "Home (2) Without a key").isChecked()).toBe(false);
      await page.getByText('It is the same as "Home", which you already have.').waitFor();
      expect(await entry(page, "Claude (2) Without a key").isChecked()).toBe(true);
      await page.getByText('The name "Claude" is taken.').waitFor();
      expect(await entry(page, /^Broken/).isDisabled()).toBe(true);
      await page.getByText("not installed").waitFor();
      await page.getByText("Sends to https://evil.example").waitFor();
      expect(await console.profiles.list()).toHaveLength(2);
      const before = JSON.stringify(await console.profiles.list());

      await page.getByRole("button", { name: "Import 2 connections" }).click();
      await page.getByRole("article", { name: "Elsewhere" }).getByText("Key missing").waitFor();
      const all = await console.profiles.list();
      expect(all.map((profile) => profile.name)).toEqual(["Home", "Claude", "Claude (2)", "Elsewhere"]);
      expect(JSON.stringify(all.slice(0, 2))).toBe(before);
      expect((await console.profiles.source(all[3]?.id ?? "")).key).toBeUndefined();
      expect(faults).toEqual([]);
    });

    test("a passphrase carries keys and secret settings, and nothing else opens them", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      const { id } = await console.profiles.create({
        ...localConnection(model),
        auth: "key",
        key: `key-${CANARY}`,
        settings: { server: "llama.cpp", headers: { "x-secret": `header-${CANARY}` } },
      });
      await page.goto(`${console.url}/connections/transfer`);
      await page.getByRole("switch", { name: "Include keys and secret settings" }).click();
      const button = page.getByRole("button", { name: "Download the file" });
      expect(await button.isDisabled()).toBe(true);
      await page.getByRole("textbox", { name: "Passphrase", exact: true }).fill(PASSPHRASE);
      await page.getByRole("textbox", { name: "Passphrase again" }).fill("another one");
      expect(await button.isDisabled()).toBe(true);
      await page.getByRole("textbox", { name: "Passphrase again" }).fill(PASSPHRASE);
      const { text } = await download(page);
      expect(text).not.toContain(CANARY);
      expect(text).not.toContain(PASSPHRASE);
      await console.profiles.remove(id);

      await choose(page, text);
      await entry(page, "Home Without a key").waitFor();
      const field = page.getByRole("textbox", { name: "Passphrase of the file" });
      await field.fill("a wrong passphrase");
      await page.getByRole("button", { name: "Unlock" }).click();
      await page.getByText("The passphrase is wrong, or the file was changed").waitFor();
      await field.fill(PASSPHRASE);
      await page.getByRole("button", { name: "Unlock" }).click();
      await entry(page, "Home With its key").waitFor();
      await page.getByRole("button", { name: "Import 1 connection" }).click();
      await page.getByRole("article", { name: "Home" }).waitFor();
      const [home] = await console.profiles.list();
      expect(await console.profiles.source(home?.id ?? "")).toMatchObject({
        key: `key-${CANARY}`,
        settings: { headers: { "x-secret": `header-${CANARY}` } },
      });
      expect(await page.content()).not.toContain(CANARY);
      expect(faults).toEqual([]);
    });

    test("a file that is none is refused in words, and another one can be chosen", async () => {
      const { page, console, faults } = await open();
      await page.goto(`${console.url}/connections/transfer`);
      for (const [text, said] of [
        ["no JSON", /no JSON object/],
        ["{}", /no export of connections/],
        ['{"format":"lumiverse-connections","version":9,"profiles":[]}', /its version is 9/],
        ['{"format":"lumiverse-connections","version":1,"profiles":[7]}', /entry 0 is no object/],
      ] as const) {
        await choose(page, text);
        await page.getByText(said).waitFor();
      }
      await choose(page, '{"format":"lumiverse-connections","version":1,"profiles":[]}');
      await page.getByText("The file contains no connection.").waitFor();
      expect(faults).toEqual([]);
    });
  },
);
