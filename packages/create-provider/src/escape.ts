/** Escapes a value of the template for the place where it stands, so that no name or URL can end a string, a comment or a paragraph. */

/** @param before the text of the template before the place */
export function escapeFor(path: string, before: string, value: string): string {
  const kind = /\.([a-z]+)\.tmpl$/.exec(path)?.[1] ?? "";
  const line = before.slice(before.lastIndexOf("\n") + 1);
  if (kind === "json" || kind === "sse") return insideString(value);
  if (kind === "ts" || kind === "mjs") return insideCode(line, value);
  if (kind === "md") return isInFence(before) ? insideCode(line, value) : insideMarkdown(line, value);
  return oneLine(value);
}

function insideCode(line: string, value: string): string {
  if (/^\s*(?:\/\*|\*|\/\/)|\s\/\/ /.test(line)) return oneLine(value).replaceAll("*/", "* /");
  // An odd number of quotes before the place means that it is inside a string. The values outside of strings are names, which checkId has made safe.
  return (line.match(/"/g)?.length ?? 0) % 2 === 1 ? insideString(value) : value;
}

/** JSON and JavaScript have the same escapes in strings with double quotes. */
function insideString(value: string): string {
  return JSON.stringify(value)
    .slice(1, -1)
    .replace(/[\u007f-\u009f\u2028\u2029]/g, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function insideMarkdown(line: string, value: string): string {
  // Markdown has no escapes between backticks.
  if ((line.match(/`/g)?.length ?? 0) % 2 === 1) return oneLine(value).replaceAll("`", "'");
  return /^https?:\/\/\S+$/.test(value) ? value : oneLine(value).replace(/[\\`*_[\]<>#|~{}]/g, (found) => `\\${found}`);
}

function isInFence(before: string): boolean {
  return (before.match(/^```/gm)?.length ?? 0) % 2 === 1;
}

function oneLine(value: string): string {
  return value.replace(/\s+/g, " ").trim();
}
