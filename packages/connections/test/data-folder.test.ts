import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { dataFolder } from "@lumiverse/connections/node";
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
