import { memo, type ReactNode } from "react";

/** Characters of one block. While a text grows, only its last block is drawn again. */
const BLOCK = 20_000;

/** A text of any length, without Markdown. The browser lays out only the blocks in view. */
export function LongText({ text }: { text: string }): ReactNode {
  return (
    <div>
      {blocksOf(text).map(({ start, block }) => (
        <Block key={start} text={block} />
      ))}
    </div>
  );
}

const Block = memo(function Block({ text }: { text: string }): ReactNode {
  return (
    <p className="pre-wrap long-text" dir="auto">
      {text}
    </p>
  );
});

/** Splits a text into blocks, at a line break where there is one. All blocks but the last stay the same while the text grows. */
function blocksOf(text: string): { start: number; block: string }[] {
  const blocks: { start: number; block: string }[] = [];
  for (let start = 0; start < text.length; ) {
    const lineEnd = text.indexOf("\n", start + BLOCK);
    const isNear = lineEnd !== -1 && lineEnd - start < 2 * BLOCK;
    const end = isNear ? lineEnd : Math.min(text.length, start + 2 * BLOCK);
    blocks.push({ start, block: text.slice(start, end) });
    // A block is a paragraph of its own, so the line break before it is left out.
    start = isNear ? end + 1 : end;
  }
  return blocks;
}
