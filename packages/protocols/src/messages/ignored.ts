/** Fields of the wire that are not read, and why. */
export const ignored: Readonly<Record<string, string>> = {
  role: "always assistant",
  "message.role": "always assistant",
  "message.type": "always message",
  "message.content": "empty at the start of a stream",
  "message.stop_reason": "null at the start; the outcome comes with message_delta",
  "message.stop_sequence": "null at the start; the outcome comes with message_delta",
  "message.stop_details": "null at the start; the outcome comes with message_delta",
  "message.container": "comes again with message_delta, filled in",
  "delta.type": "the field that a delta fills says the same",
  base_resp: "a wrapper's own status beside the answer (MiniMax)",
  cost: "an aggregator's figure without a currency (OpenCode)",
  "delta.estimated_tokens": "a running guess; the count comes with the usage",
  "content_block.**": "server tools, citations and redacted thinking are kept whole in replay",
  "content[].**": "server tools, citations and redacted thinking are kept whole in replay",
  "delta.citation.**": "where in a document is kept whole in replay; a source shows title, URL and quote",
};
