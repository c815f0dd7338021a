import { expect, test } from "vitest";
import { everyRow, insertRegion, summary } from "../src/publish.ts";
import { met, type Row, renderMarkdown, renderText, shown } from "../src/table.ts";

const row: Row = {
  name: "text.chat.64k",
  title: "many deltas",
  unit: "ms",
  shows: "ratio",
  goal: 1.15,
  cells: {
    limit: { value: 20, spread: 1 },
    lumiverse: { value: 24, spread: 2 },
    quick: { value: 22, spread: 1 },
    silent: { problem: "does not support the protocol" },
  },
};

test("a figure is shown as its ratio to the limit, and the limit has its own unit", () => {
  expect(shown(row, "lumiverse")).toEqual({ value: 1.2, spread: 0.1 });
  expect(renderText({ title: "Streams", rows: [row] })).toMatch(/many deltas +≤ 1.15 missed +20 ±1 ms +1.20 ±0.10 +1.10 ±0.05 +– \[1\]/);
});

test("a goal is met when the shown value is at most the goal", () => {
  expect(met(row)).toBe(false);
  expect(met({ ...row, goal: 1.2 })).toBe(true);
  expect(met({ ...row, cells: { ...row.cells, lumiverse: { problem: "ended" } } })).toBeUndefined();
});

test("a missing figure has a footnote with the reason", () => {
  expect(renderMarkdown({ title: "Streams", rows: [row] })).toContain("[1] does not support the protocol");
});

const heading = { date: "2030-01-02", machine: "a machine" };

test("the page and the README list missed goals and rows where a peer is ahead", () => {
  for (const text of [everyRow([{ title: "Streams", rows: [row] }], heading), summary([{ title: "Streams", rows: [row] }], heading)]) {
    expect(text).toContain("Missed goals:\n\n- many deltas: 1.20 ±0.10 times the limit; the goal is at most 1.15\n");
    expect(text).toContain("Rows where a peer is ahead:\n\n- many deltas: quick");
  }
});

test("a missed goal has the unit of its row", () => {
  const size: Row = { name: "size", title: "bundle", unit: "kB", shows: "value", goal: 42, cells: { lumiverse: { value: 61.1 } } };
  expect(summary([{ title: "Sizes", rows: [size] }], heading)).toContain("- bundle: 61.1 kB; the goal is at most 42 kB");
});

test("the README says what 1 is, and calls no figure the least that is possible", () => {
  const text = summary([{ title: "Streams", rows: [row] }], heading);
  expect(text).toContain("as a multiple of the limit");
  expect(text).toContain("Less than 1 is less work than that.");
  expect(text).not.toContain("least");
});

test("the README has a chart of the subjects that have a figure, the fastest first", () => {
  const text = summary([{ title: "Streams", rows: [row] }], heading);
  expect(text).toContain('x-axis ["quick", "lumiverse"]');
  expect(text).toContain("bar [1.10, 1.20]");
  expect(text).not.toContain("silent");
});

test("only the region between the marks changes", () => {
  expect(insertRegion("before <!-- bench -->old<!-- /bench --> after", "new")).toBe("before <!-- bench -->\nnew\n<!-- /bench --> after");
  expect(() => insertRegion("no marks", "new")).toThrow("no region");
});
