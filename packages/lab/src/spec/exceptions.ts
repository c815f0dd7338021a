/** Problems that are accepted, each with its reason. A full run fails if one of them no longer occurs. */
import type { Finding } from "./run-spec.ts";

/** A problem that is accepted. */
export interface Exception {
  providers: readonly string[];
  protocol: string;
  /** The path as a finding shows it. */
  path: string;
  problem: string;
  /** Why the body is right nevertheless, with the page that says so if there is one. */
  because: string;
}

const CALLERS_FIELD = "the setting `includeBody` of this fixture adds it: the caller's own words are not judged";
const OWN_SERVER =
  "nothing is known about a person's own server, so fields that it may accept are sent; `unsupported` and `excludeBody` leave them out";

export const exceptions: readonly Exception[] = [
  { providers: ["custom"], protocol: "chat-completions", path: "/cache_prompt", problem: "is not a known field", because: CALLERS_FIELD },
  { providers: ["custom"], protocol: "responses", path: "/logit_bias", problem: "is not a known field", because: CALLERS_FIELD },
  ...["/presence_penalty", "/frequency_penalty", "/repetition_penalty", "/top_k", "/min_p", "/stop", "/seed"].map((path) => ({
    providers: ["custom"],
    protocol: "responses",
    path,
    problem: "is not a known field",
    because: OWN_SERVER,
  })),
  {
    providers: ["custom"],
    protocol: "responses",
    path: "/input/[]/content/[]/type",
    problem: 'is "input_audio", which is not a known word',
    because: OWN_SERVER,
  },
  {
    providers: ["custom"],
    protocol: "messages",
    path: "/messages/[]/content/[]/signature",
    problem: "is missing",
    because: "servers of other models behind this protocol issue no signatures and expect their reasoning back without one",
  },
  {
    providers: ["custom"],
    protocol: "chat-completions",
    path: "/tools",
    problem: "is an empty list",
    because:
      "LiteLLM in front of Anthropic wants the field wherever the history has calls: https://docs.litellm.ai/docs/completion/function_call",
  },
  {
    providers: ["google"],
    protocol: "generate-content",
    path: "/contents/[]/parts/[]/lakeTalk",
    problem: "is not a known field",
    because: "the fixture `unknown-words` invents a part of a later version of the API, which goes back as it came",
  },
  {
    providers: ["custom"],
    protocol: "responses",
    path: "/input/[]/output/[]/type",
    problem: 'is "input_audio", which is not a known word',
    because: OWN_SERVER,
  },
  {
    providers: ["mistral"],
    protocol: "chat-completions",
    path: "/messages/[]/prefix",
    problem: "is missing",
    because: "the SDK fills in the default (false), and its types state what it sends: https://docs.mistral.ai/api/endpoint/chat",
  },
  {
    providers: ["xai"],
    protocol: "responses",
    path: "/input/[]/status",
    problem: "is not a known field",
    because:
      "a search of X is a custom_tool_call with a status, and output items go back unchanged: https://docs.x.ai/docs/guides/tools/advanced-usage",
  },
  ...["start_index", "end_index", "title"].map((field) => ({
    providers: ["xai"],
    protocol: "responses",
    path: `/input/[]/content/[]/annotations/[]/${field}`,
    problem: "is missing",
    because: "a search of X cites without it, and output items go back unchanged: https://docs.x.ai/docs/guides/tools/advanced-usage",
  })),
  {
    providers: ["openrouter"],
    protocol: "chat-completions",
    path: "/messages/[]/annotations",
    problem: "is not a known field",
    because:
      "parsed files go back with the answer that carries them, so that they are not parsed again: https://openrouter.ai/docs/guides/overview/multimodal/pdfs#skip-parsing-costs",
  },
  {
    providers: ["openrouter"],
    protocol: "chat-completions",
    path: "/messages/[]/images/[]/type",
    problem: "is not a known field",
    because: "generated images go back as the answer spells them: https://openrouter.ai/docs/guides/overview/multimodal/image-generation",
  },
];

/** True if an exception covers a finding. */
export function isCovered({ providers, protocol, path, problem }: Exception, finding: Omit<Finding, "bodies" | "example">): boolean {
  return providers.includes(finding.provider) && protocol === finding.protocol && path === finding.path && problem === finding.problem;
}

/** The findings that no exception covers. */
export function violationsIn(findings: readonly Finding[]): Finding[] {
  return findings.filter((finding) => !exceptions.some((exception) => isCovered(exception, finding)));
}

/** The exceptions for these providers that no finding needs. */
export function unneeded(findings: readonly Finding[], providers: readonly string[]): Exception[] {
  return exceptions.filter(
    (exception) => exception.providers.some((id) => providers.includes(id)) && !findings.some((finding) => isCovered(exception, finding)),
  );
}
