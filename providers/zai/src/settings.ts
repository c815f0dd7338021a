import type { SettingsModule } from "@lumiverse/core";
import { annotations, defineSettings, type SettingAnnotations, type StandardSchema } from "@lumiverse/core/settings";
import * as z from "zod/mini";
import { schema } from "./settings.schema.ts";

export interface ZaiSettings {
  /** Uses the endpoint of the Coding Plan. Default false: pay as you go. It has no effect on a base URL of another host. */
  codingPlan?: boolean | undefined;
  /** The platform that the key belongs to. Default `global`. */
  region?: "global" | "cn" | undefined;
  /** Sends the reasoning of all earlier turns back to the model. Default: the endpoint's own, which keeps reasoning on the Coding Plan only. */
  preserveThinking?: boolean | undefined;
  /** Streams tool arguments while the model writes them. Default true. */
  toolStream?: boolean | undefined;
  /** An id of the end user, 6 to 128 characters long. */
  userId?: string | undefined;
}

/** Adds the texts that a form shows to a schema. */
const setting = <T extends z.ZodMiniType>(schema: T, shown: SettingAnnotations): T => schema.check(z.meta(annotations(shown)));

export const validator: StandardSchema<ZaiSettings> = z.strictObject({
  codingPlan: setting(z.optional(z.boolean()), {
    title: "Use Coding Plan endpoint",
    help: "Calls of a Coding Plan subscription go to /api/coding/paas/v4. Leave it off for other keys, because the two endpoints bill different balances.",
    section: "Endpoint",
    order: 10,
  }),
  region: setting(z.optional(z.enum(["global", "cn"])), {
    title: "Region",
    help: "Keys of z.ai and bigmodel.cn are separate. Each platform refuses the keys of the other.",
    section: "Endpoint",
    order: 20,
    choices: { global: "International (api.z.ai)", cn: "China (open.bigmodel.cn)" },
  }),
  preserveThinking: setting(z.optional(z.boolean()), {
    title: "Preserve thinking",
    help: "Sends the reasoning of all earlier turns back to the model. By default the general endpoint drops it and the Coding Plan keeps it.",
    section: "Reasoning",
    order: 30,
  }),
  toolStream: setting(z.optional(z.boolean()), {
    title: "Stream tool arguments",
    help: "When off, the arguments of a call arrive in one piece at the end.",
    section: "Tools",
    order: 40,
  }),
  userId: setting(z.optional(z.string().check(z.minLength(6), z.maxLength(128))), {
    title: "End user",
    help: "An id of 6 to 128 characters, sent as user_id. It must not contain personal data.",
    section: "Account",
    order: 50,
  }),
});

export const settings: SettingsModule<ZaiSettings> = defineSettings({ validator, schema });
