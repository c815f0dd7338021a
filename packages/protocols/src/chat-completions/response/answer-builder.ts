import {
  type CapabilityValue,
  type CheckedCall,
  type Emit,
  type ErrorCode,
  excerpt,
  type FinishReason,
  isObject,
  type JsonObject,
  LumiverseError,
  type Note,
  ownValue,
  type Part,
  type ResponseDetails,
} from "@lumiverse/core/provider";
import { isReasonerByName } from "../../families/reasoning-names.ts";
import { finishReasonOf } from "../../shared/finish-reasons.ts";
import { elementsOf, hasOneField, isByIndex, isFilledText, pieceOf, textIn } from "../../shared/json-values.ts";
import type { Dialect } from "../dialect.ts";
import { type AudioOutput, addAudio, readAudio, readImage } from "../media.ts";
import { ReasoningDetails } from "../reasoning-details.ts";
import type { ToolState } from "../tools.ts";
import { Content, type PartCounter } from "./content.ts";
import { Sources } from "./sources.ts";
import { ToolCallCollector, type ToolCallSummary } from "./tool-calls.ts";
import { parseTimings, parseUsage } from "./usage.ts";

/** Fields of an answer that may contain reasoning, after those of the dialect: a proxy behind the same provider can use any of them. */
export const REASONING_FIELDS: readonly string[] = ["reasoning_content", "reasoning", "reasoning_text", "thinking"];
/** Tool-call markup that a host's parser left in the text. It is shown as text and never executed. */
const TOOL_MARKUP = /<｜+DSML｜+|<｜tool▁calls?▁|<\|tool_calls?_|<tool_call>|\[TOOL_CALLS\]/;

/** Finish reasons that are failures: no error object comes with them. */
const FINISH_ERRORS: Readonly<Record<string, ErrorCode>> = {
  error: "server", // KoboldCpp, Mistral, OpenRouter
  network_error: "server", // Z.AI
  insufficient_system_resource: "overloaded", // DeepSeek
  abort: "server", // SGLang
};

/** Builds an answer from its deltas: its parts, its usage, and how it ended. */
export class AnswerBuilder {
  /** The host's finish reason. */
  finishReason: string | undefined;
  /** Content has come after the finish reason. */
  reopened = false;
  /** The host itself marked the end of the answer. */
  terminated = false;
  /** False for an answer that came as one body. */
  streamed = true;
  /** The request asked for usage in the stream. */
  awaitsUsage = false;
  usage: JsonObject | undefined;
  /** The object that contains the cost, where it is not `usage`. */
  costContainer: JsonObject | undefined;
  readonly details: ResponseDetails = {};
  readonly parts: PartCounter = { next: 0 };
  readonly content: Content;
  readonly sources: Sources;
  #emittedUsage: JsonObject | undefined;
  /** Usage has come with the last content or after it, so it counts the whole answer. */
  #usageIsFinal = false;
  /** The last usage came in a chunk of its own, after the last content. */
  #usageCameAlone = false;
  #refusal = "";
  #hasText = false;
  /** Fields of deltas that had a value, except for text and calls. */
  readonly #fields: Record<string, true> = {};
  #audio: AudioOutput | undefined;
  #reasoningFrom: "field" | "details" | undefined;
  /** Present once a call has come. */
  #toolCalls: ToolCallCollector | undefined;
  /** Present once details have come. */
  #reasoningDetails: ReasoningDetails | undefined;
  readonly #reasoningFields: readonly string[];
  readonly #dialect: Dialect;
  readonly #call: CheckedCall;
  readonly #toolState: ToolState | undefined;

  constructor(dialect: Dialect, call: CheckedCall, state: ToolState | undefined) {
    this.#dialect = dialect;
    this.#call = call;
    this.#toolState = state;
    this.#reasoningFields = [...(dialect.reasoning?.fields ?? []), ...REASONING_FIELDS];
    this.content = new Content(
      {
        // With the vendor's own fields, the text stays as the vendor sent it.
        tags: call.request.vendorFields === undefined && readsTags(dialect, call),
        noteTags: !isKnownToReason(call.route.capabilities.reasoning) && !isReasonerByName(call.request.model),
        failureTexts: dialect.failureTexts ?? [],
        echo: dialect.prefillEchoed === true && call.request.vendorFields === undefined ? (call.request.prefill ?? "") : "",
        deferText: state?.outputTool !== undefined,
        keepText: state?.outputTool !== undefined || call.request.tools !== undefined,
      },
      this.parts,
    );
    this.sources = new Sources(this.parts);
  }

  get #calls(): ToolCallCollector {
    const state = this.#toolState;
    this.#toolCalls ??= new ToolCallCollector(
      {
        decodeName: state?.names?.decode ?? ((name: string) => name),
        properties: state?.properties,
        declared: declaredNames(this.#call, state),
        outputTool: state?.outputTool,
        idSeed: String(this.#call.messages.length),
      },
      this.parts,
      this.content,
    );
    return this.#toolCalls;
  }

  /** A part of the answer has come. */
  get hasContent(): boolean {
    return this.parts.next > 0 || this.content.length > 0;
  }

  /** A part, audio or a refusal has come. Audio and a refusal become parts at the end. */
  get #hasSomething(): boolean {
    return this.hasContent || this.#audio !== undefined || this.#refusal !== "";
  }

  /** Text or a call has come, not reasoning alone. */
  get hasAnswer(): boolean {
    return this.#hasText || this.#hasCalls;
  }

  get #hasCalls(): boolean {
    return this.#toolCalls?.hasCalls === true;
  }

  /** Usage that counts the whole answer has come. */
  get hasFinalUsage(): boolean {
    return this.usage !== undefined && this.#usageIsFinal;
  }

  /** Adds a delta, or a whole message. Returns true when it had a piece of the answer. */
  add(delta: JsonObject, whole: boolean, emit: Emit): boolean {
    // A list of one part can arrive without its list.
    const content = isObject(delta["content"]) ? [delta["content"]] : pieceOf(delta["content"]);
    // Nearly every delta is a piece of text and nothing else.
    if (typeof content === "string" && content !== "" && hasOneField(delta)) this.addPiece(content, emit);
    else if (this.#addFields(delta, content, whole, emit)) this.#makeUsagePreview();
    else return false;
    return true;
  }

  /** Adds a delta that is a piece of text and nothing else. */
  addPiece(text: string, emit: Emit): void {
    this.#hasText = true;
    this.content.addText(text, emit);
    this.#makeUsagePreview();
  }

  /** Usage that came before the last content does not count all of the answer. */
  #makeUsagePreview(): void {
    this.#usageIsFinal = false;
    this.#usageCameAlone = false;
  }

  /** Adds the fields of a whole message that the deltas left out. */
  addMissing(message: JsonObject, emit: Emit): void {
    const missing: JsonObject = {};
    for (const key of Object.keys(message)) {
      const isText = key === "content";
      const isCall = key === "tool_calls" || key === "function_call";
      const isMissing = isText ? !this.#hasText : isCall ? !this.#hasCalls : this.#fields[key] !== true;
      if (isMissing && key !== "__proto__") missing[key] = message[key];
    }
    this.add(missing, true, emit);
  }

  #addFields(delta: JsonObject, content: unknown, whole: boolean, emit: Emit): boolean {
    const partsBefore = this.parts.next;
    const reasoned = this.#addReasoning(delta, emit);
    const detailed = this.#addReasoningDetails(delta["reasoning_details"], { whole, reasoned }, emit);
    const hasText = this.#addContent(content, emit);
    const called = this.#addCalls(delta, whole, emit);
    const refused = this.#addRefusal(delta["refusal"]);
    this.#addAttachments(delta, emit);
    const hasAudio = this.#addAudio(delta["audio"]);
    return reasoned || detailed || hasText || called || refused || hasAudio || this.parts.next > partsBefore;
  }

  /** Reasoning in a field of its own. True when there was any. */
  #addReasoning(delta: JsonObject, emit: Emit): boolean {
    for (const field of this.#reasoningFields) {
      const text = textIn(delta[field]);
      if (text === "") continue;
      for (const one of this.#reasoningFields) this.#fields[one] = true;
      if (this.#reasoningFrom !== "details") {
        this.#reasoningFrom = "field";
        this.content.addReasoning(text, emit);
      }
      return true; // a second field mirrors the first (Chutes, Doubleword)
    }
    return false;
  }

  /** `reasoned`: the delta has the same reasoning in a field of its own. */
  #addReasoningDetails(details: unknown, { whole, reasoned }: { whole: boolean; reasoned: boolean }, emit: Emit): boolean {
    if (!Array.isArray(details)) return false;
    if (details.length > 0) this.#fields["reasoning_details"] = true;
    this.#reasoningDetails ??= new ReasoningDetails();
    this.#reasoningDetails.add(details, whole);
    const text = reasoned || this.#reasoningFrom === "field" ? "" : textIn(details);
    if (text !== "") {
      this.#reasoningFrom = "details";
      this.content.addReasoning(text, emit);
    }
    return details.length > 0;
  }

  #addContent(content: unknown, emit: Emit): boolean {
    const isList = Array.isArray(content);
    if ((!isList && typeof content !== "string") || content.length === 0) return false;
    this.#hasText = true;
    if (isList) this.#addContentParts(content, emit);
    else this.content.addText(content, emit);
    return true;
  }

  #addCalls(delta: JsonObject, whole: boolean, emit: Emit): boolean {
    const calls = callsOf(delta["tool_calls"]);
    if (calls.length > 0) this.#calls.add(calls, whole, emit);
    // The older field repeats the newer one, or is empty.
    const legacy = delta["function_call"];
    if (isObject(legacy) && calls.length === 0) this.#calls.add([{ index: 0, function: legacy }], whole, emit);
    return calls.length > 0;
  }

  #addRefusal(refusal: unknown): boolean {
    if (!isFilledText(refusal)) return false;
    this.#fields["refusal"] = true;
    this.#refusal += refusal;
    return true;
  }

  /** Sources and images. */
  #addAttachments({ annotations, images }: JsonObject, emit: Emit): void {
    if (Array.isArray(annotations) && annotations.length > 0) {
      this.#fields["annotations"] = true;
      this.sources.annotations(annotations, emit);
    }
    if (Array.isArray(images) && images.length > 0) {
      this.#fields["images"] = true;
      for (const image of images) this.#addPart(readImage(image), { as: "images" }, emit);
    }
  }

  #addAudio(delta: unknown): boolean {
    if (!isObject(delta)) return false;
    this.#audio = addAudio(this.#audio, delta);
    if (this.#audio === undefined) return false;
    this.#fields["audio"] = true;
    return true;
  }

  /** Content as a list of parts: text, Mistral's thinking chunks and references, images, and unknown kinds. */
  #addContentParts(parts: readonly unknown[], emit: Emit): void {
    for (const part of parts) {
      if (typeof part === "string") this.content.addText(part, emit);
      if (!isObject(part)) continue;
      const { type } = part;
      const text = textIn(part);
      if (type === "text" || type === "output_text" || (type === undefined && text !== "")) {
        if (text !== "") this.content.addText(text, emit);
      } else if (type === "thinking" || type === "reasoning") {
        if (text !== "") this.content.addThinkingChunk(text, emit);
      } else if (type === "image_url") this.#addPart(readImage(part), { as: "images" }, emit);
      else {
        this.content.endPart(emit);
        this.#addPart({ type: "opaque", kind: typeof type === "string" ? type : "unknown" }, { content: part }, emit);
      }
    }
  }

  #addPart(part: Part | undefined, replay: unknown, emit: Emit): void {
    if (part !== undefined) emit({ type: "part", index: this.parts.next++, part, replay });
  }

  /** Keeps the newest usage. The first one is emitted at once, so that an answer that is cut off has some; the last one at the end. */
  addUsage(usage: unknown, emit: Emit): void {
    if (!isObject(usage)) return;
    // Servers that send every field of their type send counts of zero where they count nothing.
    if (this.usage !== undefined && isEmptyUsage(usage)) return;
    this.usage = usage;
    if (this.#emittedUsage !== undefined) return;
    this.#emittedUsage = usage;
    emit({ type: "usage", usage: parseUsage(usage, this.#dialect, this.costContainer) });
  }

  /** To be called when the chunk with the newest usage was read. `alone`: it had no content. Usage that comes before all content is a preview. */
  confirmUsage(alone: boolean): void {
    this.#usageIsFinal = this.#hasSomething;
    this.#usageCameAlone = alone && this.hasContent;
  }

  /** The answer is complete: everything that waits is emitted, usage before the finish. Throws when the answer is a failure or was cut off. */
  end(emit: Emit): void {
    this.#endUsage(emit);
    const raw = this.finishReason;
    const failure = this.#failure(!this.hasContent && !this.#hasCalls && this.#audio === undefined && this.#refusal === "");
    if (failure !== undefined) {
      // Open calls are not ended, because callers run a call that has ended.
      this.content.flush(emit, false);
      emit({ type: "details", details: this.details });
      throw failure;
    }
    const ended = raw === undefined ? "stop" : meaningOf(raw, this.#dialect);
    const calls = this.#toolCalls?.end(ended === "length", emit) ?? NO_CALLS;
    const stopped = ended === "stop" && calls.calls === 0;
    if (this.content.end(emit, { outputToolCalled: calls.outputToolCalled, stopped }))
      note(emit, "content", "dropped", "The text next to the structured output was dropped.");
    if (this.#audio !== undefined) this.#addPart(readAudio(this.#audio, this.#call), { audio: this.#audio.id }, emit);
    if (this.#refusal !== "") {
      this.details["refusal"] = this.#refusal;
      note(emit, "refusal", "warning", this.#refusal);
    }
    if (calls.unnamed > 0) note(emit, "tool_calls", "dropped", "A tool call without a name was dropped.");
    if (Object.keys(this.details).length > 0) emit({ type: "details", details: this.details });

    const empty = this.parts.next === 0 && this.#refusal === "";
    const emptyFailure = this.#failure(empty);
    if (emptyFailure !== undefined) throw emptyFailure;
    const reason = this.#finishReason(raw, calls, emit);
    if (empty) note(emit, "content", "warning", "The answer is empty.");
    const markup = this.#call.request.tools !== undefined && calls.calls === 0 && TOOL_MARKUP.test(this.content.text);
    if (markup) note(emit, "content", "warning", "The text contains tool-call markup that the host did not parse. No tool was called.");
    const list = this.#reasoningDetails?.list;
    const replays = list !== undefined && this.#dialect.reasoning?.replayField === "reasoning_details";
    emit(replays ? { type: "finish", reason, raw, replay: { reasoning_details: list } } : { type: "finish", reason, raw });
  }

  #endUsage(emit: Emit): void {
    const { usage } = this;
    const { streamOptions = true, usageUnasked = !streamOptions } = this.#dialect;
    const isLost = this.awaitsUsage ? !this.hasFinalUsage : usage === undefined && this.streamed && usageUnasked;
    if (isLost && this.#hasSomething)
      note(emit, "usage", "warning", usage === undefined ? "The host sent no usage." : "The host sent usage only before the answer.");
    if (usage === undefined) return;
    const isPreview = this.awaitsUsage && !this.hasFinalUsage && this.#hasSomething;
    if (usage !== this.#emittedUsage || isPreview) {
      const parsed = parseUsage(usage, this.#dialect, this.costContainer);
      emit({ type: "usage", usage: isPreview ? { ...parsed, completeness: "partial" } : parsed });
    }
    this.details["usage"] = usage;
    const timings = parseTimings(usage);
    if (timings !== undefined) this.details.timings ??= timings;
    const tier = usage["service_tier"];
    if (typeof tier === "string") this.details.serviceTier ??= tier;
  }

  /** The error for an answer that is a failure or was cut off. An empty answer may state its failure only in the upstream's finish reason. */
  #failure(empty: boolean): LumiverseError | undefined {
    const raw = this.finishReason;
    const native = this.details["nativeFinishReason"];
    for (const reason of [raw, empty ? native : undefined]) {
      const code = typeof reason === "string" ? finishError(reason, this.#dialect) : undefined;
      if (code !== undefined) return new LumiverseError({ code, message: `the host ended the answer with the finish reason "${reason}"` });
    }
    const isOpen = this.reopened ? !this.#isProved : raw === undefined && (empty || !this.#isProved);
    if (!isOpen) return undefined;
    const what = this.reopened ? "more content came after its finish reason" : "no finish reason came";
    return new LumiverseError({ code: "truncated", message: `the stream ended before the answer was complete: ${what}` });
  }

  /** True when the answer is surely complete, also without a finish reason: hosts send usage in a chunk of its own only after the end. */
  get #isProved(): boolean {
    return this.terminated || this.#usageCameAlone;
  }

  #finishReason(raw: string | undefined, calls: ToolCallSummary, emit: Emit): FinishReason {
    if (raw === undefined) {
      note(emit, "finish_reason", "unknown", "The answer ended without a finish reason.");
      return calls.calls > 0 ? "tool-calls" : "stop";
    }
    let reason = meaningOf(raw, this.#dialect);
    if (reason === undefined) {
      note(emit, "finish_reason", "unknown", `The finish reason "${excerpt(raw, 60)}" is unknown.`);
      reason = "other";
    }
    if (reason !== "stop" && reason !== "tool-calls") return reason;
    // vLLM reports `tool_calls` for an answer that reached the output limit, and with a forced tool choice also when there is no call.
    if (calls.cutArguments) {
      note(emit, "finish_reason", "changed", "The arguments of a tool call are not valid JSON, so the answer counts as cut off.");
      return "length";
    }
    if (calls.calls > 0) return "tool-calls";
    return reason === "stop" && this.#refusal !== "" ? "refusal" : "stop";
  }
}

const NO_CALLS: ToolCallSummary = { calls: 0, outputToolCalled: false, cutArguments: false, unnamed: 0 };

function meaningOf(raw: string, dialect: Dialect): FinishReason | undefined {
  return ownValue(dialect.finishReasons, raw) ?? finishReasonOf(raw);
}

function finishError(raw: string, dialect: Dialect): ErrorCode | undefined {
  if (ownValue(dialect.finishReasons, raw) !== undefined) return undefined;
  return ownValue(dialect.finishErrors, raw) ?? ownValue(FINISH_ERRORS, raw.toLowerCase());
}

/** A model that does not reason may write about tags, so they are read there only where the dialect says so. */
function readsTags(dialect: Dialect, call: CheckedCall): boolean {
  const tags =
    dialect.reasoning?.tags ?? (call.route.capabilities.reasoning === false && !isReasonerByName(call.request.model) ? "none" : "leading");
  return tags === "leading";
}

function isKnownToReason(reasoning: CapabilityValue | undefined): boolean {
  return reasoning !== undefined && reasoning !== "unknown" && reasoning !== false;
}

/** The calls of a delta. In an object by index, a call need not repeat its index. */
function callsOf(calls: unknown): readonly unknown[] {
  if (!isObject(calls) || !isByIndex(calls)) return elementsOf(calls);
  return Object.entries(calls).map(([index, call]) => (isObject(call) ? { index, ...call } : call));
}

/** The names of declared tools as they were sent. */
function declaredNames(call: CheckedCall, state: ToolState | undefined): ReadonlySet<string> {
  const encode = state?.names?.encode ?? ((name: string) => name);
  const names = new Set<string>();
  for (const tool of call.request.tools ?? []) if ("name" in tool) names.add(encode(tool.name));
  return names;
}

function isEmptyUsage(usage: JsonObject): boolean {
  return !Object.values(usage).some((value) => (typeof value === "number" && value !== 0) || isObject(value));
}

function note(emit: Emit, field: string, kind: Note["kind"], message: string): void {
  emit({ type: "note", note: { kind, field, message } });
}
