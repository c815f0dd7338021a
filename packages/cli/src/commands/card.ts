import { type Balance, type Card, type CardLine, card as cardOf, type Profile, type Profiles, readBalance } from "@lumiverse/connections";
import type { Provider } from "@lumiverse/core";
import { Command } from "commander";
import { savedProfile } from "../connection/connection-name.ts";
import { withExistingConnections } from "../connection/saved.ts";
import { printableLine } from "../terminal/printable.ts";
import { type Screen, styled } from "../terminal/screen.ts";
import type { CommandContext } from "./context.ts";

export function cardCommand({ screen }: CommandContext): Command {
  return new Command("card")
    .description("show a connection in a few lines, with its live balance")
    .argument("[connection]", "its name (default: the default connection)")
    .option("--no-balance", "call no vendor")
    .option("--json", "print one JSON object, or {error}")
    .addHelpText("after", "\nExamples:\n  lumiverse card\n  lumiverse card Router --json | jq -r '.lines[].text'")
    .action((name: string | undefined, options: { balance: boolean }) =>
      withExistingConnections(screen, async (saved) => {
        const profile = await savedProfile(saved, name);
        const progress = screen.progress("reading the balance");
        const balance =
          options.balance && profile.isEnabled
            ? await readBalance(() => saved.profiles.open(profile.id)).finally(() => progress.stop())
            : {};
        progress.stop();
        await showCard(profile, saved.profiles, balance, screen);
      }),
    );
}

/** Prints the card of a connection. */
export async function showCard(profile: Profile, profiles: Profiles, balance: Balance, screen: Screen): Promise<void> {
  const card = cardOf(profile, providerOf(profile, profiles), balance);
  if (screen.json) return screen.outJson(card);
  await screen.outStyled(cardText(card));
}

/** Undefined for a provider that is not installed. */
export function providerOf(profile: Profile, profiles: Profiles): Provider | undefined {
  try {
    return profiles.provider(profile.provider);
  } catch {
    return undefined;
  }
}

/** A card as lines for a terminal. */
export function cardText({ title, isDefault, lines }: Card): string {
  const head = `${styled("bold", printableLine(title))}${isDefault ? styled("dim", " (default)") : ""}`;
  return `${[head, ...lines.map((line) => `  ${lineText(line)}`)].join("\n")}\n`;
}

function lineText({ text, age }: CardLine): string {
  return `${printableLine(text)}${age === undefined ? "" : styled("dim", ` (${age})`)}`;
}
