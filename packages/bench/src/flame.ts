/** A CPU profile as a flame graph: one SVG without scripts. A box is a function, its width the share of the time, and its callees stand above it. */
import type { Profiler } from "node:inspector";

interface Frame {
  name: string;
  where: string;
  ms: number;
  callees: Map<string, Frame>;
}

const WIDTH = 1200;
const ROW = 16;
/** Narrower boxes are left out. */
const NARROWEST = 4;
/** Width of one character. */
const CHARACTER = 6;
/** Entries of a profile that are not functions of the program. `post` belongs to the profiler. */
export const LEFT_OUT: ReadonlySet<string> = new Set(["(idle)", "(program)", "(root)", "post"]);

/** @param shorten makes the URL of a file short */
export function renderFlame(title: string, profile: Profiler.Profile, shorten: (url: string) => string): string {
  const root = frameOf("", "");
  const paths = pathsOf(profile, shorten);
  for (const [i, id] of (profile.samples ?? []).entries()) {
    const path = paths.get(id) ?? [];
    if (path.length === 0) continue;
    const ms = (profile.timeDeltas?.[i] ?? 0) / 1000;
    let frame = root;
    frame.ms += ms;
    for (const { name, where } of path) {
      const key = `${name} ${where}`;
      const callee = frame.callees.get(key) ?? frameOf(name, where);
      frame.callees.set(key, callee);
      callee.ms += ms;
      frame = callee;
    }
  }
  const boxes: string[] = [];
  const depth = draw(root, 0, 0, root.ms, boxes);
  const height = (depth + 2) * ROW;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="10">`,
    `<title>${escaped(title)}</title>`,
    `<text x="4" y="12">${escaped(title)}</text>`,
    `<g transform="translate(0 ${height}) scale(1 -1)">`,
    ...boxes,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function frameOf(name: string, where: string): Frame {
  return { name, where, ms: 0, callees: new Map() };
}

/** The functions of each node, outermost first. */
function pathsOf({ nodes }: Profiler.Profile, shorten: (url: string) => string): Map<number, { name: string; where: string }[]> {
  const paths = new Map<number, { name: string; where: string }[]>();
  // A node comes before its children.
  for (const { id, callFrame, children = [] } of nodes) {
    const { functionName, url, lineNumber } = callFrame;
    const own = LEFT_OUT.has(functionName)
      ? []
      : [{ name: functionName || "(anonymous)", where: url === "" ? "" : `${shorten(url)}:${lineNumber + 1}` }];
    const path = [...(paths.get(id) ?? []), ...own];
    paths.set(id, path);
    for (const child of children) paths.set(child, path);
  }
  return paths;
}

/** Draws the callees of a frame, and returns how many rows they need. */
function draw({ callees }: Frame, left: number, row: number, total: number, boxes: string[]): number {
  let x = left;
  let rows = row;
  for (const frame of [...callees.values()].sort((a, b) => b.ms - a.ms)) {
    const width = (WIDTH * frame.ms) / total;
    if (width < NARROWEST) break;
    const label = frame.name.slice(0, Math.floor((width - 4) / CHARACTER));
    boxes.push(
      `<g><title>${escaped(`${frame.name} ${frame.where} ${((100 * frame.ms) / total).toFixed(1)} %`)}</title>` +
        `<rect x="${x.toFixed(1)}" y="${row * ROW}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${colourOf(frame.where)}"/>` +
        `<text transform="translate(${(x + 2).toFixed(1)} ${row * ROW + 4}) scale(1 -1)">${escaped(label)}</text></g>`,
    );
    rows = Math.max(rows, draw(frame, x, row + 1, total, boxes));
    x += width;
  }
  return Math.max(rows, row);
}

/** This repository's code, dependencies, and the engine. */
function colourOf(where: string): string {
  if (/^(?:packages\/(?!bench)|providers\/)/.test(where)) return "#f4a261";
  return where.startsWith("node_modules") ? "#e9c46a" : "#cbd5e1";
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
