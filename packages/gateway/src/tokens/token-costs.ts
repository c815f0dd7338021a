/**
 * What models count beside the text of a prompt: roles, tools, reasoning, images. Vendors document little of it. Where no page is named, the numbers follow from
 * what they billed in recorded calls (556 of 17 vendors, read in November 2026): what was billed for a short prompt beyond its known text.
 */

/** The tokens of a prompt's parts for one family of models. */
export interface TokenCosts {
  /** Every prompt. */
  prompt: number;
  /** Every message: its role and what separates it. */
  message: number;
  /** Every prompt without a system message: the vendor adds one. */
  noSystem: number;
  /** Share of OpenAI's tokens for the same text. */
  text: number;
  /** A tool call or a tool result, beside its text. */
  call: number;
  /** Every prompt with tools: the instructions for them. */
  tools: number;
  /** Every tool. */
  tool: number;
  /** Share of the tokens of a tool's name, description and JSON schema. */
  toolText: number;
  /** `json`: a schema is counted as its JSON. `words`: the names, descriptions and enums in it alone. */
  schema: "json" | "words";
  /** A tool that the vendor defines, by the beginning of its type, with its instructions. */
  hosted: Readonly<Record<string, number>>;
  /** A request that asks for reasoning. */
  reasoning: number;
  /** Whether the text of earlier reasoning is read again. */
  readsReasoning: boolean;
  /** Characters of a signature or of encrypted reasoning that stand for one token of reasoning that is read again. 0: none is. */
  signature: number;
  /** A schema for structured output: for itself, and the share of its JSON. */
  output: readonly [number, number];
  /** Tokens of an image by its width and height in pixels. */
  image: (width: number, height: number) => number;
  /** A page of a document. */
  page: number;
}

interface Family extends Partial<TokenCosts> {
  /** Names of models as `comparableName` writes them: in lower case, with a dot between the digits of a version. */
  model: RegExp;
  /** The provider's id, where it counts in another way than others. */
  provider?: RegExp;
}

const COSTS: TokenCosts = {
  prompt: 3,
  message: 4,
  noSystem: 0,
  text: 1,
  call: 8,
  tools: 50,
  tool: 8,
  toolText: 1,
  schema: "json",
  hosted: {},
  reasoning: 0,
  readsReasoning: true,
  signature: 0,
  output: [0, 0],
  image: () => 1000,
  page: 1000,
};

/** https://platform.openai.com/docs/guides/images-vision: an image is fitted into 2048 × 2048, its shorter side into 768, and cut into tiles of 512. */
const openaiTiles =
  (base: number, tile: number) =>
  (width: number, height: number): number => {
    const fit = Math.min(1, 2048 / Math.max(width, height));
    const scale = Math.min(fit, 768 / Math.min(width, height));
    return base + tile * Math.ceil((width * scale) / 512) * Math.ceil((height * scale) / 512);
  };

/** The same page: models that count patches of 32 pixels, at most 1,536, each times a factor. */
const openaiPatches =
  (factor: number) =>
  (width: number, height: number): number =>
    factor * Math.min(1536, Math.ceil(width / 32) * Math.ceil(height / 32));

/**
 * https://ai.google.dev/gemini-api/docs/tokens: 258 up to 384 pixels, otherwise for each tile. The shorter side decides the size of a tile, which is 256 to 768
 * pixels. Larger images are fitted into 3072 × 3072.
 */
function geminiTiles(width: number, height: number): number {
  if (width <= 384 && height <= 384) return 258;
  const scale = Math.min(1, 3072 / Math.max(width, height));
  const tile = Math.min(768, Math.max(256, Math.floor((Math.min(width, height) * scale) / 1.5)));
  return 258 * Math.ceil((width * scale) / tile) * Math.ceil((height * scale) / tile);
}

/** https://platform.claude.com/docs/en/build-with-claude/vision: larger images are fitted into 1568 pixels and about 1,600 tokens. */
function claudePixels(width: number, height: number): number {
  const scale = Math.min(1, 1568 / Math.max(width, height));
  return Math.min(1600, (width * height * scale * scale) / 750);
}

/** Patches of 28 pixels with a break after each row (Pixtral's paper); at most 1540 pixels a side. */
function mistralPatches(width: number, height: number): number {
  const scale = Math.min(1, 1540 / Math.max(width, height));
  return Math.ceil((height * scale) / 28) * (Math.ceil((width * scale) / 28) + 1);
}

/** Patches of 32 pixels between two marks. Larger images are fitted into 16,384 patches, the limit of `qwen_vl_utils`. */
function qwenPatches(width: number, height: number): number {
  return Math.min(16_384, (width * height) / 1024) + 2;
}

const GPT: Partial<TokenCosts> = {
  prompt: 4,
  message: 3,
  call: 9,
  tools: 20,
  tool: 6,
  toolText: 0.52,
  output: [11, 0.73],
  image: openaiTiles(85, 170),
  page: 900,
};
const CLAUDE: Partial<TokenCosts> = {
  prompt: 6,
  message: 0,
  text: 1.14,
  call: 10,
  // https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview lists 264 to 346 for these models.
  tools: 326,
  toolText: 1.24,
  // The same page, and those of the tools.
  hosted: { computer: 1234, bash: 245, text_editor: 700 },
  reasoning: 28,
  image: claudePixels,
  page: 2000,
};
const GEMINI: Partial<TokenCosts> = {
  prompt: 0,
  message: 0,
  call: 10,
  tools: 0,
  tool: 2,
  schema: "words",
  signature: 12,
  image: geminiTiles,
  page: 258,
};
const LLAMA: Partial<TokenCosts> = { prompt: 5, message: 5, call: 13, tools: 150, tool: 10 };
const GROK: Partial<TokenCosts> = { prompt: 3, message: 3.5, call: 20, tools: 70, output: [15, 1.2], image: claudePixels };

/**
 * The first family that fits counts. Models that are newer than the recorded ones are in the row of the newest that is known, and so are names without a version,
 * such as `gemini-pro-latest`.
 */
const FAMILIES: readonly Family[] = [
  // Harmony's system message with the date. https://cookbook.openai.com/articles/openai-harmony
  { model: /gpt-oss/, prompt: 68, message: 3, call: 4, tools: 15, tool: 3, toolText: 0.65, output: [9, 1.3] },
  { model: /gpt-5(?:\.\d+)?(?:-codex|-image)?-(?:mini|nano)|gpt-4\.1-mini|o4-mini/, ...GPT, image: openaiPatches(1.62) },
  { model: /gpt-4\.1-nano/, ...GPT, image: openaiPatches(2.46) },
  { model: /gpt-4o-mini/, ...GPT, image: openaiTiles(2833, 5667) },
  { model: /gpt-[5-9]/, ...GPT, image: openaiTiles(70, 140) },
  { model: /(?<![a-z\d])o[134](?![a-z\d])/, ...GPT, schema: "words", toolText: 0.8, tools: 6, tool: 2, image: openaiTiles(75, 150) },
  // Pollinations names GPT after its vendor.
  { model: /(?<![a-z])(?:chat)?gpt|(?<![a-z])codex|^openai(?:-fast|-large)?$|^chat-latest$/, ...GPT },
  // A Gemma can be named after the model whose answers it learned.
  { model: /gemma/ },
  // Models since November 2025 have longer instructions for tools.
  { model: /haiku-4\.5|sonnet-4\.6|opus-4\.[56]/, ...CLAUDE, tools: 530, toolText: 1.1, output: [130, 2.5] },
  // https://platform.claude.com/docs/en/about-claude/models: these have another tokenizer, with up to 1.35 times as many tokens.
  {
    model: /(?:haiku|sonnet|opus|fable|mythos)-(?:[5-9]|4\.[7-9])|claude-[a-z]+-latest/,
    ...CLAUDE,
    text: 1.4,
    tools: 530,
    output: [130, 2.5],
  },
  { model: /claude|haiku|sonnet|opus/, ...CLAUDE },
  // Gemini 3 reads images and pages at a resolution of 1,120 and 560 tokens. https://ai.google.dev/gemini-api/docs/media-resolution
  {
    model: /gemini-(?:[3-9]|(?:flash|flash-lite|pro)-latest)/,
    provider: /^google$/,
    ...GEMINI,
    tool: 6,
    toolText: 1.1,
    schema: "json",
    signature: 5.3,
    image: () => 1089,
    page: 560,
  },
  {
    model: /gemini-(?:[3-9]|(?:flash|flash-lite|pro)-latest)/,
    ...GEMINI,
    tool: 6,
    toolText: 1.1,
    signature: 5.3,
    image: () => 1089,
    page: 560,
  },
  { model: /gemini-2\.0/, ...GEMINI, call: 0, tool: 0, toolText: 0.55 },
  { model: /gemini/, provider: /^google$/, ...GEMINI, tool: 6, toolText: 1.1, schema: "json" },
  { model: /gemini/, ...GEMINI },
  { model: /deepseek-r1-distill/, prompt: 2, message: 1, tools: 80 },
  { model: /llama/, provider: /^fireworks$/, ...LLAMA, tools: 0, tool: 0, toolText: 0 },
  // Other hosts add the date to the system message of these.
  { model: /llama-?v?3\.[1-3](?!\d+b)|(?<![a-z])l3\.[1-3]/, ...LLAMA, prompt: 30 },
  { model: /llama|(?<![a-z])l3[-.]/, ...LLAMA },
  { model: /deepseek-reasoner/, prompt: 4.5, message: 0, readsReasoning: false, call: 20, tools: 220, tool: 5, toolText: 1.4 },
  { model: /deepseek/, prompt: 4.5, message: 0, text: 1.02, call: 20, tools: 220, tool: 5, toolText: 1.4 },
  { model: /glm/, prompt: 3, message: 2.3, call: 8, tools: 100, tool: 12, toolText: 1.26 },
  // "qwen3-8b" is a size.
  {
    model: /qwen-?(?:3\.[5-9]|4)(?!\d*b)/,
    prompt: 2,
    message: 5.5,
    text: 0.95,
    call: 11,
    tools: 210,
    tool: 10,
    toolText: 1.5,
    image: qwenPatches,
  },
  {
    model: /qwen|qwq|qvq/,
    prompt: 2,
    message: 5.5,
    text: 0.95,
    call: 11,
    tools: 82,
    tool: 10,
    toolText: 1.5,
    image: qwenPatches,
  },
  {
    model: /(?:mis|mix|magis|minis|codes|devs|leans|pix|vox)tral|(?<![a-z])ms3\./,
    prompt: 3,
    message: 1.4,
    text: 0.96,
    call: 5,
    tools: 25,
    tool: 7,
    toolText: 1.13,
    reasoning: 14,
    image: mistralPatches,
    page: 800,
  },
  { model: /kimi|moonshot/, prompt: 2, message: 4.5, noSystem: 18, call: 10, tools: 20, tool: 10, toolText: 1.2 },
  { model: /sonar|^perplexity-/, prompt: 0, message: 0.5, text: 0.96 },
  { model: /grok.*non-reasoning|grok-2|grok-beta/, ...GROK },
  // xAI puts a system prompt of its own before prompts of these.
  {
    model: /grok-(?:4(?!-fast)|latest)/,
    ...GROK,
    prompt: 190,
    tools: 25,
    toolText: 1.2,
    readsReasoning: false,
    signature: 9.5,
    output: [30, 1],
  },
  { model: /grok-code|grok-4/, ...GROK, tools: 310 },
  { model: /grok-3-mini/, ...GROK, tools: 235, readsReasoning: false },
  { model: /grok-3/, ...GROK },
  { model: /grok/, ...GROK, tools: 235 },
];

/** A model's name as the rows spell it. Vendors write a version as `4.5`, `4-5`, `4p5` or `4_5`. */
function comparableName(model: string): string {
  return model.toLowerCase().replace(/(?<=\d)[-_p](?=\d)/g, ".");
}

/** The costs of a model. Absent: those of an unknown one. */
export function tokenCosts({ model = "", provider = "" }: { model?: string; provider?: string } = {}): TokenCosts {
  const name = comparableName(model);
  const family = FAMILIES.find((one) => one.model.test(name) && one.provider?.test(provider) !== false);
  return family === undefined ? COSTS : { ...COSTS, ...family };
}
