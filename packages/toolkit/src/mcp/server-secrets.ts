import { createSecretFinder, headerSecrets, querySecrets } from "@lumiverse/core/provider";
import type { McpServerOptions } from "./options.ts";

/** Shorter values are ordinary words. */
const SHORTEST_SECRET = 6;

/** A function that replaces the secrets of the options in a text, because servers repeat headers and addresses in their errors. */
export function secretsOf({ url, headers = {} }: McpServerOptions): (text: string) => string {
  const finder = createSecretFinder();
  const address = url === undefined || !URL.canParse(url) ? undefined : new URL(url);
  const secrets = [
    ...Object.entries(headers).flatMap(([name, value]) => headerSecrets(name, value)),
    ...(address === undefined ? [] : [...querySecrets(address), address.password]),
  ];
  for (const secret of secrets) if (secret.length >= SHORTEST_SECRET) finder.add(secret);
  return (text) => finder.replace(text, "[key]");
}
