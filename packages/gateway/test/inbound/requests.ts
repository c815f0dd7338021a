import type { JsonObject } from "@lumiverse/core/provider";
import type { InboundProtocolId } from "../../src/inbound/protocol.ts";

/** The beginning of a PNG, in base64. */
export const PIXEL = "iVBORw0KGgo=";

/** A request of each protocol with fields that the neutral form has no name for, and a history that holds payloads of its vendor. */
export const REQUESTS: { readonly [P in InboundProtocolId]: JsonObject } = {
  "chat-completions": {
    model: "m-1",
    messages: [
      { role: "developer", content: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }] },
      {
        role: "user",
        name: "ada",
        content: [
          { type: "text", text: "Look" },
          { type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}`, detail: "low" } },
          { type: "input_audio", input_audio: { data: PIXEL, format: "mp3" } },
          { type: "novelty", payload: [1] },
        ],
      },
      {
        role: "assistant",
        content: null,
        reasoning: "Let me look.",
        reasoning_details: [{ type: "reasoning.encrypted", data: "enc" }],
        refusal: null,
        tool_calls: [{ id: "c1", type: "function", index: 0, function: { name: "look", arguments: '{ "at":1 }' } }],
      },
      { role: "tool", tool_call_id: "c1", name: "look", content: "a cat" },
      { role: "assistant", content: "A cat", prefix: true },
    ],
    tools: [
      { type: "function", cache_control: { type: "ephemeral" }, function: { name: "look", parameters: { type: "object" }, strict: null } },
      { type: "web_search", depth: 3 },
    ],
    tool_choice: { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [] } },
    max_completion_tokens: 40,
    temperature: 0.5,
    stop: ["END"],
    seed: 3,
    logit_bias: { "5": -1 },
    metadata: { team: "x" },
    response_format: { type: "json_schema", json_schema: { name: "r", schema: { type: "object", properties: {} }, novelty: true } },
    reasoning_effort: "low",
    unknown_field: { deep: [null, 1] },
  },
  responses: {
    model: "m-1",
    instructions: "Be brief.",
    input: [
      { role: "developer", content: "Also be kind." },
      {
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text: "Look" },
          { type: "input_image", image_url: `data:image/png;base64,${PIXEL}`, detail: "high" },
          { type: "input_file", file_id: "file-1" },
        ],
      },
      {
        type: "reasoning",
        id: "rs_1",
        summary: [
          { type: "summary_text", text: "First." },
          { type: "summary_text", text: "Then." },
        ],
        encrypted_content: "enc",
      },
      { type: "function_call", id: "fc_1", call_id: "c1", name: "look", arguments: "{}", status: "completed" },
      { type: "function_call_output", call_id: "c1", output: [{ type: "input_text", text: "a cat" }] },
      { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "cats" } },
      { type: "message", id: "msg_1", role: "assistant", content: [{ type: "output_text", text: "A cat", annotations: [] }] },
    ],
    tools: [
      { type: "function", name: "look", description: "Looks", parameters: { type: "object" }, strict: true },
      { type: "web_search_preview" },
    ],
    tool_choice: { type: "web_search_preview" },
    text: { format: { type: "json_schema", name: "r", schema: { type: "object" }, strict: false }, verbosity: "low" },
    reasoning: { effort: "xhigh", summary: "detailed" },
    max_output_tokens: 40,
    include: ["reasoning.encrypted_content"],
    store: true,
    previous_response_id: "resp_0",
    unknown_field: 1,
  },
  messages: {
    model: "m-1",
    max_tokens: 400,
    system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral", ttl: "1h" } }],
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "Look", cache_control: { type: "ephemeral" } },
          { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
          { type: "document", source: { type: "url", url: "https://example.com/a.pdf" }, title: "A", citations: { enabled: true } },
          { type: "search_result", source: "s", title: "t", content: [{ type: "text", text: "found" }] },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Let me look.", signature: "sig" },
          { type: "redacted_thinking", data: "hidden" },
          { type: "text", text: "Looking", citations: [{ type: "char_location", cited_text: "x", document_index: 0 }] },
          { type: "server_tool_use", id: "s1", name: "web_search", input: { query: "cats" } },
          { type: "web_search_tool_result", tool_use_id: "s1", content: [{ type: "web_search_result", encrypted_content: "enc" }] },
          { type: "tool_use", id: "c1", name: "look", input: { at: 1 }, caller: { type: "code_execution_20250825", tool_id: "s0" } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "c1", is_error: false, content: [{ type: "text", text: "a cat" }] },
          { type: "text", text: "And?" },
        ],
      },
    ],
    tools: [
      { name: "look", description: "Looks", input_schema: { type: "object" }, cache_control: { type: "ephemeral" } },
      { type: "web_search_20250305", name: "web_search", max_uses: 2 },
    ],
    tool_choice: { type: "auto", disable_parallel_tool_use: true },
    thinking: { type: "enabled", budget_tokens: 200 },
    output_config: { effort: "medium", format: { type: "json_schema", schema: { type: "object" } } },
    stop_sequences: ["END"],
    metadata: { user_id: "u1" },
    context_management: { edits: [] },
    unknown_field: "x",
  },
  "generate-content": {
    system_instruction: { role: "user", parts: [{ text: "Be brief." }] },
    contents: [
      { parts: [{ text: "Look" }, { inline_data: { mime_type: "image/png", data: PIXEL }, videoMetadata: { fps: 1 } }] },
      {
        role: "model",
        parts: [
          { text: "Let me look.", thought: true, thoughtSignature: "sig-0" },
          { functionCall: { name: "look", args: { at: 1 } }, thoughtSignature: "sig-1" },
          { executableCode: { language: "PYTHON", code: "1" } },
        ],
      },
      { role: "user", parts: [{ functionResponse: { name: "look", response: { seen: ["a cat"] } } }, { text: "And?" }] },
    ],
    tools: [
      {
        functionDeclarations: [
          { name: "look", description: "Looks", parameters: { type: "OBJECT", properties: { at: { type: "INTEGER", enum: ["STRING"] } } } },
        ],
      },
      { google_search: { novelty: 1 } },
    ],
    toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["look", "see"] } },
    generationConfig: {
      temperature: 0.5,
      maxOutputTokens: 40,
      candidateCount: 1,
      stopSequences: ["END"],
      responseMimeType: "application/json",
      responseSchema: { type: "OBJECT", properties: { type: { type: "STRING" } } },
      thinkingConfig: { thinkingBudget: 128, includeThoughts: true },
    },
    safetySettings: [{ category: "X", threshold: "Y" }],
    labels: { team: "x" },
  },
};
