import { definedFields, type JsonObject, type ServerTool } from "@lumiverse/core/provider";

/** A vendor's own tool in its spelling. */
export interface SpelledServerTool {
  /** As a `HostedTool` holds it. */
  hosted: JsonObject;
  /** Fields of the tool that the vendor lacks and that only tune it. */
  ignored?: readonly string[];
  /** Limits that the vendor has for all of its tools together. They are this tool's only where no other one of the vendor is sent; otherwise the vendor lacks them. */
  shared?: {
    /** Fields of the body that hold them. */
    parameters: JsonObject;
    /** The fields of the tool that they are. */
    limits: readonly string[];
  };
  /** True: the choice `required` makes the model use it where it is the only tool. Default false. */
  canBeForced?: boolean;
}

/** The fields of a tool, set by the client, that only tune it. */
export function tuningOf(tool: ServerTool): string[] {
  const { maxUses, location, contextSize, maxContentTokens } = tool as Partial<Record<string, unknown>>; // no kind has all of them
  const tuning = { maxUses, location, contextSize, maxContentTokens };
  return Object.keys(definedFields(tuning));
}

/** False where a domain has a path or a wildcard, which Anthropic's search understands and others do not. */
export function areWholeDomains(domains: readonly string[] = []): boolean {
  return !domains.some((domain) => /[/*]/.test(domain));
}
