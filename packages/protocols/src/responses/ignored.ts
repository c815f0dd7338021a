/** Fields of real answers that are not read, and why. */
export const ignored: Readonly<Record<string, string>> = {
  sequence_number: "order is the order of arrival",
  item_id: "items are found by output_index: some hosts draw a new id for every event",
  "*.obfuscation": "padding against traffic analysis",
  obfuscation: "padding against traffic analysis",
  logprobs: "read whole from the finished item",
  "annotation.**": "a fallback for hosts whose finished item lacks them",
  "usage.cost": "read where the dialect says that it is one, and in which currency",
  "usage.output_tokens_details.tool_output_tokens": "vLLM: output of its own tools, within output_tokens",
  annotation_index: "annotations are read whole from the finished item",
  "part.**": "content_part and summary_part events repeat what deltas and the finished item say",
  text: "the done events repeat the finished item",
  refusal: "read whole from the finished item",
  arguments: "read from the finished item",
  input: "custom tool calls are the server's own and are kept whole from the finished item",
  "item.action.**": "hosted tools' runs are kept whole for replay",
  "response.output.**": "repeats the items that were streamed",
  "response.output[].**": "repeats the items that were streamed",
  "item.status": "kept whole for replay",
  "output[].status": "kept whole for replay",
  "output[].action.**": "hosted tools' runs are kept whole for replay",
  output_text: "a convenience copy of the text",
  "response.output_text": "a convenience copy of the text",
  ...echoes(),
};

/** The answer repeats the request. */
function echoes(): Record<string, string> {
  const fields =
    "object created_at completed_at background instructions max_output_tokens max_tool_calls parallel_tool_calls previous_response_id conversation prompt prompt_cache_key prompt_cache_retention prompt_cache_options reasoning safety_identifier user store temperature text tool_choice tools top_logprobs top_p frequency_penalty presence_penalty truncation metadata input_messages output_messages personality";
  const out: Record<string, string> = {};
  for (const field of fields.split(" "))
    for (const at of ["", "response."]) {
      out[`${at}${field}`] = "repeats the request, or says when it was made";
      out[`${at}${field}.**`] = "repeats the request, or says when it was made";
      out[`${at}${field}[].**`] = "repeats the request, or says when it was made";
    }
  for (const at of ["", "response."]) out[`${at}usage.total_tokens`] = "the sum of the others";
  return out;
}
