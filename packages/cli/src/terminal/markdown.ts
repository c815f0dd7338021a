/** Renders the Markdown of a model as styled text for a terminal, while it arrives. */
import { printable } from "./printable.ts";

export interface MarkdownWriter {
  /** Takes the next piece of the answer and returns what to write. */
  push(text: string): string;
  /** The rest, which ends with a line break. */
  finish(): string;
}

export interface TerminalSize {
  columns: number;
  rows: number;
}

/** The styles that the renderer uses: bold, faint, italic, underline, strike-through and colours. Hidden and blinking text are not among them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const STYLES = /(\u001b\[(?:[1-49]|2[2-49]|3[1-79]|9[0-7])m)/;
/** Columns. Longer lines are hard to read. */
const WIDEST = 120;

/**
 * Text is shown plain as it arrives. When a line, a table or a code block is complete, its rendered form replaces the plain text. A block that is higher than the
 * screen stays plain, because text that has scrolled off the screen cannot be replaced. So does one of which the renderer drops text.
 */
export async function markdownWriter(size: TerminalSize): Promise<MarkdownWriter> {
  // Loaded here, because answers into a pipe do not need the renderer.
  const [{ createMarkdownStreamer, createRenderer }, { default: widthOf }] = await Promise.all([
    import("markdansi"),
    import("string-width"),
  ]);
  // A link shows its address: an escape sequence for links would hide where it leads.
  const render = createRenderer({ color: true, hyperlinks: false, width: Math.min(size.columns, WIDEST), codeBox: false, codeWrap: false });
  const streamer = createMarkdownStreamer({ render });
  let shown = "";
  const replaceBy = (rendered: string): string => {
    const before = shown;
    shown = "";
    if (rendered.startsWith(before)) return rendered.slice(before.length);
    const up = rowsOf(before, size.columns, widthOf) - 1;
    if (up >= size.rows || losesLetters(before, rendered)) return before.endsWith("\n") ? "" : "\n";
    return `\r${up === 0 ? "" : `\u001b[${up}A`}\u001b[J${rendered}`;
  };
  return {
    push(text) {
      let out = "";
      for (const piece of printable(text).split(/(?<=\n)/)) {
        const rendered = onlyStyles(streamer.push(piece));
        const line = piece.endsWith("\n") ? piece.slice(0, -1) : piece;
        if (rendered === "") {
          shown += piece;
          out += piece;
        } else {
          shown += line;
          out += line + replaceBy(rendered);
        }
      }
      return out;
    },
    finish() {
      const rendered = onlyStyles(streamer.finish());
      return shown === "" ? rendered : replaceBy(rendered);
    },
  };
}

/** Cleans the rendered text again, because Markdown can write any character as an entity. */
function onlyStyles(rendered: string): string {
  return rendered
    .split(STYLES)
    .map((part, index) => (isText(part, index) ? printable(part) : part))
    .join("");
}

/** Letters that the reader does not see: the language of a code block, and the names of entities. */
const HIDDEN = /^ *(?:`{3,}|~{3,}).*$|&#?\w+;/gm;

/** True when a letter of the text is missing in its rendered form. The renderer drops HTML and pictures, and cuts the cells of wide tables. */
function losesLetters(plain: string, rendered: string): boolean {
  const left = new Map<string, number>();
  for (const [letter] of rendered.split(STYLES).filter(isText).join("").matchAll(/\p{L}/gu)) left.set(letter, (left.get(letter) ?? 0) + 1);
  for (const [letter] of plain.replace(HIDDEN, "").matchAll(/\p{L}/gu)) {
    const count = left.get(letter) ?? 0;
    if (count === 0) return true;
    left.set(letter, count - 1);
  }
  return false;
}

/** Splitting by `STYLES` leaves text at even places. */
function isText(_: string, index: number): boolean {
  return index % 2 === 0;
}

const graphemes = new Intl.Segmenter();
const TAB = 8;

/** How many rows a text takes on a terminal, the one with the cursor included. */
function rowsOf(text: string, columns: number, widthOf: (text: string) => number): number {
  let rows = 1;
  let column = 0;
  for (const { segment } of graphemes.segment(text)) {
    if (segment === "\n") {
      rows++;
      column = 0;
      continue;
    }
    const width = segment === "\t" ? TAB - (column % TAB) : widthOf(segment);
    if (column + width > columns) {
      rows++;
      column = 0;
    }
    column += width;
  }
  return rows;
}
