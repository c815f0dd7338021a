import Table from "cli-table3";
import { printableLine } from "./printable.ts";
import { styled } from "./screen.ts";

/** Aligned columns without rules, for people and for `awk`. The table package computes the width of wide characters. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const edges = ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"] as const;
  const separators = ["left", "left-mid", "mid", "mid-mid", "right", "right-mid"] as const;
  const made = new Table({
    chars: { ...Object.fromEntries([...edges, ...separators].map((name) => [name, ""])), middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  made.push(head.map((title) => styled("bold", title)));
  for (const row of rows) made.push(row.map((cell) => printableLine(cell)));
  const lines = made.toString().split("\n");
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}
