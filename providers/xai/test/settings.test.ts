import { describe, expect, it } from "vitest";
import { settings } from "../src/settings.ts";

describe("settings", () => {
  it("accept allowed or excluded domains, not both", () => {
    expect(settings.parse({ webSearch: { enabled: true, allowedDomains: ["a.example"] } })).toEqual({
      webSearch: { enabled: true, allowedDomains: ["a.example"] },
    });
    expect(() => settings.parse({ webSearch: { allowedDomains: ["a.example"], excludedDomains: ["b.example"] } })).toThrow("not both");
    expect(() => settings.parse({ xSearch: { fromDate: "yesterday" } })).toThrow("settings.xSearch.fromDate");
  });

  it("list each field with the field that it depends on", () => {
    const paths = settings.fields.map((field) => field.path);
    expect(paths).toContain("webSearch.allowedDomains");
    expect(settings.fields.find((field) => field.path === "xSearch.toDate")?.condition).toEqual({ path: "xSearch.enabled", equals: true });
  });
});
