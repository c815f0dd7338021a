// biome-ignore-all lint/suspicious/noControlCharactersInRegex: these tests are about control characters
import { expect, test } from "vitest";
import { markdownWriter } from "../src/terminal/markdown.ts";

const ESCAPE = "\u001b";
const size = { columns: 40, rows: 10 };

/** What is on the screen after the output: line breaks, and the moves that the writer makes. */
function screenOf(output: string): string {
  const lines: string[] = [""];
  let row = 0;
  let column = 0;
  const put = (text: string): void => {
    for (const char of text) {
      if (column === size.columns) {
        row++;
        column = 0;
        lines[row] ??= "";
      }
      lines[row] = (lines[row] ?? "").padEnd(column).slice(0, column) + char;
      column++;
    }
  };
  for (const [token] of output.matchAll(/\u001b\[\d*[A-Za-z]|\r|\n|[^\u001b\r\n]+/g)) {
    const up = /^\u001b\[(\d+)A$/.exec(token)?.[1];
    if (up !== undefined) row -= Number(up);
    else if (token === `${ESCAPE}[J`) lines.splice(row, lines.length, (lines[row] ?? "").slice(0, column));
    else if (token === "\r") column = 0;
    else if (token === "\n") {
      row++;
      column = 0;
      lines[row] ??= "";
    } else if (!token.startsWith(ESCAPE)) put(token);
  }
  return lines.join("\n");
}

async function written(text: string, pieces: (text: string) => string[]): Promise<string> {
  const writer = await markdownWriter(size);
  return (
    pieces(text)
      .map((piece) => writer.push(piece))
      .join("") + writer.finish()
  );
}

const TEXT = `# Title

Some **bold** words, long enough to take more than a single row of this screen, and \`code\`.

- one
- two

| a | b |
|---|---|
| 1 | 2 |

\`\`\`js
const answer = 42;
\`\`\`

The end.
`;

test("what is on the screen at the end does not depend on how the answer was cut", async () => {
  const whole = screenOf(await written(TEXT, (text) => [text]));
  expect(whole).toContain("Some bold words");
  expect(whole).toContain("│ 1");
  expect(whole).not.toContain("**");
  expect(screenOf(await written(TEXT, (text) => [...text]))).toBe(whole);
  expect(screenOf(await written(TEXT, (text) => text.split(/(?<= )/)))).toBe(whole);
});

test("text is shown as it arrives, before its line is complete", async () => {
  const writer = await markdownWriter(size);
  expect(writer.push("Good ")).toBe("Good ");
  expect(writer.push("morning")).toBe("morning");
  expect(writer.finish()).toBe("\n");
});

test("a block that is higher than the screen stays plain, and nothing of it is lost", async () => {
  const code = Array.from({ length: 30 }, (_, line) => `line ${line}`).join("\n");
  const screen = screenOf(await written(`\`\`\`\n${code}\n\`\`\`\nafter\n`, (text) => [...text]));
  for (let line = 0; line < 30; line++) expect(screen.match(new RegExp(`line ${line}\\b`, "g"))).toHaveLength(1);
  expect(screen).toContain("after");
});

test.each([
  "see ![a picture](http://pictures.example/x.png) here\n",
  "[![badge](http://badges.example/i.svg)](http://pages.example)\n",
  "<div>\nwords in a block\n</div>\n\nafter\n",
  "<details><summary>More</summary>\n\ninside\n\n</details>\n",
  "| a | b |\n|---|---|\n| a cell with a text that goes on for longer than the whole screen is wide | short |\n",
  "| a | b |\n|---|---|\n| x | ![i](http://pictures.example) |\n",
])("a block of which the renderer would drop text stays plain: %j", async (text) => {
  const screen = screenOf(await written(`${text}\nThe **end**.\n`, (whole) => [...whole])).replace(/\s+/g, "");
  for (const word of text.match(/[\p{L}/:.]+/gu) ?? []) expect(screen).toContain(word);
  expect(screen).toContain("Theend.");
});

test("the language of a code block and entities do not keep a block plain", async () => {
  const screen = screenOf(await written("```js\nconst a = 1;\n```\n\n**Fish** &amp; &lt;chips&gt;\n", (text) => [...text]));
  expect(screen).toBe("const a = 1;\n\nFish & <chips>\n");
});

test("control characters and styles that hide text do not reach the terminal, not even as entities", async () => {
  for (const hostile of [
    `${ESCAPE}]52;c;Zm9v\u0007`,
    "&#27;]52;c;Zm9v&#7;",
    "&#x1b;[8mhidden",
    "&#8238;desrever",
    "[a](http://x\u001b]8;;evil)",
  ]) {
    const out = await written(`${hostile} end\n`, (text) => [text]);
    expect(out.replace(/\u001b\[(?:[0-9]|[0-9]{2})m|\u001b\[\d*A|\u001b\[J|\r/g, ""), hostile).not.toMatch(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/,
    );
    expect(out, hostile).not.toContain(`${ESCAPE}[8m`);
  }
});
