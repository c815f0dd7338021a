import {
  type ChatEvent,
  type ChatRequest,
  type Connection,
  type ConnectOptions,
  connect,
  isLumiverseError,
  type LumiverseError,
  type Provider,
} from "../../src/index.ts";
import { type SampleSettings, sampleProvider } from "./sample-provider.ts";

export const KEY = "sk-planted-0123456789abcdef";
export const HI: ChatRequest = { model: "m-1", messages: [{ role: "user", content: "hi" }] };

/** A connection to a test server. */
export function connectTo(
  url: string,
  options: ConnectOptions<SampleSettings> = {},
  provider: Provider<SampleSettings> = sampleProvider,
): Connection {
  return connect(provider, { apiKey: KEY, baseURL: url, ...options });
}

export async function collect(events: AsyncIterable<ChatEvent>): Promise<ChatEvent[]> {
  const all: ChatEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}
/** The error of work that must fail. */
export async function errorOf(work: Promise<unknown> | (() => unknown)): Promise<LumiverseError> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    if (isLumiverseError(error)) return error;
    throw error;
  }
  throw new Error("no error was thrown");
}
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
