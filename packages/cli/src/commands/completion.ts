import type { Command } from "commander";
import { installation } from "../connection/installed.ts";
import { hasSavedConnections, withSavedConnections } from "../connection/saved.ts";
import type { Screen } from "../terminal/screen.ts";
import { isShellSafe } from "../terminal/shell-word.ts";

/** Commands by their first argument: a saved connection, a connection or a provider, a provider. */
const CONNECTION = ["use", "edit", "rm", "card", "export"];
const CONNECTION_OR_PROVIDER = ["chat", "models", "doctor", "account", "check", "explain"];
const PROVIDER = ["connect", "sign-in", "record"];

/**
 * Adds `complete <shell>`, which prints a script for bash, zsh or fish, and `complete -- words`, which that script calls. Only that call looks up the names of
 * connections and the ids of providers.
 */
export async function addCompletion(root: Command, args: readonly string[], screen: Screen): Promise<void> {
  const { default: tab } = await import("@bomb.sh/tab/commander");
  const completion = tab(root);
  root.commands
    .find((command) => command.name() === "complete")
    ?.description("print a script with which bash, zsh or fish complete commands, options and names")
    .addHelpText(
      "after",
      `
Examples:
  lumiverse complete bash > ~/.local/share/bash-completion/completions/lumiverse
  lumiverse complete zsh > ~/.zfunc/_lumiverse
  lumiverse complete fish > ~/.config/fish/completions/lumiverse.fish`,
    );
  if (args[0] !== "complete") return;
  if (args[1] === "bash") await screen.outStyled(WITHOUT_BASH_COMPLETION);
  if (args[1] !== "--") return;
  const names = await connectionNames(screen);
  const providers = await providerNames();
  for (const [commands, suggestions] of [
    [CONNECTION, names],
    [CONNECTION_OR_PROVIDER, [...names, ...providers]],
    [PROVIDER, providers],
  ] as const)
    for (const command of commands) {
      const [first] = completion.commands.get(command)?.arguments.values() ?? [];
      if (first === undefined) continue;
      first.handler = (complete) => {
        for (const [value, description] of suggestions) complete(value, description);
      };
    }
}

/** The script calls a function of the package bash-completion, which many machines do not have. */
const WITHOUT_BASH_COMPLETION = `if ! declare -F _get_comp_words_by_ref > /dev/null; then
    _get_comp_words_by_ref() {
        cword=$COMP_CWORD
        words=("\${COMP_WORDS[@]}")
        cur=\${COMP_WORDS[COMP_CWORD]}
        prev=\${COMP_WORDS[COMP_CWORD - 1]}
    }
fi

`;

type Suggestion = readonly [value: string, description: string];

/** Suggests nothing when the store cannot be opened: a completion must not fail or ask. */
async function connectionNames(screen: Screen): Promise<Suggestion[]> {
  if (!hasSavedConnections()) return [];
  try {
    return await withSavedConnections({ ...screen, json: true }, async ({ profiles }) =>
      // Bash runs what looks like a command in a suggestion.
      (await profiles.list()).filter(({ name }) => isShellSafe(name)).map(({ name, provider }) => [name, provider] as const),
    );
  } catch {
    return [];
  }
}

async function providerNames(): Promise<Suggestion[]> {
  const { installed } = await installation();
  return installed.map(({ provider: { id, name } }) => [id, name] as const);
}
