import type { Profiler } from "node:inspector";
import { expect, test } from "vitest";
import { renderFlame } from "../src/flame.ts";

const frame = (functionName: string, url = ""): Profiler.ProfileNode["callFrame"] => ({
  functionName,
  scriptId: "1",
  url,
  lineNumber: 4,
  columnNumber: 0,
});

test("a flame graph has a box for each function, as wide as its share of the time, without idle time", () => {
  const profile: Profiler.Profile = {
    nodes: [
      { id: 1, callFrame: frame("(root)"), children: [2, 4] },
      { id: 2, callFrame: frame("read", "file:///a.ts"), children: [3] },
      { id: 3, callFrame: frame("parse<T>", "file:///b.ts") },
      { id: 4, callFrame: frame("(idle)") },
    ],
    startTime: 0,
    endTime: 1,
    samples: [2, 3, 4],
    timeDeltas: [3000, 1000, 9000],
  };
  const svg = renderFlame("one & two", profile, (url) => url.slice("file:///".length));
  expect([...svg.matchAll(/<title>(.*?)<\/title><rect x="(.*?)" y="(\d+)" width="(.*?)"/g)].map(([, ...cells]) => cells)).toEqual([
    ["read a.ts:5 100.0 %", "0.0", "0", "1200.0"],
    ["parse&lt;T&gt; b.ts:5 25.0 %", "0.0", "16", "300.0"],
  ]);
  expect(svg).toContain("one &amp; two");
});
