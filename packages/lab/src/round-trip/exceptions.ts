/** Made exchanges that the gateway may change, each with its reason. */

interface Exception {
  /** The names of the exchanges. */
  name: RegExp;
  reason: string;
}

const exceptions: readonly Exception[] = [
  {
    name: /^(?:Openai|Groq)ChatBody\.choices = \[\]$/,
    reason: "An answer without choices is a malformed one. The client gets an error instead of a body that breaks it.",
  },
  {
    name: /^GoogleGenerateContentBody\.candidates(?: = (?:\[\]|null)|\[\]\.(?:finishReason = (?:null|"FINISH_REASON_UNSPECIFIED")|index = (?:1|0\.5)))$/,
    reason: "An answer that states no end is a truncated one. The client gets an error.",
  },
  {
    name: /^OpenaiResponsesBody\.status = "cancelled"$/,
    reason: "A response that somebody cancelled is not an answer. The client gets an error.",
  },
  {
    name: /^OpenaiResponsesEvent\.response\.status = "(?:failed|cancelled)"$/,
    reason: "A failed response in an event that says it is complete is written as a failure.",
  },
  {
    name: /^GroqChatEvent\.x_groq\.error/,
    reason: "The failure of a stream is written without the chunk around it.",
  },
];

/** The reason why an exchange may change. */
export function exceptionFor(name: string): string | undefined {
  return exceptions.find((one) => one.name.test(name))?.reason;
}

/** All reasons. */
export const reasons: readonly string[] = exceptions.map(({ reason }) => reason);
