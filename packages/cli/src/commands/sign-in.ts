import { spawn } from "node:child_process";
import { appendFile, chmod } from "node:fs/promises";
import { beginSignIn, LumiverseError, type Provider } from "@lumiverse/core";
import { Command } from "commander";
import { installed } from "../installed.ts";
import { loopback } from "../loopback.ts";
import { wholeNumber } from "../request-options.ts";
import type { Run } from "../run.ts";
import type { Screen } from "../screen.ts";

interface Options {
  print?: boolean;
  save?: string;
  port: number;
  open: boolean;
}

export function signInCommand({ screen }: Run): Command {
  return new Command("sign-in")
    .description("get a key by signing in on the vendor's page (OAuth with PKCE), where the vendor offers that")
    .argument("<provider>", "its id, such as openrouter")
    .option("--save <file>", "add the key to this file, as the provider's variable")
    .option("--print", "print the key on stdout")
    .option("--port <n>", "of the loopback address that the page comes back to; default: any free one", wholeNumber, 0)
    .option("--no-open", "do not open a browser")
    .option("--json", "one JSON object on stdout, with the key only where --print is given, or {error}")
    .addHelpText("after", "\nExamples:\n  lumiverse sign-in openrouter --save .env\n  lumiverse sign-in openrouter --print | pbcopy")
    .action(async (id: string, options: Options) => {
      const { provider } = await installed(id);
      const env = envOf(provider);
      if (options.print !== true && options.save === undefined)
        throw new LumiverseError({
          code: "configuration",
          message: "say where the key is to go: it is shown to nobody unasked",
          hint: `--save .env writes it there as ${env}; --print prints it`,
        });
      const { key, account } = await signIn(provider, options, screen);
      if (options.save !== undefined) await save(options.save, `${env}=${key}\n`);
      if (screen.json) {
        const shown = {
          provider: provider.id,
          env,
          ...(account === undefined ? {} : { account }),
          ...(options.print === true ? { key } : {}),
        };
        return screen.out(`${JSON.stringify(shown)}\n`);
      }
      if (options.print === true) await screen.out(`${key}\n`);
      const where =
        options.save === undefined ? `Put the key into the environment variable ${env}.` : `The key is in ${options.save}, as ${env}.`;
      screen.line(`Signed in to ${provider.name}. ${where} Then: lumiverse check ${provider.id}`);
    });
}

async function signIn(provider: Provider, options: Options, screen: Screen): Promise<{ key: string; account?: string }> {
  const server = await loopback(options.port);
  try {
    const begun = await beginSignIn(provider, { callback: `${server.origin}/callback` });
    screen.line(`Sign in here:\n${begun.url}`);
    if (options.open && process.stderr.isTTY) browse(begun.url);
    const progress = screen.progress("waiting for the page to come back");
    const returned = await server
      .returned(new URL(begun.callback).pathname, screen.signal)
      .catch((cause: unknown) => {
        throw new LumiverseError({ code: "aborted", provider: provider.id, message: "the sign-in was ended", cause });
      })
      .finally(() => progress.stop());
    try {
      const result = await begun.finish(returned.url);
      returned.reply(true);
      return result;
    } catch (cause) {
      returned.reply(false);
      throw cause;
    }
  } finally {
    server.close();
  }
}

function envOf({ credential, id }: Provider): string {
  return credential.kind === "none" ? `${id.replaceAll("-", "_").toUpperCase()}_API_KEY` : credential.env;
}

/** A file with a key is its owner's alone. */
async function save(path: string, line: string): Promise<void> {
  await appendFile(path, line, { mode: 0o600 });
  await chmod(path, 0o600);
}

function browse(url: string): void {
  const [program, ...args] =
    process.platform === "darwin" ? ["open"] : process.platform === "win32" ? ["rundll32", "url.dll,FileProtocolHandler"] : ["xdg-open"];
  const child = spawn(program ?? "", [...args, url], { stdio: "ignore", detached: true });
  // Without a browser there is still the URL on the screen.
  child.on("error", () => {});
  child.unref();
}
