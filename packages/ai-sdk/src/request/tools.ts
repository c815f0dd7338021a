import type { LanguageModelV4CallOptions, SharedV4Warning } from "@ai-sdk/provider";
import type { JsonSchema, Tool, ToolChoice } from "@lumiverse/core";
import { HOSTED_TOOL_ID } from "../hosted-tool.ts";

/** The SDK's tools. Tools that another package's vendor runs are left out with a warning. */
export function toolsOf(tools: NonNullable<LanguageModelV4CallOptions["tools"]>, warn: (warning: SharedV4Warning) => void): Tool[] {
  return tools.flatMap((tool): Tool[] => {
    if (tool.type === "provider") {
      if (tool.id === HOSTED_TOOL_ID) return [{ hosted: tool.args }];
      warn({ type: "unsupported", feature: `provider-defined tool ${tool.id}`, details: "Pass the vendor's tool through hostedTool()." });
      return [];
    }
    const { name, description, inputSchema, inputExamples, strict } = tool;
    if (inputExamples !== undefined && inputExamples.length > 0)
      warn({ type: "unsupported", feature: "inputExamples", details: `The examples of the tool ${name} were left out.` });
    return [
      {
        name,
        parameters: inputSchema as JsonSchema, // the same JSON Schema, typed by keyword
        ...(description === undefined ? {} : { description }),
        ...(strict === undefined ? {} : { strict }),
      },
    ];
  });
}

/** Undefined for `auto`, because it is the default of all vendors. */
export function toolChoiceOf(choice: NonNullable<LanguageModelV4CallOptions["toolChoice"]>): ToolChoice | undefined {
  if (choice.type === "auto") return undefined;
  return choice.type === "tool" ? { name: choice.toolName } : choice.type;
}
