/** The sections that every provider's form has. */
import type { Provider } from "@lumiverse/core";
import type { FormField, FormSection } from "./field.ts";

/** Name, credential, address and model. */
export function baseSections(provider: Provider): FormSection[] {
  const name: FormField = {
    path: "name",
    kind: "text",
    title: "Name",
    help: "The name of this connection. No two connections have the same one.",
    required: true,
    placeholder: provider.name,
  };
  const model: FormField = {
    path: "model",
    kind: "model",
    title: "Model",
    help: "The name as the vendor spells it. Models lists what is available.",
    required: false,
  };
  return [
    { title: "Connection", fields: [name] },
    ...credentialSection(provider),
    { title: "Address", fields: [addressField(provider)] },
    { title: "Model", fields: [model] },
  ];
}

function addressField({ base }: Provider): FormField {
  return {
    path: "baseURL",
    kind: "url",
    title: "API URL",
    help:
      base === undefined
        ? "The address of the server. Endpoint paths and a missing /v1 are corrected."
        : "Leave it empty for the vendor's own address, or enter that of a proxy, a gateway or a mirror. A new host needs the key again.",
    required: base === undefined,
    placeholder: base ?? "http://localhost:1234/v1",
  };
}

function credentialSection({ credential, signIn, name, base }: Provider): FormSection[] {
  if (credential.kind === "none") return [];
  const link = credential.page === undefined ? {} : { link: credential.page };
  const isOptional = credential.kind === "api-key" && !credential.required;
  const auth: FormField = {
    path: "auth",
    kind: "choice",
    title: "Key",
    help: `"From the environment" reads ${credential.env} when a call is made, and sends it to ${name} alone.`,
    required: false,
    default: isOptional ? "none" : "key",
    choices: [
      { value: "key", title: "Stored key" },
      // The variable holds a key for the vendor, so a provider without an address of its own does not offer it.
      ...(base === undefined ? [] : [{ value: "environment", title: "From the environment" }]),
      { value: "none", title: isOptional ? "No key" : "No key (for a proxy that needs none)" },
    ],
  };
  const isFile = credential.kind === "service-account";
  const key: FormField = {
    path: "key",
    kind: isFile ? "secret-text" : "secret",
    title: isFile ? "Service account JSON" : "API key",
    help: isFile
      ? "Paste the whole JSON file of a service account. Its project and e-mail are shown; the private key is stored encrypted."
      : "Stored encrypted, and sent to the address of this connection alone.",
    required: false,
    condition: { path: "auth", equals: "key" },
    writeOnly: true,
    ...link,
  };
  const button: FormField = {
    path: "signIn",
    kind: "sign-in",
    title: `Sign in with ${name}`,
    help: "Opens the vendor's page and stores the key that it issues.",
    required: false,
    condition: { path: "auth", equals: "key" },
  };
  return [{ title: "Credential", fields: [auth, key, ...(signIn === undefined ? [] : [button])] }];
}

/** The reasoning binding, the same for all providers. */
export const reasoningSection: FormSection = {
  title: "Reasoning",
  fields: [
    {
      path: "reasoning.effort",
      kind: "choice",
      title: "Effort",
      help: "How hard the model thinks. A level that the model lacks becomes the nearest one, with a note. Not set: the vendor's default.",
      required: false,
      choices: [
        { value: "off", title: "Off" },
        { value: "minimal", title: "Minimal" },
        { value: "low", title: "Low" },
        { value: "medium", title: "Medium" },
        { value: "high", title: "High" },
        { value: "max", title: "Maximum" },
        { value: "budget", title: "A budget of tokens" },
      ],
    },
    {
      path: "reasoning.budgetTokens",
      kind: "number",
      title: "Budget",
      help: "The most tokens that the model may use for reasoning.",
      required: false,
      min: 1,
      integer: true,
      condition: { path: "reasoning.effort", equals: "budget" },
    },
    {
      path: "reasoning.show",
      kind: "tri-state",
      title: "Show the reasoning",
      help: "Off: front ends hide it. It is billed all the same.",
      required: false,
    },
    {
      path: "reasoning.history",
      kind: "choice",
      title: "Reasoning of earlier answers",
      help: "Whether it is sent back to the model. Between tool calls it always is, because some vendors need it there.",
      required: false,
      choices: [
        { value: "keep", title: "Send it back" },
        { value: "strip", title: "Leave it out" },
        { value: "1", title: "Send back that of the last answer" },
        { value: "3", title: "Send back that of the last 3 answers" },
      ],
    },
  ],
};
