/** The model list, and what it proves of a key. */
import { endpoint, type KeyVerdict, type ModelInfo, type Operation } from "@lumiverse/core";
import type { OpenaiSettings } from "./settings.ts";

const list: Pick<Operation<unknown, OpenaiSettings>, "origin" | "request"> = {
  origin: "base",
  request: (context) => ({ method: "GET", url: endpoint(context.base, "/models"), headers: scope(context.settings) }),
};
function scope(settings: Partial<OpenaiSettings>): Record<string, string> {
  return {
    ...(settings.organization === undefined ? {} : { "OpenAI-Organization": settings.organization }),
    ...(settings.project === undefined ? {} : { "OpenAI-Project": settings.project }),
  };
}

export const models: Operation<readonly ModelInfo[], OpenaiSettings> = {
  ...list,
  parse: async (response, context) => (await import("./operation-answers.ts")).readModels(response, context.base),
};

export const check: Operation<KeyVerdict, OpenaiSettings> = {
  ...list,
  parse: async (response, context) => (await import("./operation-answers.ts")).verdict(response, context.base),
};
