import { returnURL } from "@lumiverse/connections";
import { beginSignIn, LumiverseError, type Provider } from "@lumiverse/core";
import { Command } from "commander";
import { installed } from "../connection/installed.ts";
import type { Screen } from "../terminal/screen.ts";
import { signInWithBrowser } from "./browser-sign-in.ts";
import type { CommandContext } from "./context.ts";
import { openKeyFile } from "./key-file.ts";
import { portNumber } from "./port.ts";

interface Options {
  print?: boolean;
  save?: string;
  port?: number;
  open: boolean;
}

export function signInCommand({ screen }: CommandContext): Command {
  return new Command("sign-in")
    .description("get a key by signing in on the vendor's page (OAuth with PKCE), where the vendor supports it")
    .argument("<provider>", "the provider's id, such as openrouter")
    .option("--save <file>", "append the key to this file, under the provider's environment variable")
    .option("--print", "print the key on stdout")
    .option("--port <n>", "the port of the loopback address to which the vendor redirects (default: any free port)", portNumber)
    .option("--no-open", "do not open a browser")
    .option("--json", "print one JSON object, or {error}; the key is in it only with --print")
    .addHelpText("after", "\nExamples:\n  lumiverse sign-in openrouter --save .env\n  lumiverse sign-in openrouter --print | pbcopy")
    .action(async (id: string, options: Options) => {
      const { provider } = await installed(id);
      const env = envOf(provider);
      if (options.print !== true && options.save === undefined)
        throw new LumiverseError({
          code: "configuration",
          message: "the command does not say where to put the key",
          hint: `Use --save .env to write it there as ${env}, or --print to print it`,
        });
      // The file is opened first: the vendor issues a key only once per code, so a path that cannot be written must not lose it.
      const file = options.save === undefined ? undefined : await openKeyFile(options.save, env);
      const { key, account } = await signIn(provider, options, screen).catch(async (cause: unknown) => {
        await file?.cancel();
        throw cause;
      });
      await file?.save(key);
      if (screen.json) {
        const shown = {
          provider: provider.id,
          env,
          ...(account === undefined ? {} : { account }),
          ...(options.print === true ? { key } : {}),
        };
        return screen.outJson(shown);
      }
      if (options.print === true) await screen.out(`${key}\n`);
      const nextStep =
        options.save === undefined ? `Set the environment variable ${env} to the key.` : `The key is in ${options.save}, as ${env}.`;
      screen.line(`Signed in to ${provider.name}. ${nextStep} Next: lumiverse check ${provider.id}`);
    });
}

async function signIn(provider: Provider, options: Options, screen: Screen): Promise<{ key: string; account?: string }> {
  return signInWithBrowser(options, screen, {
    begin: (callback) => beginSignIn(provider, { callback }),
    finish: (session, returned) => session.finish(returnURL(returned, session.callback), { signal: screen.signal }),
  });
}

function envOf({ credential, id }: Provider): string {
  return credential.kind === "none" ? `${id.replaceAll("-", "_").toUpperCase()}_API_KEY` : credential.env;
}
