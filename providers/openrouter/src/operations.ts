import type { Operations } from "@lumiverse/core/provider";
import { account, keyCheck } from "./account.ts";
import { models } from "./models.ts";
import type { OpenrouterSettings } from "./settings.ts";

export const operations: Operations<OpenrouterSettings> = { check: keyCheck, models, account };
