/** Blocks of an answer as a request accepts them. The vendor refuses fields that only answers have: "Extra inputs are not permitted". */
import { isObject, type JsonObject, ownValue } from "@lumiverse/core/provider";

/** The fields that a request accepts, by type. Types that are not here go back unchanged. https://platform.claude.com/docs/en/api/messages/create */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  // Answers have `file_id` in these three, requests do not.
  char_location: ["cited_text", "document_index", "document_title", "start_char_index", "end_char_index"],
  page_location: ["cited_text", "document_index", "document_title", "start_page_number", "end_page_number"],
  content_block_location: ["cited_text", "document_index", "document_title", "start_block_index", "end_block_index"],
  web_search_result_location: ["cited_text", "encrypted_index", "title", "url"],
  search_result_location: ["cited_text", "search_result_index", "source", "start_block_index", "end_block_index", "title"],
  code_execution_tool_result: ["tool_use_id", "content", "cache_control"],
  code_execution_result: ["content", "return_code", "stderr", "stdout"],
  encrypted_code_execution_result: ["content", "encrypted_stdout", "return_code", "stderr"],
  code_execution_output: ["file_id"],
  code_execution_tool_result_error: ["error_code"],
  bash_code_execution_tool_result: ["tool_use_id", "content", "cache_control"],
  bash_code_execution_result: ["content", "return_code", "stderr", "stdout"],
  bash_code_execution_output: ["file_id"],
  bash_code_execution_tool_result_error: ["error_code"],
  text_editor_code_execution_tool_result: ["tool_use_id", "content", "cache_control"],
  text_editor_code_execution_view_result: ["content", "file_type", "num_lines", "start_line", "total_lines"],
  text_editor_code_execution_create_result: ["is_file_update"],
  text_editor_code_execution_str_replace_result: ["lines", "new_lines", "new_start", "old_lines", "old_start"],
  text_editor_code_execution_tool_result_error: ["error_code", "error_message"],
};

/** The block, and the blocks that it contains, with the fields that a request accepts. */
export function replayedBlock(block: JsonObject): JsonObject {
  const type = block["type"];
  const accepted = typeof type === "string" ? ownValue(FIELDS, type) : undefined;
  if (accepted === undefined) return block;
  // The vendor's own order of the fields, so that prompt caches keep matching.
  const fields = Object.keys(block).filter((field) => field === "type" || accepted.includes(field));
  return Object.fromEntries(fields.map((field) => [field, field === "content" ? inner(block[field]) : block[field]]));
}

function inner(content: unknown): unknown {
  if (Array.isArray(content)) return content.map(inner);
  return isObject(content) ? replayedBlock(content) : content;
}
