import stringWidth from "string-width";
import { printableLine } from "./printable.ts";
import { styled } from "./screen.ts";

const GAP = "  ";

/** Columns of the terminal. A pipe and a file take lines of any length. */
const terminalWidth = (): number => (process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY);

/**
 * Aligned columns without lines between them, for people and for `awk`. On a terminal, empty columns are left out, and the titles of columns without room are
 * printed below. The time is linear in the number of rows, because model lists have thousands.
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[], width: number = terminalWidth()): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => printableLine(cell)));
  const sizes = cells.map((row) => row.map((cell) => stringWidth(cell)));
  const widths = head.map((_, column) => sizes.reduce((widest, row) => Math.max(widest, row[column] ?? 0), 0));
  const { shown, hidden } = columnsFor(head, cells.slice(1), widths, width);
  const last = shown.at(-1);
  const lines = cells.map((row, index) =>
    shown
      .map((column) => {
        const cell = row[column] ?? "";
        const text = index === 0 ? styled("bold", cell) : cell;
        return column === last ? text : text + " ".repeat((widths[column] ?? 0) - (sizes[index]?.[column] ?? 0));
      })
      .join(GAP)
      .trimEnd(),
  );
  const rest = hidden.map((column) => head[column]).join(", ");
  return `${lines.join("\n")}\n${rest === "" ? "" : `${styled("dim", `No room for ${rest}: widen the terminal, or use --json.`)}\n`}`;
}

/** Columns from the left that fit, at least two, and the others. */
function columnsFor(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  widths: readonly number[],
  width: number,
): { shown: number[]; hidden: number[] } {
  const all = [...head.keys()];
  // A terminal that does not know its width states 0 or nothing.
  const isKnown = width > 0 && width < Number.POSITIVE_INFINITY;
  if (!isKnown) return { shown: all, hidden: [] };
  const filled = all.filter((column) => rows.length === 0 || rows.some((row) => row[column] !== ""));
  let end = -GAP.length;
  const fitting = filled.filter((column, index) => {
    end += GAP.length + (widths[column] ?? 0);
    return index < 2 || end <= width;
  });
  return { shown: fitting, hidden: filled.filter((column) => !fitting.includes(column)) };
}
