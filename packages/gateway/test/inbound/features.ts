/** Requests that use everything the official clients and agents can send, one feature each. Texts, ids and numbers are invented. */
import type { JsonObject } from "@lumiverse/core/provider";
import type { InboundProtocolId } from "../../src/inbound/protocol.ts";
import { PIXEL } from "./requests.ts";

type Features = Readonly<Record<string, JsonObject>>;

const HI = [{ role: "user", content: "Hi" }];
const EPHEMERAL = { type: "ephemeral" };
const SCHEMA = { type: "object", properties: { at: { type: "string" } }, required: ["at"], additionalProperties: false };

const chat = (more: JsonObject): JsonObject => ({ model: "m-1", messages: HI, ...more });
const chatMessages = (...messages: JsonObject[]): JsonObject => ({ model: "m-1", messages: [...HI, ...messages] });
const chatUser = (...content: JsonObject[]): JsonObject => ({ model: "m-1", messages: [{ role: "user", content }] });
const LOOK = { type: "function", function: { name: "look", description: "Looks", parameters: SCHEMA } };

const chatFeatures: Features = {
  "a seed of 64 bits and a fraction of alternatives": chat({ seed: 2 ** 60, top_k: 0.5, max_tokens: 0 }),
  "a fraction of a token for reasoning": chat({ reasoning: { max_tokens: 0.5 } }),
  "a refusal without content as the first message": {
    model: "m-1",
    messages: [{ role: "assistant", refusal: "No", content: null }],
  },
  "a part that the neutral form lacks": chatMessages({ role: "user", content: [{ type: "refusal", refusal: "No" }] }),
  "audio without an object around it": chatUser(
    { type: "input_audio", input_audio: "https://example.com/a.mp3" },
    { type: "input_audio", input_audio: `data:audio/mpeg;base64,${PIXEL}` },
    { type: "input_audio", input_audio: PIXEL },
  ),
  "audio in and out": {
    ...chatUser({ type: "input_audio", input_audio: { data: PIXEL, format: "wav" } }),
    modalities: ["text", "audio"],
    audio: { voice: "marin", format: "mp3" },
  },
  "an audio answer of before": chatMessages({ role: "assistant", audio: { id: "audio_1" } }, { role: "user", content: "Go on" }),
  logprobs: chat({ logprobs: true, top_logprobs: 3 }),
  "several choices": chat({ n: 3 }),
  prediction: chat({ prediction: { type: "content", content: [{ type: "text", text: "A cat" }] } }),
  "web search": chat({
    web_search_options: { search_context_size: "low", user_location: { type: "approximate", approximate: { city: "Oslo" } } },
  }),
  "a custom tool with a grammar": chat({
    tools: [
      LOOK,
      { type: "custom", custom: { name: "patch", format: { type: "grammar", grammar: { syntax: "lark", definition: "start: /a+/" } } } },
    ],
    tool_choice: { type: "custom", custom: { name: "patch" } },
  }),
  "a call of a custom tool": chatMessages(
    { role: "assistant", tool_calls: [{ id: "c1", type: "custom", custom: { name: "patch", input: 'a "quoted"\nline' } }] },
    { role: "tool", tool_call_id: "c1", content: "done" },
  ),
  "allowed tools": chat({
    tools: [LOOK],
    tool_choice: { type: "allowed_tools", allowed_tools: { mode: "required", tools: [{ type: "function", function: { name: "look" } }] } },
  }),
  "a named tool": chat({ tools: [LOOK], tool_choice: { type: "function", function: { name: "look" } }, parallel_tool_calls: false }),
  "the older functions": chat({ functions: [{ name: "look", parameters: SCHEMA }], function_call: { name: "look" } }),
  "a call of the older functions": chatMessages(
    { role: "assistant", content: null, function_call: { name: "look", arguments: '{"at":"sea"}' } },
    { role: "function", name: "look", content: "a ship" },
  ),
  "structured output": chat({
    response_format: { type: "json_schema", json_schema: { name: "place", strict: true, schema: SCHEMA, description: "A place" } },
  }),
  "any JSON": chat({ response_format: { type: "json_object" } }),
  "text by name": chat({ response_format: { type: "text" } }),
  "a grammar of a host": chat({ response_format: { type: "grammar", grammar: "root ::= 'a'" } }),
  files: chatUser(
    { type: "file", file: { file_id: "file-1" } },
    { type: "file", file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${PIXEL}` } },
  ),
  "images by address and with detail": chatUser(
    { type: "image_url", image_url: { url: "https://example.com/a.png", detail: "high" } },
    { type: "image_url", image_url: { url: "https://example.com/b.png" } },
  ),
  "a refusal of before": chatMessages({ role: "assistant", content: [{ type: "refusal", refusal: "No." }] }),
  "text as parts in every role": {
    model: "m-1",
    messages: [
      { role: "system", content: [{ type: "text", text: "Be brief." }] },
      { role: "user", content: [{ type: "text", text: "Hi" }] },
      { role: "assistant", content: [{ type: "text", text: "Hello" }] },
      { role: "user", content: "Go on" },
    ],
  },
  "a system message in the middle": chatMessages({ role: "system", content: "Now be kind." }, { role: "user", content: "Go on" }),
  "reasoning of before": chatMessages(
    {
      role: "assistant",
      content: "Yes",
      reasoning_content: "Hm.",
      reasoning_details: [{ type: "reasoning.text", text: "Hm.", signature: "s" }],
    },
    { role: "user", content: "Go on" },
  ),
  "a tool result as a list": chatMessages(
    {
      role: "assistant",
      tool_calls: [
        {
          id: "c1",
          type: "function",
          function: { name: "look", arguments: "{}" },
        },
      ],
    },
    { role: "tool", tool_call_id: "c1", content: [{ type: "text", text: "a ship" }] },
  ),
  "every switch": chat({
    max_completion_tokens: 9,
    temperature: 0,
    top_p: 1,
    presence_penalty: 0.1,
    frequency_penalty: -0.1,
    stop: "END",
    seed: 1,
    logit_bias: { "50256": -100 },
    user: "u",
    safety_identifier: "s",
    prompt_cache_key: "k",
    prompt_cache_retention: "24h",
    service_tier: "auto",
    store: false,
    metadata: { a: "b" },
    verbosity: "low",
    reasoning_effort: "minimal",
  }),
  "nulls for what is not set": chat({ max_tokens: null, temperature: null, tools: null, stop: null, response_format: null, seed: null }),
  "fields of open servers": chat({
    min_p: 0.1,
    top_k: 20,
    repetition_penalty: 1.1,
    chat_template_kwargs: { enable_thinking: false },
    guided_json: SCHEMA,
  }),
  "Open WebUI's": chat({ stream: false, max_tokens: 10, options: { num_ctx: 4096 }, chat_id: "c", session_id: "s" }),
  "Cline's": {
    model: "m-1",
    messages: [
      { role: "system", content: [{ type: "text", text: "You edit files.", cache_control: EPHEMERAL }] },
      {
        role: "user",
        content: [
          { type: "text", text: "<task>Fix it</task>" },
          { type: "text", text: "<env/>", cache_control: EPHEMERAL },
        ],
      },
    ],
    temperature: 0,
    reasoning: { max_tokens: 2000 },
    provider: { order: ["a"], allow_fallbacks: false },
    transforms: ["middle-out"],
    include_reasoning: true,
  },
};

const response = (more: JsonObject): JsonObject => ({ model: "m-1", input: "Hi", ...more });
const items = (...input: JsonObject[]): JsonObject => ({ model: "m-1", input: [{ role: "user", content: "Hi" }, ...input] });

const responsesFeatures: Features = {
  "a forced tool of a stored prompt": response({ tool_choice: "required", prompt: { id: "pmpt_1", variables: { city: "Oslo" } } }),
  "a result without the id of its call": items({ type: "function_call_output", output: "done" }),
  "a reference without a type": items({ id: "msg_1" }),
  "an image in a system message": items({
    role: "developer",
    content: [
      { type: "input_image", image_url: `data:image/png;base64,${PIXEL}`, detail: "low" },
      { type: "input_text", text: "Be brief." },
    ],
  }),
  "every switch": response({
    instructions: "Be brief.",
    max_output_tokens: 30,
    max_tool_calls: 2,
    metadata: { a: "b" },
    parallel_tool_calls: true,
    prompt_cache_key: "k",
    reasoning: { effort: "high", summary: "concise" },
    safety_identifier: "s",
    service_tier: "flex",
    store: true,
    temperature: 0.2,
    text: { format: { type: "text" }, verbosity: "high" },
    top_logprobs: 2,
    top_p: 0.5,
    truncation: "auto",
    background: false,
    stream_options: { include_obfuscation: false },
    include: ["message.output_text.logprobs", "file_search_call.results"],
  }),
  "tools of the host": response({
    tools: [
      { type: "web_search", filters: { allowed_domains: ["example.com"] }, search_context_size: "low" },
      { type: "file_search", vector_store_ids: ["vs_1"], max_num_results: 3 },
      { type: "code_interpreter", container: { type: "auto" } },
      { type: "image_generation", quality: "low" },
      { type: "mcp", server_label: "docs", server_url: "https://example.com/mcp", require_approval: "never" },
      { type: "local_shell" },
      { type: "computer_use_preview", display_width: 800, display_height: 600, environment: "browser" },
      { type: "tool_search" },
    ],
    tool_choice: { type: "allowed_tools", mode: "auto", tools: [{ type: "web_search" }] },
  }),
  "custom tools and namespaces": response({
    tools: [
      { type: "custom", name: "patch", description: "Patches", format: { type: "grammar", syntax: "lark", definition: "start: /a/" } },
      {
        type: "namespace",
        name: "agents",
        description: "Agents",
        tools: [{ type: "function", name: "spawn", parameters: SCHEMA, strict: false }],
      },
      { type: "function", name: "look", parameters: SCHEMA, strict: true },
    ],
    tool_choice: { type: "custom", name: "patch" },
  }),
  "calls of custom tools": items(
    { type: "custom_tool_call", id: "ctc_1", call_id: "c1", name: "patch", input: '*** Begin\n+a "b"\n*** End', status: "completed" },
    { type: "custom_tool_call_output", call_id: "c1", output: "Done" },
    { role: "user", content: "Go on" },
  ),
  "calls of the host's tools": items(
    { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "open_page", url: "https://example.com" } },
    { type: "file_search_call", id: "fs_1", status: "completed", queries: ["a"], results: null },
    { type: "code_interpreter_call", id: "ci_1", status: "completed", code: "1+1", container_id: "cntr_1", outputs: [] },
    { type: "image_generation_call", id: "ig_1", status: "completed", result: PIXEL },
    { type: "mcp_list_tools", id: "mcpl_1", server_label: "docs", tools: [] },
    { type: "mcp_call", id: "mcp_1", server_label: "docs", name: "find", arguments: "{}", output: "x", error: null },
    { type: "mcp_approval_request", id: "mcpr_1", server_label: "docs", name: "find", arguments: "{}" },
    { type: "mcp_approval_response", approval_request_id: "mcpr_1", approve: true },
    { role: "user", content: "Go on" },
  ),
  "calls of the client's tools": items(
    { type: "computer_call", id: "cu_1", call_id: "c1", action: { type: "screenshot" }, pending_safety_checks: [], status: "completed" },
    { type: "computer_call_output", call_id: "c1", output: { type: "computer_screenshot", image_url: `data:image/png;base64,${PIXEL}` } },
    { type: "local_shell_call", id: "lsh_1", call_id: "c2", action: { type: "exec", command: ["ls"], env: {} }, status: "completed" },
    { type: "local_shell_call_output", id: "lsho_1", output: "a" },
    { role: "user", content: "Go on" },
  ),
  "a reference and a compaction": items(
    { type: "item_reference", id: "msg_0" },
    { type: "compaction", id: "cmp_1", encrypted_content: "enc" },
    { role: "user", content: "Go on" },
  ),
  "reasoning without a summary": items(
    { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "enc" },
    { type: "function_call", call_id: "c1", name: "look", arguments: '{"at":"sea"}' },
    { type: "function_call_output", call_id: "c1", output: "a ship" },
  ),
  "outputs with images and files": items(
    { type: "function_call", call_id: "c1", name: "look", arguments: "{}" },
    {
      type: "function_call_output",
      call_id: "c1",
      output: [
        { type: "input_image", image_url: `data:image/png;base64,${PIXEL}` },
        { type: "input_file", filename: "a.pdf", file_data: `data:application/pdf;base64,${PIXEL}` },
      ],
    },
  ),
  "every kind of content": {
    model: "m-1",
    input: [
      {
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text: "Hi" },
          { type: "input_image", file_id: "file-1", detail: "auto" },
          { type: "input_file", file_url: "https://example.com/a.pdf" },
          { type: "input_audio", input_audio: { data: PIXEL, format: "mp3" } },
        ],
      },
      {
        type: "message",
        id: "msg_1",
        role: "assistant",
        status: "completed",
        content: [
          {
            type: "output_text",
            text: "Yes",
            annotations: [{ type: "url_citation", url: "https://example.com", title: "A", start_index: 0, end_index: 3 }],
            logprobs: [],
          },
          { type: "refusal", refusal: "No." },
        ],
      },
      { role: "system", content: "Be kind." },
      { role: "user", content: "Go on" },
    ],
  },
  "structured output": response({
    text: { format: { type: "json_schema", name: "place", schema: SCHEMA, strict: true, description: "A place" } },
  }),
  "stored conversations": response({
    previous_response_id: "resp_1",
    conversation: null,
    prompt: { id: "pmpt_1", version: "2", variables: { a: "b" } },
  }),
  "Codex's": {
    model: "m-1",
    instructions: "You are a coding agent.",
    input: [
      { type: "message", role: "developer", content: [{ type: "input_text", text: "<permissions/>" }] },
      { type: "message", role: "user", content: [{ type: "input_text", text: "<environment_context/>" }] },
      { type: "message", role: "user", content: [{ type: "input_text", text: "Run it" }] },
    ],
    tools: [
      { type: "function", name: "exec_command", description: "Runs", strict: false, parameters: SCHEMA },
      { type: "custom", name: "apply_patch", description: "Edits", format: { type: "grammar", syntax: "lark", definition: "start: /a/" } },
      { type: "tool_search", execution: "client", description: "Finds tools", parameters: SCHEMA },
      { type: "web_search", external_web_access: false },
    ],
    tool_choice: "auto",
    parallel_tool_calls: true,
    reasoning: { effort: "medium", summary: "auto" },
    store: false,
    include: ["reasoning.encrypted_content"],
    prompt_cache_key: "01a2",
    text: { verbosity: "low" },
    client_metadata: { "x-installation": "i-1" },
  },
};

const message = (more: JsonObject): JsonObject => ({ model: "m-1", max_tokens: 100, messages: HI, ...more });
const turns = (...messages: JsonObject[]): JsonObject => ({ model: "m-1", max_tokens: 100, messages: [...HI, ...messages] });
const blocks = (...content: JsonObject[]): JsonObject => ({ model: "m-1", max_tokens: 100, messages: [{ role: "user", content }] });
const TOOL = { name: "look", description: "Looks", input_schema: SCHEMA };

const messagesFeatures: Features = {
  "a fraction of a token for thinking": message({ thinking: { type: "enabled", budget_tokens: 0.5 } }),
  "a system message without content": turns({ role: "system" }, { role: "user", content: "Go on" }),
  "a forced tool of the vendor's own": message({
    tool_choice: { type: "any" },
    mcp_servers: [{ type: "url", url: "https://example.com", name: "m" }],
  }),
  "documents with citations": blocks(
    {
      type: "document",
      source: { type: "text", media_type: "text/plain", data: "A cat." },
      title: "A",
      context: "c",
      citations: { enabled: true },
      cache_control: EPHEMERAL,
    },
    { type: "document", source: { type: "base64", media_type: "application/pdf", data: PIXEL } },
    { type: "document", source: { type: "url", url: "https://example.com/a.pdf" } },
    { type: "document", source: { type: "file", file_id: "file_1" } },
    { type: "document", source: { type: "content", content: [{ type: "text", text: "A" }] } },
    { type: "text", text: "Hi" },
  ),
  "images of every source": blocks(
    { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
    { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
    { type: "image", source: { type: "file", file_id: "file_1" } },
  ),
  "search results": blocks(
    {
      type: "search_result",
      source: "https://example.com",
      title: "A",
      content: [{ type: "text", text: "A cat." }],
      citations: { enabled: true },
    },
    { type: "text", text: "Hi" },
  ),
  "citations of before": turns(
    {
      role: "assistant",
      content: [
        {
          type: "text",
          text: "A cat",
          citations: [
            { type: "char_location", cited_text: "A cat.", document_index: 0, document_title: "A", start_char_index: 0, end_char_index: 6 },
          ],
        },
      ],
    },
    { role: "user", content: "Go on" },
  ),
  "tools of the host": message({
    tools: [
      { type: "web_search_20250305", name: "web_search", max_uses: 2, user_location: { type: "approximate", city: "Oslo" } },
      { type: "web_fetch_20250910", name: "web_fetch", citations: { enabled: true } },
      { type: "code_execution_20250825", name: "code_execution" },
      { type: "bash_20250124", name: "bash" },
      { type: "text_editor_20250728", name: "str_replace_based_edit_tool", max_characters: 100 },
      { type: "computer_20250124", name: "computer", display_width_px: 800, display_height_px: 600 },
      { type: "memory_20250818", name: "memory" },
      { type: "tool_search_tool_regex_20251119", name: "tool_search_tool_regex" },
      { ...TOOL, defer_loading: true, strict: true, input_examples: [{ at: "sea" }], cache_control: { ...EPHEMERAL, ttl: "1h" } },
    ],
    tool_choice: { type: "tool", name: "look", disable_parallel_tool_use: true },
  }),
  "results of the host's tools": turns(
    {
      role: "assistant",
      content: [
        { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "cats" } },
        {
          type: "web_search_tool_result",
          tool_use_id: "srvtoolu_1",
          content: [{ type: "web_search_result", url: "https://example.com", title: "A", encrypted_content: "enc", page_age: null }],
        },
        { type: "server_tool_use", id: "srvtoolu_2", name: "bash_code_execution", input: { command: "ls" } },
        {
          type: "bash_code_execution_tool_result",
          tool_use_id: "srvtoolu_2",
          content: { type: "bash_code_execution_result", stdout: "a", stderr: "", return_code: 0, content: [] },
        },
        { type: "mcp_tool_use", id: "mcptoolu_1", name: "find", server_name: "docs", input: {} },
        { type: "mcp_tool_result", tool_use_id: "mcptoolu_1", is_error: false, content: [{ type: "text", text: "x" }] },
        { type: "container_upload", file_id: "file_1" },
        { type: "text", text: "A cat" },
      ],
    },
    { role: "user", content: "Go on" },
  ),
  "MCP servers and a container": message({
    mcp_servers: [
      { type: "url", url: "https://example.com/mcp", name: "docs", authorization_token: "t-1", tool_configuration: { enabled: true } },
    ],
    container: { id: "container_1", skills: [{ type: "anthropic", skill_id: "pdf", version: "latest" }] },
  }),
  "context management": message({
    context_management: {
      edits: [
        { type: "clear_tool_uses_20250919", trigger: { type: "input_tokens", value: 1000 }, keep: { type: "tool_uses", value: 2 } },
        { type: "compact_20260112" },
      ],
    },
  }),
  "cache marks everywhere": {
    model: "m-1",
    max_tokens: 100,
    cache_control: EPHEMERAL,
    system: [{ type: "text", text: "Be brief.", cache_control: { ...EPHEMERAL, ttl: "1h" } }],
    tools: [{ ...TOOL, cache_control: EPHEMERAL }],
    messages: [
      { role: "user", content: [{ type: "text", text: "Hi", cache_control: EPHEMERAL }] },
      { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "look", input: { at: "sea" }, cache_control: EPHEMERAL }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "a ship", cache_control: EPHEMERAL }] },
    ],
  },
  thinking: {
    ...turns(
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Hm.", signature: "sig" },
          { type: "redacted_thinking", data: "red" },
          { type: "tool_use", id: "toolu_1", name: "look", input: {} },
        ],
      },
      {
        role: "user",
        content: [
          {
            type: "tool_result",
            tool_use_id: "toolu_1",
            is_error: true,
            content: [
              { type: "text", text: "no" },
              { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
            ],
          },
          { type: "text", text: "Go on" },
        ],
      },
    ),
    thinking: { type: "enabled", budget_tokens: 1024, display: "summarized" },
    tools: [TOOL],
  },
  "structured output": message({ output_config: { effort: "low", format: { type: "json_schema", schema: SCHEMA } }, betas: ["x"] }),
  "every switch": message({
    temperature: 0.1,
    top_p: 0.9,
    top_k: 5,
    stop_sequences: ["END"],
    metadata: { user_id: "u" },
    service_tier: "standard_only",
    inference_geo: "us",
    speed: "fast",
    system: "Be brief.",
  }),
  "a tool result before the text": turns(
    {
      role: "assistant",
      content: [{ type: "tool_use", id: "toolu_1", name: "look", input: { deep: [1, { a: null }] }, caller: { type: "direct" } }],
    },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1" }] },
  ),
  "a prefill": turns({ role: "assistant", content: "A ca" }),
  "Claude Code's": {
    model: "m-1",
    max_tokens: 32_000,
    system: [
      { type: "text", text: "x-billing-header: cc_version=1.2.3" },
      { type: "text", text: "You are an agent.", cache_control: EPHEMERAL },
    ],
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "<system-reminder/>" },
          { type: "text", text: "Run it" },
        ],
      },
      { role: "system", content: [{ type: "text", text: "The date changed." }] },
      { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "Bash", input: { command: "ls" } }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "a", is_error: false, cache_control: EPHEMERAL }] },
    ],
    tools: [{ name: "Bash", description: "Runs", input_schema: { $schema: "https://json-schema.org/draft/2020-12/schema", ...SCHEMA } }],
    metadata: { user_id: '{"session_id":"s"}' },
    thinking: { type: "adaptive" },
    context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
    output_config: { effort: "high" },
  },
};

const contents = (more: JsonObject): JsonObject => ({ contents: [{ role: "user", parts: [{ text: "Hi" }] }], ...more });
const parts = (...given: JsonObject[]): JsonObject => ({ contents: [{ role: "user", parts: given }] });

const googleFeatures: Features = {
  "media in the system instruction": contents({
    systemInstruction: { parts: [{ inlineData: { mimeType: "image/png", data: PIXEL } }, { text: "Be brief." }] },
  }),
  "a fraction of alternatives": contents({ generationConfig: { topK: 0.5, seed: 2 ** 60 } }),
  "a fraction of a token for thinking": contents({ generationConfig: { thinkingConfig: { thinkingBudget: 0.5 } } }),
  "every kind of part": {
    contents: [
      {
        role: "user",
        parts: [
          { text: "Hi" },
          { inlineData: { mimeType: "image/png", data: PIXEL, displayName: "a" }, mediaResolution: { level: "MEDIA_RESOLUTION_HIGH" } },
          { inline_data: { mime_type: "audio/wav", data: PIXEL } },
          { fileData: { mimeType: "video/mp4", fileUri: "https://example.com/a.mp4" }, videoMetadata: { startOffset: "1s", fps: 2 } },
        ],
      },
      {
        role: "model",
        parts: [
          { text: "Hm.", thought: true },
          { text: "Yes", thoughtSignature: "sig" },
          { executableCode: { language: "PYTHON", code: "1+1" } },
          { codeExecutionResult: { outcome: "OUTCOME_OK", output: "2" } },
          { functionCall: { id: "c1", name: "look", args: { at: "sea" } }, thoughtSignature: "sig2" },
        ],
      },
      {
        role: "user",
        parts: [
          {
            functionResponse: {
              id: "c1",
              name: "look",
              response: { output: "a ship" },
              parts: [{ inlineData: { mimeType: "image/png", data: PIXEL } }],
              willContinue: false,
              scheduling: "SILENT",
            },
          },
        ],
      },
    ],
  },
  "safety settings and labels": contents({
    safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
    labels: { team: "x" },
  }),
  "tools of every kind": contents({
    tools: [
      {
        functionDeclarations: [
          { name: "look", description: "Looks", parametersJsonSchema: SCHEMA, response: { type: "STRING" }, behavior: "BLOCKING" },
        ],
      },
      { functionDeclarations: [{ name: "find", parameters: { type: "OBJECT", properties: { at: { type: "STRING", nullable: true } } } }] },
      { googleSearch: { excludeDomains: ["example.com"] } },
      { googleSearchRetrieval: { dynamicRetrievalConfig: { mode: "MODE_DYNAMIC", dynamicThreshold: 0.5 } } },
      { codeExecution: {} },
      { urlContext: {} },
      { googleMaps: { enableWidget: true } },
      { computerUse: { environment: "ENVIRONMENT_BROWSER" } },
      { fileSearch: { fileSearchStoreNames: ["fileSearchStores/a"] } },
    ],
    toolConfig: {
      functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["look", "find"] },
      retrievalConfig: { latLng: { latitude: 1, longitude: 2 } },
    },
  }),
  "cached content": contents({ cachedContent: "cachedContents/1" }),
  "media out": contents({
    generationConfig: {
      responseModalities: ["TEXT", "IMAGE"],
      imageConfig: { aspectRatio: "1:1" },
      speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Kore" } } },
      mediaResolution: "MEDIA_RESOLUTION_LOW",
    },
  }),
  "every number": contents({
    generationConfig: {
      temperature: 0.1,
      topP: 0.2,
      topK: 3,
      candidateCount: 2,
      maxOutputTokens: 40,
      stopSequences: ["END"],
      seed: 1,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      responseLogprobs: true,
      logprobs: 2,
      enableEnhancedCivicAnswers: false,
    },
  }),
  thinking: contents({ generationConfig: { thinkingConfig: { includeThoughts: true, thinkingBudget: 512 } } }),
  "a thinking level": contents({ generationConfig: { thinkingConfig: { thinkingLevel: "HIGH" } } }),
  "structured output": contents({ generationConfig: { responseMimeType: "application/json", responseJsonSchema: SCHEMA } }),
  "structured output by OpenAPI": contents({
    generationConfig: {
      responseMimeType: "application/json",
      responseSchema: { type: "OBJECT", properties: { at: { type: "STRING" } }, propertyOrdering: ["at"] },
    },
  }),
  "an enumeration": contents({
    generationConfig: { responseMimeType: "text/x.enum", responseSchema: { type: "STRING", enum: ["a", "b"] } },
  }),
  "a system instruction as a text": contents({ systemInstruction: "Be brief." }),
  "a system instruction as parts": contents({ system_instruction: { parts: [{ text: "Be" }, { text: "brief." }] } }),
  "two user contents in a row": {
    contents: [
      { role: "user", parts: [{ text: "Hi" }] },
      { role: "user", parts: [{ text: "There" }] },
    ],
  },
  "contents without a role": parts({ text: "Hi" }),
  "the service tier": contents({ serviceTier: "flex", store: true }),
};

export const FEATURES: { readonly [P in InboundProtocolId]: Features } = {
  "chat-completions": chatFeatures,
  responses: responsesFeatures,
  messages: messagesFeatures,
  "generate-content": googleFeatures,
};
