/** Compares the gateway's estimate of a prompt's tokens with what vendors billed in recorded exchanges. */
import type { ChatRequest, Part, Usage } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { estimateTokens } from "@lumiverse/gateway";
import { modelOf, open, served } from "./corpus.ts";
import { type GatewayExchange, gatewayExchanges, parseExchange } from "./through-gateway.ts";

/** The estimate for one exchange whose answer says how many tokens the prompt had. */
export interface CountRow {
  /** Path of the recording, relative to the folder. */
  file: string;
  protocol: string;
  model: string;
  estimate: number;
  /** What the vendor counted, cached tokens included. */
  billed: number;
  /** What the prompt has beside text, such as `tools` and `image`. */
  kinds: readonly string[];
  /** Why the request does not show what the vendor counted. Absent: it does. */
  hidden?: string;
}

/** The share of the billed tokens by which an estimate may be wrong. */
const TOLERANCE = 0.15;

/** A row for every successful exchange of a folder whose answer has a count. Rejects where an estimate fails. */
export async function countedExchanges(folder: string): Promise<CountRow[]> {
  const rows: CountRow[] = [];
  for (const { file, exchange } of await gatewayExchanges(folder)) {
    if (exchange.recording.response.status >= 400) continue;
    // The other reports show recordings that cannot be read.
    const read = await readExchange(exchange).catch(() => undefined);
    if (read === undefined) continue;
    const row = counted(file, exchange, read);
    if (row.billed > 0) rows.push(row);
  }
  return rows;
}

interface ReadExchange {
  request: ChatRequest;
  usage: Usage;
}

async function readExchange(exchange: GatewayExchange): Promise<ReadExchange> {
  const { recording, reading } = exchange;
  const { request } = parseExchange(exchange);
  const { status, headers, body } = served(recording);
  const connection = open(reading, () => Promise.resolve(new Response(body, { status, headers })));
  const { usage } = await (recording.streaming ? connection.stream(request).response() : connection.generate(request));
  return { request, usage };
}

function counted(file: string, exchange: GatewayExchange, { request, usage }: ReadExchange): CountRow {
  const { recording, reading, protocol } = exchange;
  const { input = 0, cacheRead = 0, cacheWrite = 0 } = usage;
  const parts = request.messages.flatMap(({ content }) => (typeof content === "string" ? [] : content));
  const media = parts.flatMap((part): readonly Part[] =>
    part.type === "tool-result" && typeof part.content !== "string" ? part.content : [part],
  );
  const kinds = new Set(media.map(({ type }) => (type === "tool-call" || type === "tool-result" ? "calls" : type)));
  kinds.delete("text");
  const why = hiddenContent(exchange, media);
  return {
    file,
    protocol: protocol.id,
    model: modelOf(recording),
    estimate: estimateTokens(request, { model: modelOf(recording), provider: reading.provider.id }),
    billed: input + cacheRead + cacheWrite,
    kinds: [...kinds, ...(request.tools === undefined ? [] : ["tools"]), ...(request.output === undefined ? [] : ["output"])].sort(),
    ...(why === undefined ? {} : { hidden: why }),
  };
}

/** Tools whose results the vendor adds to the prompt. */
const SEARCH = /search|fetch|url_context|grounding|code_execution|code_interpreter|mcp/i;

function hiddenContent({ body, reading }: GatewayExchange, parts: readonly Part[]): string | undefined {
  const tools = Array.isArray(body["tools"]) ? body["tools"].filter(isObject) : [];
  const hosted = tools.map((tool) => String(tool["type"] ?? Object.keys(tool)[0]));
  if (hosted.some((type) => type !== "function" && SEARCH.test(type)) || body["web_search_options"] !== undefined)
    return "a tool of the vendor adds its results";
  if (body["cachedContent"] !== undefined || body["previous_response_id"] !== undefined) return "the vendor stores a part of it";
  const media = parts.filter((part) => part.type === "image" || part.type === "audio" || part.type === "file");
  if (media.some(({ data }) => data === undefined)) return "an image or a file is at an address";
  // Recorders leave the bytes of media out.
  if (media.some(({ data = "" }) => /[^A-Za-z0-9+/=\s]/.test(data))) return "the recording lacks the bytes of an image or a file";
  return reading.provider.id === "pollinations" ? "the vendor adds a system prompt" : undefined;
}

/** The distribution of estimate ÷ billed, by protocol, family of models and kind of content. */
export function countLines(rows: readonly CountRow[]): string[] {
  const shown = rows.filter(({ hidden }) => hidden === undefined);
  const groups = new Map<string, CountRow[]>();
  const add = (group: string, row: CountRow): void => {
    const own = groups.get(group);
    if (own === undefined) groups.set(group, [row]);
    else own.push(row);
  };
  for (const row of shown) {
    add(`protocol ${row.protocol}`, row);
    add(`model ${familyOf(row.model)}`, row);
    add(`content ${row.kinds.join(" + ") || "text"}`, row);
    add(`billed ${sizeOf(row.billed)}`, row);
  }
  for (const row of rows) if (row.hidden !== undefined) add(`hidden: ${row.hidden}`, row);
  const lines = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, own]) => distribution(name, own));
  return [
    `${"estimate ÷ billed".padEnd(64)}${["prompts", "within", "p10", "median", "p90"].map((title) => title.padStart(9)).join("")}`,
    ...lines,
    distribution("all", rows),
    distribution("all that the request shows", shown),
  ];
}

function distribution(name: string, rows: readonly CountRow[]): string {
  const ratios = rows.map(({ estimate, billed }) => estimate / billed).sort((a, b) => a - b);
  const at = (share: number): string => (ratios[Math.min(ratios.length - 1, Math.floor(ratios.length * share))] ?? 0).toFixed(2);
  const cells = [ratios.length, `${Math.round((100 * withinTolerance(rows)) / Math.max(1, rows.length))} %`, at(0.1), at(0.5), at(0.9)];
  return name.padEnd(64) + cells.map((cell) => String(cell).padStart(9)).join("");
}

/** How many estimates are near enough. */
export function withinTolerance(rows: readonly CountRow[]): number {
  return rows.filter(({ estimate, billed }) => Math.abs(estimate / billed - 1) <= TOLERANCE).length;
}

/** Words of model names that stand for a tokenizer. */
const FAMILY =
  /claude|gemini|gemma|gpt-oss|gpt|(?<![a-z])o[134](?![a-z])|deepseek|llama|qwen|[a-z]*(?:istral|stral|ixtral)|grok|glm|kimi|sonar/;

function familyOf(model: string): string {
  return FAMILY.exec(model.toLowerCase())?.[0] ?? "other";
}

function sizeOf(tokens: number): string {
  return tokens < 100 ? "below 100" : tokens < 1000 ? "below 1,000" : "1,000 and more";
}
