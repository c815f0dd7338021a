import { mkdtempSync, rmSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { dataFolder, makeFolder } from "@lumiverse/connections/node";
import { expect, test } from "vitest";

test.runIf(process.platform === "linux")("data is kept where XDG_DATA_HOME says, or in the home folder", () => {
  expect(dataFolder({ XDG_DATA_HOME: "/data" })).toBe(join("/data", "lumiverse"));
  expect(dataFolder({})).toBe(join(homedir(), ".local", "share", "lumiverse"));
});

test.each(["", ".", "data", "./data"])(
  "a data folder %j, which is not absolute, is not used: keys would be stored in the current folder",
  (folder) => {
    const found = dataFolder({ XDG_DATA_HOME: folder, LOCALAPPDATA: folder });
    expect(isAbsolute(found)).toBe(true);
    expect(found).toBe(dataFolder({}));
  },
);

test.runIf(process.platform === "linux")("a folder where none can be made is an error, and is not tried for ever", async () => {
  await expect(makeFolder("/proc/lumiverse/data")).rejects.toThrow(/ENOENT/);
  await expect(makeFolder("/dev/null/data")).rejects.toThrow(/ENOTDIR/);
});

test("a folder is made with those above it, for its owner alone, and may exist already", async () => {
  const root = mkdtempSync(join(tmpdir(), "lumiverse-folder-"));
  const folder = join(root, "a", "b");
  await makeFolder(folder);
  await makeFolder(folder);
  if (process.platform !== "win32") expect(statSync(join(root, "a")).mode & 0o777).toBe(0o700);
  rmSync(root, { recursive: true });
});
