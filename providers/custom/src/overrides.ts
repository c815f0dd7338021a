/** What the settings override of a server's dialect, capabilities and request bodies. */
import { type Capabilities, definedFields, type Protocol } from "@lumiverse/core/provider";
import type { Dialect } from "@lumiverse/protocols/chat-completions";
import { reasoningStyles } from "./servers.ts";
import type { CustomSettings } from "./settings.ts";

/** The fields of the dialect that the settings state. */
export function dialectOverrides(settings: Partial<CustomSettings>): Dialect {
  const { maxTokensField, systemRole, systemPlacement, alternation, images, toolImages, toolResultName, usageInStream, strictSchemas } =
    settings;
  const { reasoningStyle, reasoningReplay, reasoningField } = settings;
  const given: { [K in keyof Dialect]: Dialect[K] | undefined } = {
    maxTokens: maxTokensField,
    systemRole,
    systemPlacement,
    alternation,
    images,
    toolImages,
    toolResultName,
    streamOptions: usageInStream,
    usageUnasked: usageInStream === false ? false : undefined, // it is unknown what this server sends without being asked
    strict: strictSchemas === undefined ? undefined : strictSchemas ? "send" : "omit",
    reasoning: {
      ...(reasoningStyle === undefined ? {} : reasoningStyles[reasoningStyle]),
      ...(reasoningReplay === undefined ? {} : { replay: reasoningReplay }),
      ...(reasoningField === undefined ? {} : { replayField: reasoningField }),
    },
  };
  // An undefined field would hide the value of the server.
  return definedFields(given);
}

/** The capabilities that the settings state. */
export function capabilityOverrides({ structuredOutput, reasoningStyle }: Partial<CustomSettings>): Capabilities {
  return {
    ...(structuredOutput === "schema" ? { "output.schema": true } : {}),
    ...(structuredOutput === "json" ? { "output.schema": false, "output.json": true } : {}),
    ...(structuredOutput === "prompt" ? { "output.schema": false, "output.json": false, "toolChoice.named": false } : {}),
    ...(reasoningStyle === "none" ? { reasoning: false } : {}),
    ...(reasoningStyle === "thinking" || reasoningStyle === "enable-thinking" ? { "reasoning.budget": true } : {}),
  };
}

/** The protocol with the fields of `includeBody` added to each request and those of `excludeBody` removed. */
export function withBodyOverrides(protocol: Protocol, { includeBody, excludeBody = [] }: Partial<CustomSettings>): Protocol {
  if (includeBody === undefined && excludeBody.length === 0) return protocol;
  return {
    ...protocol,
    render(call) {
      const rendered = protocol.render(call);
      const body = rendered.request.body ?? {};
      for (const key of Object.keys(includeBody ?? {})) if (!Object.hasOwn(body, key)) body[key] = includeBody?.[key];
      for (const key of excludeBody) {
        if (!Object.hasOwn(body, key)) continue;
        delete body[key];
        rendered.notes.push({ kind: "dropped", field: key, message: `The setting excludeBody removed ${key} from the request.` });
      }
      return rendered;
    },
  };
}
