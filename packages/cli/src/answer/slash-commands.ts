/** The commands of a conversation. */

import { basename } from "node:path";
import { nearestNames } from "@lumiverse/connections";
import { LumiverseError, type Message } from "@lumiverse/core";
import { ownValue } from "@lumiverse/core/provider";
import { filePart } from "../request/media.ts";
import { unwritable } from "../terminal/files.ts";
import { printableLine } from "../terminal/printable.ts";
import type { Conversation } from "./conversation-state.ts";
import { countOf } from "./figures.ts";
import { newConversationId, readConversation, type SavedConversation, savedForm, timeOf, writeConversation } from "./saved-conversation.ts";

/** `exit` ends the conversation. A message is sent, after the messages in `before`. Default: all messages of the conversation. */
type Next = "exit" | { message: Message; before?: readonly Message[] } | undefined;

interface SlashCommand {
  argument?: string;
  help: string;
  run(argument: string, conversation: Conversation): Next | Promise<Next>;
}

const COMMANDS: Readonly<Record<string, SlashCommand>> = {
  help: {
    help: "list the commands",
    run(_, { screen }) {
      for (const [name, { argument, help }] of Object.entries(COMMANDS))
        screen.line(`  ${`/${name}${argument === undefined ? "" : ` ${argument}`}`.padEnd(22)} ${help}`);
      screen.line(
        'A message of several lines: end lines with \\, or put """ before and after it. A message that begins with a slash: type two.',
      );
      return undefined;
    },
  },
  model: {
    argument: "[id]",
    help: "show the model, or go on with another one",
    async run(id, conversation) {
      const { screen } = conversation;
      if (id === "") {
        screen.line(conversation.model);
        return;
      }
      const known = await conversation.models();
      if (known.length > 0 && !known.includes(id)) {
        const near = nearestNames(id, known);
        const others = near.length === 0 ? "" : ` (near: ${near.join(", ")})`;
        screen.line(`note: ${id} is not in the built-in list of ${conversation.connection.provider.name}${others}`, "yellow");
      }
      conversation.model = id;
      screen.line(`The next answer comes from ${id}.`, "dim");
      return undefined;
    },
  },
  system: {
    argument: "[text|-]",
    help: "show the system message, replace it, or remove it with -",
    run(text, conversation) {
      if (text === "-") delete conversation.system;
      else if (text !== "") conversation.system = text;
      conversation.screen.piece(conversation.system ?? "There is no system message.", text === "" ? undefined : "dim");
      conversation.screen.piece("\n");
      return undefined;
    },
  },
  file: {
    argument: "<path|url>",
    help: "send a file with the next message",
    async run(source, conversation) {
      if (source === "") throw usage("/file needs a path or a URL");
      conversation.attachments = [...conversation.attachments, await filePart(source)];
      conversation.screen.line(`${basename(source)} is sent with the next message.`, "dim");
      return undefined;
    },
  },
  retry: {
    help: "ask for the last answer again",
    run(_, conversation) {
      const { messages, unanswered } = conversation;
      if (unanswered !== undefined) return { message: unanswered };
      const at = messages.findLastIndex(({ role }) => role === "user");
      const message = messages[at];
      if (message === undefined) throw usage("there is no message to send again");
      // The old answer stays until there is a new one.
      return { message, before: messages.slice(0, at) };
    },
  },
  undo: {
    help: "remove the last message and its answer",
    run(_, conversation) {
      const at = conversation.messages.findLastIndex(({ role }) => role === "user");
      if (at < 0) throw usage("there is nothing to remove");
      conversation.messages = conversation.messages.slice(0, at);
      conversation.screen.line(`Removed. Left: ${countOf(conversation.messages.length, "message")}.`, "dim");
      return undefined;
    },
  },
  clear: {
    help: "remove all messages; the system message stays",
    run(_, conversation) {
      conversation.messages = [];
      delete conversation.unanswered;
      conversation.screen.line("All messages are removed.", "dim");
      return undefined;
    },
  },
  save: {
    argument: "[name|file.json]",
    help: "name the conversation, or write it to a file",
    async run(where, conversation) {
      if (isFile(where)) {
        await saveToFile(where, savedForm(conversation));
        conversation.screen.line(`Wrote ${where}.`, "dim");
        return undefined;
      }
      if (where !== "") conversation.name = where;
      await conversation.folder.save(savedForm(conversation));
      conversation.screen.line(`Saved as ${conversation.name ?? conversation.id}.`, "dim");
      return undefined;
    },
  },
  load: {
    argument: "[name|file.json]",
    help: "go on with a saved conversation; without a name, list them",
    async run(name, conversation) {
      if (name === "") {
        await list(conversation);
        return undefined;
      }
      // A file is a copy, which does not replace the saved conversation that it was made from.
      const found = isFile(name) ? { ...(await readConversation(name)), id: newConversationId() } : await conversation.folder.find(name);
      if (found === undefined) throw usage(`there is no saved conversation "${name}"; /load lists them`);
      resume(found, conversation, isFile(name) ? name : (found.name ?? timeOf(found)));
      return undefined;
    },
  },
  cost: {
    help: "show tokens and cost since the start",
    run(_, { costs, screen }) {
      screen.line(costs.text);
      return undefined;
    },
  },
  exit: { help: "end the conversation", run: () => "exit" },
  quit: { help: "end the conversation", run: () => "exit" },
};

/** An unknown command is never sent to the model. @throws LumiverseError `configuration` for a command that is unknown or cannot be run */
export async function runSlashCommand(text: string, conversation: Conversation): Promise<Next> {
  const [, name = "", argument = ""] = /^\/(\S*)\s*([\s\S]*)$/.exec(text) ?? [];
  const command = ownValue(COMMANDS, name);
  if (command !== undefined) return command.run(argument.trim(), conversation);
  const near = nearestNames(name, Object.keys(COMMANDS))[0];
  throw new LumiverseError({
    code: "configuration",
    message: `there is no command /${name}, and it was not sent`,
    hint: `${near === undefined ? "/help lists the commands." : `Did you mean /${near}?`} Two slashes send a message that begins with one`,
  });
}

function usage(message: string): LumiverseError {
  return new LumiverseError({ code: "configuration", message });
}

function isFile(name: string): boolean {
  return name.endsWith(".json") || name.includes("/");
}

async function saveToFile(path: string, conversation: SavedConversation): Promise<void> {
  try {
    await writeConversation(path, conversation);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

const SHOWN = 20;

async function list({ folder, screen }: Conversation): Promise<void> {
  const all = await folder.list();
  if (all.length === 0) return screen.line("No conversation is saved.");
  for (const one of all.slice(0, SHOWN))
    screen.line(
      `  ${printableLine(one.name ?? one.id)}  ${one.target}, ${one.model}, ${countOf(one.messages.length, "message")}, ${timeOf(one)}`,
    );
  if (all.length > SHOWN) screen.line(`  and ${all.length - SHOWN} older ones`, "dim");
}

/** Replaces the messages and the system message by those of the saved conversation. The connection and the model stay. */
function resume(found: SavedConversation, conversation: Conversation, title: string): void {
  conversation.id = found.id;
  if (found.name === undefined) delete conversation.name;
  else conversation.name = found.name;
  if (found.system === undefined) delete conversation.system;
  else conversation.system = found.system;
  conversation.messages = found.messages;
  delete conversation.unanswered;
  const other = found.target === conversation.target ? "" : ` It began with ${found.target}.`;
  conversation.screen.line(`Going on with ${countOf(found.messages.length, "message")} of ${title}.${other}`, "dim");
}
