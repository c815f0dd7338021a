/** Chats with broken and hostile hosts, for the tests of packages that build on connections. */
import { fileURLToPath } from "node:url";
import type { Connection } from "@lumiverse/core";
import type { ChatRequest } from "@lumiverse/core/provider";
import { installedIn } from "../providers/provider-packages.ts";
import { inputOf } from "./fuzz.ts";
import { subjectsOf } from "./subjects.ts";

/** One answer of a host. */
export interface HostileChat {
  /** Such as `input 17 (groq text stream)`. */
  name: string;
  /** A new connection whose host gives the answer, and the request of the case that the answer was made from. */
  open(): { connection: Connection; request: ChatRequest };
}

const PROVIDERS = fileURLToPath(new URL("../../../../providers", import.meta.url));

/** `count` chats with the providers, each from the seed and its number. Providers that sign their tokens are left out, because they are slow. */
export async function hostileChats(ids: readonly string[], seed: number, count: number): Promise<HostileChat[]> {
  const subjects = (await subjectsOf(await installedIn(PROVIDERS, ids))).filter(({ openChat, signs }) => openChat !== undefined && !signs);
  return Array.from({ length: count }, (_, input) => {
    const { subject, answers } = inputOf(subjects, seed, input);
    return {
      name: `input ${input} (${subject.name})`,
      open() {
        const opened = subject.openChat?.(answers);
        if (opened === undefined) throw new Error(`${subject.name} is not a chat`);
        return opened;
      },
    };
  });
}
