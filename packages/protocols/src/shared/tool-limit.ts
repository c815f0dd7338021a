import type { Rule } from "@lumiverse/core/provider";

/** Refuses a request with more tools than the host accepts. */
export function atMostTools(most: number): Rule {
  return {
    field: "tools",
    when: ({ tools }) => (tools?.length ?? 0) > most,
    then: "refuse",
    because: `The host accepts ${most} tools at most`,
  };
}
