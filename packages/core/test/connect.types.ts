/**
 * What must and must not compile in calls of an application, with a provider that has added itself to `Providers`. The compiler reads this file, and
 * connect-type-errors.test.ts reads what it says: after `names`, a comment quotes what the compiler's message has to contain.
 */
import { type Connection, connect, type Provider } from "../src/index.ts";

interface RouterSettings {
  routing?: { sort?: "price" | "speed" };
}
declare module "@lumiverse/core/providers" {
  interface Providers {
    router: RouterSettings;
  }
}
/** A provider of another package, by value. */
declare const router: Provider<RouterSettings>;
declare const dynamicId: string;

export function compiles(): Connection[] {
  return [
    connect("router"),
    connect("router", { apiKey: "k", settings: { routing: { sort: "price" } } }),
    connect(router, { settings: { routing: { sort: "speed" } } }),
    // An id that is only known when the program runs accepts any settings.
    connect(dynamicId),
    connect(dynamicId, { settings: { anything: true } }),
    connect("router", { unsupported: "drop" }),
    connect("router", { unsupported: { prefill: "send", seed: "error" } }),
  ];
}

export function mustNotCompile(): void {
  // @ts-expect-error a misspelt id; names "import \"@lumiverse/openia\""
  connect("openia");
  // @ts-expect-error a misspelt id with settings; names "\"openia\" is not a provider of an imported package"
  connect("openia", { settings: {} });
  // @ts-expect-error a value that the setting does not accept; names "luck"
  connect("router", { settings: { routing: { sort: "luck" } } });
  // @ts-expect-error a misspelt setting; names "rooting"
  connect("router", { settings: { rooting: {} } });
  // @ts-expect-error a value that the setting does not accept, provider by value; names "luck"
  connect(router, { settings: { routing: { sort: "luck" } } });
  // @ts-expect-error a misspelt setting, provider by value; names "rooting"
  connect(router, { settings: { rooting: {} } });
  // @ts-expect-error a misspelt option; names "apikey"
  connect("router", { apikey: "k" });
  // @ts-expect-error a policy that does not exist; names "ignore"
  connect("router", { unsupported: "ignore" });
  // @ts-expect-error a policy for a field that does not exist; names "tempo"
  connect("router", { unsupported: { tempo: "drop" } });
}

export async function requests(connection: Connection): Promise<number | undefined> {
  const request = { model: "m", messages: [] };
  connection.stream({ ...request, output: { schema: { type: "object" } } });
  connection.stream({ ...request, providerOptions: { router: { routing: { sort: "price" } }, "another-provider": { anything: true } } });
  // @ts-expect-error a misspelt schema; names "shema"
  connection.stream({ ...request, output: { shema: { type: "object" } } });
  // @ts-expect-error a JSON Schema without its { schema }; names "type"
  connection.stream({ ...request, output: { type: "object" } });
  // @ts-expect-error a value that a setting of one call does not accept; names "luck"
  connection.stream({ ...request, providerOptions: { router: { routing: { sort: "luck" } } } });
  // @ts-expect-error a misspelt setting of one call; names "rooting"
  connection.stream({ ...request, providerOptions: { router: { rooting: {} } } });
  // @ts-expect-error a role that messages do not have; names "developer"
  connection.stream({ model: "m", messages: [{ role: "developer", content: "hi" }] });
  const response = await connection.generate<{ n: number }>(request);
  // @ts-expect-error the output may be absent; names "response.output"
  response.output.n;
  for await (const event of connection.stream(request)) {
    if (event.type === "text") event.text.toUpperCase();
    if (event.type === "part-start" && event.kind === "tool-call") event.name.toUpperCase();
    // @ts-expect-error only a tool call has a name; names "name"
    if (event.type === "part-start") event.name;
    // @ts-expect-error only some events have text; names "text"
    event.text;
  }
  return response.output?.n;
}
