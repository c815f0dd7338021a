/** A Markdown table. Cells can have any text. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => withoutTags(cell.replaceAll("|", "\\|").replaceAll("\n", " "))).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Escapes `<` outside of code, because Markdown drops tags that it does not know. */
function withoutTags(cell: string): string {
  return cell.replace(/`[^`]*`|</g, (found) => (found === "<" ? "&lt;" : found));
}
