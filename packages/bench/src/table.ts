/** The results of measures, and how a terminal and a README show them. */
import { limit, us } from "./bench.ts";

/** A figure of one subject, or the reason why there is none. */
export type Cell = { value: number; spread?: number } | { problem: string };
export type Unit = "ms" | "MB" | "kB" | "" | "exponent";

export interface Row {
  /** The name for `--only`, such as `text.chat.64k`. */
  name: string;
  title: string;
  unit: Unit;
  /** What is shown and compared with the goal: the figure, its ratio to the limit, or its difference from the limit. */
  shows: "value" | "ratio" | "difference";
  /** The largest acceptable value of what is shown. */
  goal?: number;
  cells: Record<string, Cell>;
}
export interface Table {
  title: string;
  /** The duration of the measurement. */
  seconds?: number;
  rows: Row[];
}

/** The figure to show for a subject, relative to the limit where the row says so. */
export function shown(row: Row, subject: string): Cell | undefined {
  const [cell, base] = [row.cells[subject], row.cells[limit]];
  if (cell === undefined || "problem" in cell || row.shows === "value" || subject === limit) return cell;
  if (base === undefined || "problem" in base) return { problem: "the limit has no figure" };
  if (row.shows === "difference") return { ...cell, value: cell.value - base.value };
  return { value: cell.value / base.value, ...(cell.spread === undefined ? {} : { spread: cell.spread / base.value }) };
}
/** True when the goal is met. Undefined when there is no goal or no figure. */
export function met(row: Row): boolean | undefined {
  const cell = shown(row, us);
  return row.goal === undefined || cell === undefined || "problem" in cell ? undefined : cell.value <= row.goal;
}

/** Such as `at most 42 kB`. */
export function goalText({ goal, shows, unit }: Row): string {
  return `at most ${goal}${shows === "ratio" || unit === "exponent" || unit === "" ? "" : ` ${unit}`}`;
}

export interface Style {
  good(text: string): string;
  bad(text: string): string;
  faint(text: string): string;
}
export const unstyled: Style = { good: (text) => text, bad: (text) => text, faint: (text) => text };

/** Aligned columns for a terminal. A missing figure has a footnote with the reason. */
export function renderText(table: Table, style: Style = unstyled): string {
  const { head, lines, notes } = grid(table);
  const widths = head.map((title, i) => Math.max(title.length, ...lines.map((line) => line.cells[i]?.length ?? 0)));
  const pad = (cells: readonly string[]): string[] =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)));
  const ours = head.indexOf(us);
  const body = lines.map(({ cells, ok }) =>
    pad(cells)
      .map((cell, i) => (i !== ours || ok === undefined ? cell : ok ? style.good(cell) : style.bad(cell)))
      .join("  "),
  );
  return [table.title, style.faint(pad(head).join("  ")), ...body, ...notes.map((note) => style.faint(note))].join("\n");
}

export function renderMarkdown(table: Table): string {
  const { head, lines, notes } = grid(table);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    ...(table.title === "" ? [] : [`**${table.title}**`, ""]),
    line(head),
    line(head.map((_, i) => (i === 0 ? "---" : "---:"))),
    ...lines.map(({ cells }) => line(cells)),
    ...(notes.length === 0 ? [] : ["", notes.join("<br>\n")]),
  ].join("\n");
}

interface Grid {
  head: string[];
  lines: { cells: string[]; ok: boolean | undefined }[];
  notes: string[];
}
function grid({ rows }: Table): Grid {
  const all = [...new Set(rows.flatMap((row) => Object.keys(row.cells)))];
  const subjects = [
    ...all.filter((name) => name === limit),
    ...all.filter((name) => name === us),
    ...all.filter((name) => name !== limit && name !== us),
  ];
  const reasons: string[] = [];
  const lines = rows.map((row) => {
    const ok = met(row);
    const figures = subjects.map((subject) => {
      const cell = shown(row, subject);
      if (cell === undefined) return "";
      if (!("problem" in cell)) return figure(row, subject, cell);
      if (!reasons.includes(cell.problem)) reasons.push(cell.problem);
      return `– [${reasons.indexOf(cell.problem) + 1}]`;
    });
    const goal = row.goal === undefined ? "" : `≤ ${row.goal}${ok === false ? " missed" : ""}`;
    return { cells: [row.title, goal, ...figures], ok };
  });
  return { head: ["", "goal", ...subjects], lines, notes: reasons.map((reason, i) => `[${i + 1}] ${reason}`) };
}

/** The text of a figure, with its unit. */
export function figure(row: Row, subject: string, cell: { value: number; spread?: number }): string {
  const ratio = row.shows === "ratio" && subject !== limit;
  const digits = ratio || row.unit === "exponent" || row.shows === "difference" ? 2 : digitsOf(cell.value);
  const unit = ratio || row.unit === "exponent" || row.unit === "" ? "" : ` ${row.unit}`;
  const sign = row.shows === "difference" && subject !== limit && cell.value >= 0 ? "+" : "";
  const around = cell.spread === undefined ? "" : ` ±${cell.spread.toFixed(digits)}`;
  return `${sign}${cell.value.toFixed(digits)}${around}${unit}`;
}
function digitsOf(value: number): number {
  return Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
}
