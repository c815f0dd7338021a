import { LumiverseError } from "@lumiverse/core";
import { keyFromVariable } from "../connection/options.ts";
import { askSecret, canAsk } from "../terminal/prompts.ts";
import type { Screen } from "../terminal/screen.ts";

/** The passphrase of an export, from an environment variable or a question. A new one is asked for twice. */
export async function passphraseFrom(variable: string | undefined, kind: "new" | "existing", screen: Screen): Promise<string> {
  if (variable !== undefined) return keyFromVariable(variable);
  if (!canAsk(screen))
    throw new LumiverseError({
      code: "configuration",
      field: "passphrase-env",
      message: "the passphrase is missing, and there is no terminal to ask for it",
      hint: "Name the environment variable that holds it with --passphrase-env",
    });
  const passphrase = await askSecret("Passphrase", { required: true });
  if (kind === "new" && (await askSecret("The same passphrase again", { required: true })) !== passphrase)
    throw new LumiverseError({ code: "configuration", message: "the two passphrases differ", hint: "Nothing was written" });
  return passphrase;
}
