/** Chats with broken and hostile hosts, and with those of the fixtures, for the tests of what is built on connections. */
import { fileURLToPath } from "node:url";
import type { Connection } from "@lumiverse/core";
import type { ChatRequest } from "@lumiverse/core/provider";
import { installedIn } from "../providers/provider-packages.ts";
import { inputOf } from "./fuzz.ts";
import type { Answer } from "./mutate-answer.ts";
import { type Subject, subjectsOf } from "./subjects.ts";

/** One answer of a host. */
export interface FixtureChat {
  /** Such as `input 17 (groq text stream)`. */
  name: string;
  /** A new connection whose host gives the answer, and the request of the case that the answer was made from. */
  open(): { connection: Connection; request: ChatRequest };
}

const PROVIDERS = fileURLToPath(new URL("../../../../providers", import.meta.url));

/** The chats of all fixtures of the providers, with the answers as they are. */
export async function fixtureChats(ids: readonly string[]): Promise<FixtureChat[]> {
  return (await chatSubjects(ids)).map((subject) => ({ name: subject.name, open: () => openedChat(subject, subject.answers) }));
}

async function chatSubjects(ids: readonly string[]): Promise<Subject[]> {
  return (await subjectsOf(await installedIn(PROVIDERS, ids))).filter(({ openChat, signs }) => openChat !== undefined && !signs);
}

function openedChat(subject: Subject, answers: readonly Answer[]): ReturnType<FixtureChat["open"]> {
  const opened = subject.openChat?.(answers);
  if (opened === undefined) throw new Error(`${subject.name} is no chat`);
  return opened;
}

/** `count` chats with the providers, each from the seed and its number. Providers that sign their tokens are left out, because they are slow. */
export async function hostileChats(ids: readonly string[], seed: number, count: number): Promise<FixtureChat[]> {
  const subjects = await chatSubjects(ids);
  return Array.from({ length: count }, (_, input) => {
    const { subject, answers } = inputOf(subjects, seed, input);
    return {
      name: `input ${input} (${subject.name})`,
      open: () => openedChat(subject, answers),
    };
  });
}
