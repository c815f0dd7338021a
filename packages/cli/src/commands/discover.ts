import { discover, type FoundServer, type Profile, type ProfileInput } from "@lumiverse/connections";
import { nodeNetwork } from "@lumiverse/connections/node";
import { LumiverseError } from "@lumiverse/core";
import { Command, InvalidArgumentError } from "commander";
import { installed } from "../connection/installed.ts";
import { collect, keyFromVariable } from "../connection/options.ts";
import { hasSavedConnections, type SavedConnections, withSavedConnections } from "../connection/saved.ts";
import { askChoices, askSecret, canAsk } from "../terminal/prompts.ts";
import type { Screen } from "../terminal/screen.ts";
import { shellWord } from "../terminal/shell-word.ts";
import { table } from "../terminal/table.ts";
import type { CommandContext } from "./context.ts";
import { freeName } from "./new-profile.ts";

interface Options {
  host?: readonly string[];
  port?: readonly number[];
  save?: boolean;
  yes?: boolean;
  only?: readonly string[];
  keyEnv?: string;
}

export function discoverCommand({ screen }: CommandContext): Command {
  return new Command("discover")
    .description("find model servers on this machine, and save connections to them")
    .option("--host <name>", "another host to look at (repeatable)", collect)
    .option("--port <n>", "another port to look at (repeatable)", port)
    .option("--save", "save a connection to every server that is found and has none yet")
    .option("-y, --yes", "like --save, and ask nothing: --key-env names the key where a server needs one")
    .option("--only <address|server>", "save a connection to this server alone (repeatable)", collect)
    .option("--key-env <name>", "with --save or --only: the environment variable with the key, for servers that need one")
    .option("--json", "print one JSON object: the servers and the saved connections")
    .addHelpText(
      "after",
      `
Examples:
  lumiverse discover
  lumiverse discover --port 9000 --save
  lumiverse discover --only Ollama --only http://127.0.0.1:8080/v1
  lumiverse discover --host nas.local --json | jq -r '.servers[].baseURL'

Servers are recognised by their answers, never by a port alone: LM Studio, Ollama, llama.cpp, vLLM, SGLang, KoboldCpp,
text-generation-webui, TabbyAPI and LiteLLM.`,
    )
    .action(async (options: Options) => {
      const progress = screen.progress("looking for servers");
      const servers = await discover({ hosts: await hostsOf(options), ports: options.port ?? [], signal: screen.signal }).finally(() =>
        progress.stop(),
      );
      const known = await savedOrigins(screen);
      if (!screen.json) await showServers(servers, known, screen);
      const chosen = await choose(servers, known, options, screen);
      const saved = chosen.length === 0 ? [] : await withSavedConnections(screen, (opened) => save(chosen, options, opened, screen));
      if (screen.json) return screen.outJson({ servers, saved });
      for (const { name } of saved) screen.line(`Saved. Next: lumiverse chat ${shellWord(name)}`, "dim");
    });
}

/** Inside a container, the host's servers have another name. */
async function hostsOf({ host = [] }: Options): Promise<string[]> {
  const ofContainer = (await nodeNetwork.isContainer()) ? ["host.docker.internal", "host.containers.internal"] : [];
  return ["127.0.0.1", ...host, ...ofContainer];
}

/** Names of saved connections by the origin of their address. */
async function savedOrigins(screen: Screen): Promise<ReadonlyMap<string, string>> {
  if (!hasSavedConnections()) return new Map();
  return withSavedConnections(
    screen,
    async ({ profiles }) => new Map((await profiles.list()).map(({ origin, name }) => [sharedOrigin(origin), name])),
  );
}

async function showServers(servers: readonly FoundServer[], known: ReadonlyMap<string, string>, screen: Screen): Promise<void> {
  if (servers.length === 0) return screen.line("No server was found. --port looks at another port.");
  const rows = servers.map((server) => {
    const saved = known.get(originOf(server));
    return [server.name, server.baseURL, stateOf(server), server.models.slice(0, 3).join(", "), saved ?? ""];
  });
  await screen.outStyled(table(["SERVER", "ADDRESS", "STATE", "MODELS", "SAVED AS"], rows));
}

function stateOf({ needsKey, isLoading }: FoundServer): string {
  return isLoading ? "loading its model" : needsKey ? "needs a key" : "ready";
}

function originOf({ baseURL }: FoundServer): string {
  return sharedOrigin(new URL(baseURL).origin);
}

/** One origin for all names of this machine, because people write `localhost` where discovery finds 127.0.0.1. */
function sharedOrigin(origin: string): string {
  return origin.replace(/\/\/(?:localhost|\[::1\])(?=:|$)/, "//127.0.0.1");
}

async function choose(
  servers: readonly FoundServer[],
  known: ReadonlyMap<string, string>,
  { save: savesAll = false, yes = false, only }: Options,
  screen: Screen,
): Promise<FoundServer[]> {
  const named = only?.map((name) => serverCalled(name, servers));
  const unsaved = (named ?? servers).filter((server) => !known.has(originOf(server)));
  if (unsaved.length === 0) return [];
  if (savesAll || yes || named !== undefined) return [...new Set(unsaved)];
  if (!canAsk(screen)) {
    if (!screen.json) screen.line("--save saves connections to them, and --only to one of them.", "dim");
    return [];
  }
  const chosen = await askChoices(
    "Save connections to",
    unsaved.map(({ baseURL, name }) => ({ value: baseURL, label: `${name} at ${baseURL}` })),
    unsaved.map(({ baseURL }) => baseURL),
  );
  return unsaved.filter(({ baseURL }) => chosen.includes(baseURL));
}

/** By its address, as it is listed or without its path, or by the server's name. @throws LumiverseError `configuration` */
function serverCalled(name: string, servers: readonly FoundServer[]): FoundServer {
  const asked = name.toLowerCase().replace(/\/+$/, "");
  const exact = servers.filter(({ baseURL }) => baseURL.toLowerCase() === asked);
  const matches =
    exact.length > 0 ? exact : servers.filter((server) => new URL(server.baseURL).origin === asked || server.name.toLowerCase() === asked);
  const [found, ...others] = matches;
  if (found !== undefined && others.length === 0) return found;
  const listed = (found === undefined ? servers : matches).map(({ name: server, baseURL }) => `${server} at ${baseURL}`).join(", ");
  if (found !== undefined)
    throw new LumiverseError({
      code: "configuration",
      field: "only",
      message: `${matches.length} servers are called ${name}`,
      hint: `Name one by its address: ${listed}`,
    });
  throw new LumiverseError({
    code: "configuration",
    field: "only",
    message: `no server called ${name} was found`,
    hint: listed === "" ? "--port and --host look elsewhere" : `Found: ${listed}`,
  });
}

async function save(servers: readonly FoundServer[], options: Options, saved: SavedConnections, screen: Screen): Promise<Profile[]> {
  saved.add((await installed("custom")).provider);
  // A missing key is found before anything is saved.
  const inputs: ProfileInput[] = [];
  for (const server of servers) inputs.push(await withKey(server, options, screen));
  const created: Profile[] = [];
  for (const profile of inputs) created.push(await saved.profiles.create({ ...profile, name: await freeName(profile.name, saved) }));
  return created;
}

async function withKey({ profile, needsKey, name }: FoundServer, { keyEnv, yes = false }: Options, screen: Screen): Promise<ProfileInput> {
  if (!needsKey) return profile;
  if (keyEnv !== undefined) return { ...profile, key: keyFromVariable(keyEnv) };
  if (canAsk(screen) && !yes) return { ...profile, key: await askSecret(`The key that ${name} was started with`, { required: true }) };
  throw new LumiverseError({
    code: "configuration",
    field: "key-env",
    message: `${name} needs a key`,
    hint: "Nothing was saved. Name the environment variable that holds it with --key-env, or the servers to save with --only",
  });
}

function port(text: string, before: readonly number[] = []): readonly number[] {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > 65_535) throw new InvalidArgumentError("Expected a port from 1 to 65535.");
  return [...before, number];
}
