import { LumiverseError } from "@lumiverse/core";
import type { Command } from "commander";
import { installation } from "../connection/installed.ts";
import { hasSavedConnections, withSavedConnections } from "../connection/saved.ts";
import type { Screen } from "../terminal/screen.ts";
import { isShellSafe } from "../terminal/shell-word.ts";

/** Commands by their first argument: a saved connection, a connection or a provider, a provider. */
const CONNECTION = ["use", "edit", "copy", "rm", "card", "export"];
const CONNECTION_OR_PROVIDER = ["chat", "models", "doctor", "account", "check", "explain"];
const PROVIDER = ["connect", "sign-in", "record"];

/**
 * Adds `complete <shell>`, which prints a script for bash, zsh or fish, and `complete -- words`, which that script calls. Only that call looks up the names of
 * connections and the ids of providers.
 */
export async function addCompletion(root: Command, args: readonly string[], screen: Screen): Promise<void> {
  const { default: tab } = await import("@bomb.sh/tab/commander");
  const completion = tab(root);
  const complete = root.commands.find((command) => command.name() === "complete");
  complete
    ?.description("print a script with which bash, zsh or fish complete commands, options and names")
    .option("--json", "print one JSON object: the shell and its script, or {error}")
    .addHelpText(
      "after",
      `
Examples:
  lumiverse complete bash > ~/.local/share/bash-completion/completions/lumiverse
  lumiverse complete zsh > ~/.zfunc/_lumiverse
  lumiverse complete fish > ~/.config/fish/completions/lumiverse.fish`,
    );
  if (args[0] !== "complete") return;
  if (args[1] !== "--") {
    complete?.action((shell: string | undefined) => printScript(shell, (name) => completion.setup(root.name(), root.name(), name), screen));
    return;
  }
  const names = await connectionNames(screen);
  const providers = await providerNames();
  for (const [commands, suggestions] of [
    [CONNECTION, names],
    [CONNECTION_OR_PROVIDER, [...names, ...providers]],
    [PROVIDER, providers],
    [["complete"], SHELLS.map((shell) => [shell, ""] as const)],
  ] as const)
    for (const command of commands) {
      const [first] = completion.commands.get(command)?.arguments.values() ?? [];
      if (first === undefined) continue;
      first.handler = (complete) => {
        for (const [value, description] of suggestions) complete(value, description);
      };
    }
}

const SHELLS = ["bash", "zsh", "fish", "powershell"];

async function printScript(shell: string | undefined, print: (shell: string) => void, screen: Screen): Promise<void> {
  if (shell === undefined || !SHELLS.includes(shell))
    throw new LumiverseError({
      code: "configuration",
      field: "shell",
      message: shell === undefined ? "the command names no shell" : `there are no completions for the shell ${shell}`,
      hint: `Name one of ${SHELLS.join(", ")}`,
    });
  const script =
    shell === "bash"
      ? BASH
      : quoting(
          shell,
          printedBy(() => print(shell)),
        );
  if (screen.json) await screen.outJson({ shell, script });
  else await screen.outStyled(script);
}

/** The library prints its scripts with `console.log`. */
function printedBy(run: () => void): string {
  const { log } = console;
  let printed = "";
  console.log = (text: string) => void (printed += `${text}\n`);
  try {
    run();
    return printed;
  } finally {
    console.log = log;
  }
}

/**
 * The library's script for bash runs what a person typed, inserts names with blanks as several words, and needs the package bash-completion. This one
 * passes the words on as they are. Bash divides a word at colons and other signs, and replaces what stands after the last one. Without suggestions, bash
 * completes names of files.
 */
const BASH = `# bash completion for lumiverse

__lumiverse_complete() {
    local i cur kept typed line value
    local rest=\${COMP_LINE:0:COMP_POINT} words=("\${COMP_WORDS[0]}")
    rest=\${rest#*"\${COMP_WORDS[0]}"}
    # Pieces without a blank between them are one word.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        line=\${rest#"\${rest%%[![:blank:]]*}"}
        value=\${COMP_WORDS[i]}
        # The cursor may stand inside of the last piece.
        if ((i == COMP_CWORD)); then value=$line; fi
        if [[ $line != "$rest" ]]; then words+=("$value"); else words[\${#words[@]} - 1]+=$value; fi
        rest=\${line#"$value"}
    done
    cur=\${words[\${#words[@]} - 1]}
    # What a quoted word says.
    typed=\${cur//\\\\/}
    typed=\${typed#[\\"\\']}
    # The part of the word that bash keeps.
    kept=
    if [[ $cur != [\\"\\']* && $cur == *"$2" ]]; then kept=\${cur%"$2"}; fi
    kept=\${kept//\\\\/}
    COMPREPLY=()
    while IFS= read -r line; do
        value=\${line%%$'\\t'*}
        # The last line is a number after a colon.
        if [[ $value == :* || $value != "$typed"* ]]; then continue; fi
        if [[ $cur == [\\"\\']* ]]; then
            COMPREPLY+=("$value")
        else
            COMPREPLY+=("$(printf '%q' "\${value:\${#kept}}")")
        fi
    done < <(lumiverse complete -- "\${words[@]:1:\${#words[@]}-2}" "$typed" 2> /dev/null)
}

complete -o bashdefault -o default -F __lumiverse_complete lumiverse
`;

/** How the library's script for zsh splits and inserts words without regard to their quotes, and what does that right. */
const ZSH: readonly (readonly [string, string])[] = [
  [`words=( "\${=words[1,CURRENT]}" )`, `words=( "\${(@Q)words[1,CURRENT]}" ); words[-1]=\${words[-1]#[\\"\\']}`],
  [`"completions" completions -Q `, `"completions" completions `],
];

/** A script that inserts a name with blanks as one word. */
function quoting(shell: string, script: string): string {
  return shell === "zsh" ? ZSH.reduce((text, [before, after]) => text.replace(before, () => after), script) : script;
}

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
