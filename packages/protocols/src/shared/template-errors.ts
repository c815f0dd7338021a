import { type ErrorRule, findErrorRule } from "./errors.ts";

/**
 * Exceptions of a model's chat template. Servers that run templates (llama.cpp, vLLM, LM Studio) report them as 400 or as 500, but the same request fails
 * again, so it is not repeated.
 */
export const templateErrors: readonly ErrorRule[] = [
  {
    text: ["reasoning_content is missing in assistant tool call", "must be passed back to the api"],
    is: "invalid-request",
    retryable: false,
    hint: 'The model needs the reasoning of earlier turns back: on a custom server set reasoningReplay: "tool-turns"',
  },
  {
    text: ["should alternate", "must alternate", "cannot have 2 or more assistant messages", "consecutive user messages"],
    is: "invalid-request",
    retryable: false,
    hint: 'The chat template needs user and assistant turns to alternate (setting alternation: "merge")',
  },
  {
    text: ["system message must be at the beginning", "system message must come first"],
    is: "invalid-request",
    retryable: false,
    hint: 'The chat template needs one system message at the head (setting systemPlacement: "first")',
  },
  {
    text: ["system role not supported", "system role is not supported", "does not support system"],
    is: "invalid-request",
    retryable: false,
    hint: 'The chat template has no system role (setting systemPlacement: "user")',
  },
  {
    // Versions of llama.cpp without the word Jinja report the position: "Only user and assistant roles are supported! at row 1, column 9".
    text: ["jinja exception", "jinja2", "templateerror", "raise_exception", "prompt with jinja", "chat template", " at row "],
    is: "invalid-request",
    retryable: false,
    hint: "The chat template refuses these messages or tools: see the settings alternation, systemPlacement and toolImages of custom servers",
  },
];

/** The rule for a refusal that is an exception of a chat template. */
export function templateError(status: number, message: string): ErrorRule | undefined {
  return status < 400 ? undefined : findErrorRule(templateErrors, { status, words: [], message });
}
