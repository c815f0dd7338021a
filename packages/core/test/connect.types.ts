/** Read by the compiler alone: what must and must not compile in a call of `connect`, with a provider that has added itself to `Providers`. */
import type { Connection, Provider } from "../src/index.ts";
import { connect } from "../src/index.ts";

interface RouterSettings {
  routing?: { sort?: "price" | "speed" };
}
declare module "@lumiverse/core/providers" {
  interface Providers {
    router: RouterSettings;
  }
}
declare const router: Provider<RouterSettings>;

export function compiles(): Connection[] {
  return [
    connect("router"),
    connect("router", { apiKey: "k", settings: { routing: { sort: "price" } } }),
    connect(router, { settings: { routing: { sort: "speed" } } }),
    // An id that is not installed here may be installed where it runs.
    connect("not-imported-here", { settings: { anything: true } }),
  ];
}

export function mustNotCompile(): void {
  // @ts-expect-error a value that the setting does not have
  connect("router", { settings: { routing: { sort: "luck" } } });
  // @ts-expect-error a misspelt setting
  connect("router", { settings: { rooting: {} } });
  // @ts-expect-error the same by value
  connect(router, { settings: { routing: { sort: "luck" } } });
  // @ts-expect-error a misspelt setting, by value
  connect(router, { settings: { rooting: {} } });
  // @ts-expect-error a misspelt option
  connect("router", { apikey: "k" });
  // @ts-expect-error a policy that does not exist
  connect("router", { unsupported: "ignore" });
}

export async function results(): Promise<number | undefined> {
  const response = await connect("router").generate<{ n: number }>({ model: "m", messages: [{ role: "user", content: "hi" }] });
  // @ts-expect-error the output may be absent
  response.output.n;
  // @ts-expect-error a message has a role of four
  await connect("router").generate({ model: "m", messages: [{ role: "developer", content: "hi" }] });
  for await (const event of connect("router").stream({ model: "m", messages: [] })) {
    if (event.type === "text") event.text.toUpperCase();
    // @ts-expect-error only some events have text
    event.text;
  }
  return response.output?.n;
}
