import { isObject, type JsonObject, type Note } from "@lumiverse/core/provider";

/** Without the schema in the prompt, a model may write whitespace up to the limit (the vendor's reference, response_format). */
export function putSchemaIntoPrompt({ body, notes }: { body: JsonObject; notes: Note[] }): void {
  const { messages, response_format: format } = body;
  const schema = isObject(format) && isObject(format["json_schema"]) ? format["json_schema"]["schema"] : undefined;
  if (schema === undefined || !Array.isArray(messages)) return;
  const first = messages.findIndex((message) => !isObject(message) || message["role"] !== "system");
  const content = `Answer in JSON, by this JSON Schema:\n${JSON.stringify(schema)}`;
  messages.splice(first < 0 ? messages.length : first, 0, { role: "system", content });
  notes.push({
    kind: "schema",
    field: "output",
    message: "The schema was also added to the prompt, because without it the model may write whitespace up to the limit.",
  });
}
