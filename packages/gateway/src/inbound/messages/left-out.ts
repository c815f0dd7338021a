/** Blocks of a client's turns that its vendor would refuse, and what depends on them: their turn, the call of a result, a cache breakpoint. */
import type { JsonObject, Note, SpelledCall } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";

/** Stands in a body for a block that is left out. */
export class LeftOutBlock {
  /** The call of the vendor's own tool of which the block is the result. */
  readonly callId: unknown;
  readonly breakpoint: unknown;
  constructor(block: JsonObject) {
    this.callId = block["tool_use_id"];
    this.breakpoint = block["cache_control"];
  }
}

/** Takes the blocks out of a body, with the calls of their results. A turn without any other block goes with them, and roles still alternate. */
export function removeLeftOut({ http: { body }, notes }: Pick<SpelledCall, "http" | "notes">): void {
  const given = body?.["messages"];
  if (body === undefined || !Array.isArray(given)) return;
  const contents = given.map((turn: unknown) => (isObject(turn) && Array.isArray(turn["content"]) ? turn["content"] : []));
  const leftOut = contents.flatMap((content) => content.filter((block: unknown) => block instanceof LeftOutBlock));
  if (leftOut.length === 0) return;
  const calls = new Set<unknown>(leftOut.map(({ callId }: LeftOutBlock) => callId));
  calls.delete(undefined); // most blocks are no results
  const isCall = (block: unknown): block is JsonObject =>
    isObject(block) && calls.has(block["id"]) && (block["type"] === "server_tool_use" || block["type"] === "mcp_tool_use");
  if (contents.some((content) => content.some(isCall)))
    note(notes, "foreign", "A call of the vendor's own tool was dropped with its result, which another deployment issued.");
  const kept = new KeptTurns(notes);
  for (const [at, turn] of given.entries()) {
    const blocks = contents[at] ?? [];
    kept.begin(turn, blocks.length > 0);
    for (const block of blocks)
      if (block instanceof LeftOutBlock) kept.moveBreakpoint(block.breakpoint);
      else if (isCall(block)) kept.moveBreakpoint(block["cache_control"]);
      else kept.addBlock(withoutCaller(block, calls));
  }
  body["messages"] = kept.turns;
}

/** A call that code made which is left out becomes one of the model's own. */
function withoutCaller(block: unknown, calls: ReadonlySet<unknown>): unknown {
  if (!isObject(block) || !isObject(block["caller"]) || !calls.has(block["caller"]["tool_id"])) return block;
  const { caller: _, ...others } = block;
  return others;
}

/** The turns of the new body. */
class KeptTurns {
  readonly turns: unknown[] = [];
  readonly #notes: Note[];
  /** A turn that has no block yet. */
  #empty: JsonObject | undefined;
  /** Whether the turn before the present one was left out, so that two of one role can meet. */
  #isAfterLeftOut = false;
  /** The last block that can have a breakpoint, or a turn that is one text. */
  #holder: JsonObject | undefined;

  constructor(notes: Note[]) {
    this.#notes = notes;
  }

  /** `hasBlocks`: its blocks follow, and it is left out if none does. */
  begin(turn: unknown, hasBlocks: boolean): void {
    this.#isAfterLeftOut = this.#empty !== undefined;
    this.#empty = hasBlocks && isObject(turn) ? turn : undefined;
    if (hasBlocks) return;
    if (isObject(turn) && this.#continues(turn)) {
      for (const block of blocksOf(turn)) this.#push(block);
      return;
    }
    this.turns.push(turn);
    if (isObject(turn) && typeof turn["content"] === "string" && turn["content"] !== "") this.#holder = turn;
  }

  addBlock(block: unknown): void {
    if (this.#empty !== undefined && !this.#continues(this.#empty)) this.turns.push({ ...this.#empty, content: [] });
    this.#empty = undefined;
    this.#push(block);
  }

  #continues({ role }: JsonObject): boolean {
    const last = this.turns.at(-1);
    return this.#isAfterLeftOut && isObject(last) && last["role"] === role;
  }

  #push(block: unknown): void {
    blocksOf(this.turns.at(-1)).push(block);
    if (canHaveBreakpoint(block)) this.#holder = block;
  }

  /** Sets the breakpoint at the last block before this place that can have one: the prompt up to there is the same. */
  moveBreakpoint(breakpoint: unknown): void {
    if (!isObject(breakpoint)) return;
    let holder = this.#holder;
    if (holder !== undefined && "content" in holder && "role" in holder) holder = blocksOf(holder).at(-1) as JsonObject; // a text became a block
    if (holder === undefined)
      return note(this.#notes, "cache", "A cache breakpoint was left out with its block, because no block before it can have one.");
    this.#holder = holder;
    holder["cache_control"] ??= breakpoint;
  }
}

/** The blocks of a turn. A text becomes a block. */
function blocksOf(turn: unknown): unknown[] {
  if (!isObject(turn)) return [];
  const { content } = turn;
  if (Array.isArray(content)) return content;
  const blocks = typeof content === "string" && content !== "" ? [{ type: "text", text: content }] : [];
  turn["content"] = blocks;
  return blocks;
}

function canHaveBreakpoint(block: unknown): block is JsonObject {
  return isObject(block) && block["type"] !== "thinking" && block["type"] !== "redacted_thinking" && block["text"] !== "";
}

function note(notes: Note[], kind: Note["kind"], message: string): void {
  notes.push({ kind, field: "messages", message });
}
