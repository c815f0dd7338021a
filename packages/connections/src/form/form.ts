/** The form of a provider's connection, made from the provider's own data, so that every provider has one. Any form library can draw it. */
import { isLumiverseError, type JsonObject, type JsonSchema, type Provider } from "@lumiverse/core";
import { isObject, wordOf } from "@lumiverse/core/provider";
import { valueAt } from "../dotted-path.ts";
import { readAddress } from "../profile/address.ts";
import { connectSource } from "../profile/connect.ts";
import { type EffectiveAddress, effectiveAddress } from "../profile/effective-address.ts";
import { describeKey, type KeyDescription } from "../profile/key-description.ts";
import { type FormField, type FormSection, settingField } from "./field.ts";
import { drawForm } from "./form-schema.ts";
import { type ParsedForm, type ParseOptions, parseValues } from "./parse.ts";
import { baseSections, reasoningSection } from "./sections.ts";

export interface Form {
  /** The provider's id. */
  provider: string;
  /** JSON Schema 2020-12 of the values. */
  schema: JsonSchema;
  /** Widgets and order, in the convention of react-jsonschema-form. */
  uiSchema: JsonObject;
  /** The same as a plain list, for terminals and front ends of one's own. */
  sections: readonly FormSection[];
  /** All fields, in order. */
  fields: readonly FormField[];
  /** A profile from the values, or every problem by its field. Sends nothing. */
  parse(values: unknown, options?: ParseOptions): Promise<ParsedForm>;
  /** Where requests would go with these values, or why that is not known. Sends nothing. */
  address(values: unknown): Promise<{ address: EffectiveAddress; problem?: undefined } | { problem: string; address?: undefined }>;
  /**
   * What a pasted key holds besides the secret, such as a service account's project and e-mail, or what is wrong with it.
   * @param baseURL as typed. Absent or empty: the provider's own, which refuses more than a server of one's own does.
   */
  describeKey(key: string, baseURL?: string): KeyDescription;
}

/** @param provider from the registry, or any third party's */
export async function form(provider: Provider): Promise<Form> {
  const module = await provider.settings?.();
  const settings = new Map<string, FormField[]>();
  for (const setting of module?.fields ?? []) {
    const title = setting.section ?? "Settings";
    settings.set(title, [...(settings.get(title) ?? []), settingField(setting)]);
  }
  const sections: FormSection[] = [
    ...baseSections(provider),
    ...[...settings].map(([title, fields]) => ({ title: title === "Reasoning" ? `Reasoning of ${provider.name}` : title, fields })),
    reasoningSection,
  ];
  const fields = sections.flatMap((section) => section.fields);
  return {
    provider: provider.id,
    ...drawForm(provider, fields, module?.schema),
    sections,
    fields,
    parse: (values, options) => parseValues(provider, fields, values, options),
    address: (values) => addressOf(provider, values),
    describeKey: (key, baseURL) => describeKey(provider, key, readAddress(provider, baseURL, true).address?.isVendor ?? false),
  };
}

async function addressOf(provider: Provider, values: unknown): ReturnType<Form["address"]> {
  const text = (path: string): string => wordOf(valueAt(values, path) ?? "");
  const read = readAddress(provider, text("baseURL"));
  if (read.issue !== undefined) return { problem: `The URL ${read.issue.message}` };
  const settings = valueAt(values, "settings");
  const key = text("key").trim();
  try {
    const source = {
      provider,
      ...(read.address.resolvedURL === undefined ? {} : { resolvedURL: read.address.resolvedURL }),
      ...(key === "" ? { auth: "none" as const } : { auth: "key" as const, key }),
      settings: isObject(settings) ? settings : {},
    };
    return { address: await effectiveAddress(connectSource(source), source, text("model").trim()) };
  } catch (cause) {
    if (!isLumiverseError(cause)) throw cause;
    return { problem: cause.message };
  }
}
