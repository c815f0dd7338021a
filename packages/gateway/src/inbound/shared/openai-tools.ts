/** The tools of OpenAI's two protocols: the same fields, at different places of the body. */
import type { ChatRequest, JsonObject, Tool } from "@lumiverse/core";
import { boolean, object, requiredText, text } from "./fields.ts";
import { ref } from "./template.ts";

/** Adds a tool that the vendor runs itself, and returns its place in the body's template. */
export function readHostedTool(tool: JsonObject, tools: Tool[]): unknown {
  const n = tools.length;
  tools.push({ hosted: tool });
  return ref(({ tools: now }: ChatRequest) => {
    const found = now?.[n];
    return found !== undefined && "hosted" in found ? found.hosted : undefined;
  });
}

/** Adds a function, and returns its fields with places for what the neutral form knows. `path`: where the fields stand, for errors. */
export function readFunctionTool(fields: JsonObject, path: string, tools: Tool[]): JsonObject {
  const n = tools.length;
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
  const read = (field: "name" | "description" | "parameters") =>
    ref(({ tools: now }: ChatRequest) => {
      const found = now?.[n];
      return found !== undefined && "name" in found ? found[field] : undefined;
    });
  return {
    ...fields,
    name: read("name"),
    ...(description === undefined ? {} : { description: read("description") }),
    ...(parameters === undefined ? {} : { parameters: read("parameters") }),
  };
}
