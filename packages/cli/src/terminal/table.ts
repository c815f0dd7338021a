import stringWidth from "string-width";
import { printableLine } from "./printable.ts";
import { styled } from "./screen.ts";

const GAP = "  ";

/** Aligned columns without rules, for people and for `awk`. Its time grows with the number of rows alone, because model lists have thousands. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => printableLine(cell)));
  const sizes = cells.map((row) => row.map((cell) => stringWidth(cell)));
  const widths = head.map((_, column) => sizes.reduce((widest, row) => Math.max(widest, row[column] ?? 0), 0));
  const lines = cells.map((row, index) => {
    const padded = row.map((cell, column) => {
      const text = index === 0 ? styled("bold", cell) : cell;
      return column === head.length - 1 ? text : text + " ".repeat((widths[column] ?? 0) - (sizes[index]?.[column] ?? 0));
    });
    return padded.join(GAP).trimEnd();
  });
  return `${lines.join("\n")}\n`;
}
