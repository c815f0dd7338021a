import type { Operations } from "@lumiverse/core/provider";
import { countTokens, modelList, modelListCheck } from "@lumiverse/protocols/messages/operations";
import { BASE } from "./host.ts";
import type { AnthropicSettings } from "./settings.ts";

export const operations: Operations<AnthropicSettings> = { check: modelListCheck(BASE), models: modelList(), countTokens: countTokens() };
