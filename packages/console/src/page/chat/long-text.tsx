import { memo, type ReactNode } from "react";

/** Characters of one block. Only the last block is drawn again while a text grows. */
const BLOCK = 20_000;

/** A text of any length, as it was written. The browser lays out the blocks that are seen. */
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

/** Blocks end at a line break where there is one. Those before the last stay the same while the text grows. */
function blocksOf(text: string): { start: number; block: string }[] {
  const blocks: { start: number; block: string }[] = [];
  for (let start = 0; start < text.length; ) {
    const lineEnd = text.indexOf("\n", start + BLOCK);
    const isNear = lineEnd !== -1 && lineEnd - start < 2 * BLOCK;
    const end = isNear ? lineEnd : Math.min(text.length, start + 2 * BLOCK);
    blocks.push({ start, block: text.slice(start, end) });
    // The block has its own line break.
    start = isNear ? end + 1 : end;
  }
  return blocks;
}
