/** Tools of a client's request, and their places in the body's template. */
import type { ChatRequest, JsonObject, Tool } from "@lumiverse/core";
import { boolean, object, requiredText, text } from "./fields.ts";
import { ref } from "./template.ts";

type FunctionTool = Extract<Tool, { name: string }>;

/** The place of something that the neutral form knows of the function at an index. */
export function functionAt(index: number, pick: (tool: FunctionTool) => unknown): unknown {
  return ref(({ tools }: ChatRequest) => {
    const found = tools?.[index];
    return found !== undefined && "name" in found ? pick(found) : undefined;
  });
}

/** Adds a tool that the vendor runs itself, and returns its place in the body's template. `pick`: what stands there. Default: the whole tool. */
export function readHostedTool(hosted: JsonObject, tools: Tool[], pick: (hosted: JsonObject) => unknown = (whole) => whole): unknown {
  const index = tools.length;
  tools.push({ hosted });
  return ref(({ tools: now }: ChatRequest) => {
    const found = now?.[index];
    return found !== undefined && "hosted" in found ? pick(found.hosted) : undefined;
  });
}

/** Adds a function as OpenAI's two protocols spell it, and returns its fields with places for what the neutral form knows. `path`: where the fields stand, for errors. */
export function readFunctionTool(fields: JsonObject, path: string, tools: Tool[]): JsonObject {
  const index = tools.length;
  const name = requiredText(fields["name"], `${path}.name`);
  const description = text(fields["description"], `${path}.description`);
  const parameters = object(fields["parameters"], `${path}.parameters`);
  const strict = boolean(fields["strict"], `${path}.strict`);
  tools.push({
    name,
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(strict === undefined ? {} : { strict }),
  });
  return {
    ...fields,
    name: functionAt(index, (tool) => tool.name),
    ...(description === undefined ? {} : { description: functionAt(index, (tool) => tool.description) }),
    ...(parameters === undefined ? {} : { parameters: functionAt(index, (tool) => tool.parameters) }),
  };
}
