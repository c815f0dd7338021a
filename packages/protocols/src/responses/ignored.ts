/** Fields of answers that are not read, each with the reason. Runs over recorded answers may skip them. */
export const ignored: Readonly<Record<string, string>> = {
  sequence_number: "events are read in the order of arrival",
  item_id: "items are found by output_index, because some hosts send a new id with every event",
  "*.obfuscation": "padding against traffic analysis",
  obfuscation: "padding against traffic analysis",
  logprobs: "read from the finished item",
  "annotation.**": "used only when the finished item has none",
  "usage.cost": "read only when the dialect states its currency",
  "usage.output_tokens_details.tool_output_tokens": "output of vLLM's own tools, which output_tokens includes",
  annotation_index: "annotations are read from the finished item",
  "part.**": "content_part and summary_part events repeat the deltas and the finished item",
  text: "the done events repeat the finished item",
  refusal: "read from the finished item",
  arguments: "read from the finished item",
  input: "custom tool calls are executed by the server and kept whole from the finished item",
  "item.action.**": "calls of hosted tools are kept whole for replay",
  "response.output.**": "repeats the streamed items",
  "response.output[].**": "repeats the streamed items",
  "item.status": "kept whole for replay",
  "output[].status": "kept whole for replay",
  "output[].action.**": "calls of hosted tools are kept whole for replay",
  output_text: "a copy of the text",
  "response.output_text": "a copy of the text",
  ...requestFields(),
};

/** Fields by which the answer repeats the request. */
function requestFields(): Record<string, string> {
  const fields =
    "object created_at completed_at background instructions max_output_tokens max_tool_calls parallel_tool_calls previous_response_id conversation prompt prompt_cache_key prompt_cache_retention prompt_cache_options reasoning safety_identifier user store temperature text tool_choice tools top_logprobs top_p frequency_penalty presence_penalty truncation metadata input_messages output_messages personality";
  const out: Record<string, string> = {};
  for (const field of fields.split(" "))
    for (const prefix of ["", "response."]) {
      out[`${prefix}${field}`] = "repeats the request, or the time of it";
      out[`${prefix}${field}.**`] = "repeats the request, or the time of it";
      out[`${prefix}${field}[].**`] = "repeats the request, or the time of it";
    }
  for (const prefix of ["", "response."]) out[`${prefix}usage.total_tokens`] = "the sum of the other counts";
  return out;
}
