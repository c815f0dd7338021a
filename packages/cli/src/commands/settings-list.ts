import type { Form, FormField } from "@lumiverse/connections";
import type { Screen } from "../terminal/screen.ts";

/** Prints the settings that connections of a provider can have, one line each, as `--setting` expects them. */
export async function showSettings(form: Form, screen: Screen): Promise<void> {
  const fields = form.fields.filter(({ path }) => path.startsWith(PREFIX));
  if (screen.json) return screen.outJson(fields);
  for (const field of fields) await screen.out(`${lineOf(field)}\n`);
}

const PREFIX = "settings.";

function lineOf({ path, title, help, choices, kind, default: value }: FormField): string {
  const values = choices?.map((choice) => choice.value).join("|") ?? (kind === "boolean" || kind === "tri-state" ? "true|false" : kind);
  const usual = value === undefined ? "" : ` (default ${JSON.stringify(value)})`;
  return `${path.slice(PREFIX.length)}=${values}${usual}  ${title}${help === undefined ? "" : `: ${help}`}`;
}
