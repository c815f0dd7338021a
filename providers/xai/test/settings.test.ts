import { describe, expect, it } from "vitest";
import { settings } from "../src/settings.ts";

describe("settings", () => {
  it("take domains to search or domains to leave out, not both", () => {
    expect(settings.parse({ webSearch: { enabled: true, allowedDomains: ["a.example"] } })).toEqual({
      webSearch: { enabled: true, allowedDomains: ["a.example"] },
    });
    expect(() => settings.parse({ webSearch: { allowedDomains: ["a.example"], excludedDomains: ["b.example"] } })).toThrow("not both");
    expect(() => settings.parse({ xSearch: { fromDate: "yesterday" } })).toThrow("settings.xSearch.fromDate");
  });

  it("are told to forms one by one, with what they depend on", () => {
    const paths = settings.fields.map((field) => field.path);
    expect(paths).toContain("webSearch.allowedDomains");
    expect(settings.fields.find((field) => field.path === "xSearch.toDate")?.condition).toEqual({ path: "xSearch.enabled", equals: true });
  });
});
