import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";

export interface ZaiSettings {
  /** Call the endpoint of the Coding Plan. Default false: pay as you go. Without effect on a base URL of another host. */
  codingPlan?: boolean | undefined;
  /** Whose account the key is of. Default `global`. */
  region?: "global" | "cn" | undefined;
  /** Earlier reasoning stays in the model's view. Default: as the endpoint does, which keeps it on the Coding Plan alone. */
  preserveThinking?: boolean | undefined;
  /** Stream tool arguments as they are written. Default true. */
  toolStream?: boolean | undefined;
  /** Name of the end user, 6 to 128 characters. */
  userId?: string | undefined;
}

export const settings: SettingsModule<ZaiSettings> = defineSettings<ZaiSettings>(
  z.strictObject({
    codingPlan: z.boolean().optional().meta({
      title: "Use Coding Plan endpoint",
      help: "Subscription keys of the Coding Plan are served under /api/coding/paas/v4. Leave it off for normal keys: the two endpoints bill different pockets.",
      section: "Endpoint",
      order: 10,
    }),
    region: z
      .enum(["global", "cn"])
      .optional()
      .meta({
        title: "Region",
        help: "Keys of z.ai and of bigmodel.cn are separate: each is refused by the other.",
        section: "Endpoint",
        order: 20,
        choices: { global: "International (api.z.ai)", cn: "China (open.bigmodel.cn)" },
      }),
    preserveThinking: z.boolean().optional().meta({
      title: "Preserve thinking",
      help: "Reasoning of earlier turns goes back and stays in the model's view. The general endpoint drops it by default, the Coding Plan keeps it.",
      section: "Reasoning",
      order: 30,
    }),
    toolStream: z.boolean().optional().meta({
      title: "Stream tool arguments",
      help: "Without it the arguments of a call arrive in one piece at the end.",
      section: "Tools",
      order: 40,
    }),
    userId: z.string().min(6).max(128).optional().meta({
      title: "End user",
      help: "Sent as user_id, 6 to 128 characters. No personal data.",
      section: "Account",
      order: 50,
    }),
  }),
);
