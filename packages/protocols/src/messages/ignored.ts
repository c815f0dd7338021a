/** Response fields that the reader does not read, with the reason. */
export const ignored: Readonly<Record<string, string>> = {
  role: "always assistant",
  "message.role": "always assistant",
  "message.type": "always message",
  "message.content": "empty at the start of a stream",
  "message.stop_reason": "null at the start; message_delta has the stop reason",
  "message.stop_sequence": "null at the start; message_delta has the stop sequence",
  "message.stop_details": "null at the start; message_delta has the details",
  "message.container": "message_delta repeats it, complete",
  "delta.type": "the field that the delta contains names the type too",
  base_resp: "status that a proxy adds to the answer (MiniMax); a status other than 0 is an error",
  "base_resp.status_msg": "the words of that status; an error has them as its message",
  cost: "amount without a currency that an aggregator adds (OpenCode)",
  "delta.estimated_tokens": "running estimate; the usage has the count",
  "content_block.**": "server tools, citations and redacted thinking are kept complete in replay",
  "content[].**": "server tools, citations and redacted thinking are kept complete in replay",
  "delta.citation.**": "replay keeps the position in the document; a source has title, URL and quote",
};
