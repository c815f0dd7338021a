import type { JsonObject, KeyVerdict } from "@lumiverse/core";
import type { Draft, ProviderSummary } from "@lumiverse/gateway/admin";
import { Button, Text } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { type UseMutationResult, useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { call } from "../api/client.ts";
import { Failure } from "../shared/failure.tsx";

/** A check of the key with the values of a form. */
export interface KeyCheck {
  /** The values that were checked are `variables`. */
  result: UseMutationResult<KeyVerdict, Error, JsonObject>;
  /** The values of the form now. */
  values: JsonObject;
}

export function useKeyCheck({ id }: ProviderSummary, values: JsonObject, editing: string | undefined): KeyCheck {
  const result = useMutation({
    mutationFn: (checked: JsonObject) => {
      const body: Draft = { values: checked, ...(editing === undefined ? {} : { editing }) };
      return call<KeyVerdict>(`providers/${id}/check`, { method: "POST", body });
    },
  });
  return { result, values };
}

export function KeyCheckButton({ check: { result, values } }: { check: KeyCheck }): ReactNode {
  return (
    <Button
      variant="light"
      leftSection={<IconKey size={16} aria-hidden />}
      loading={result.isPending}
      onClick={() => result.mutate(values)}
    >
      Check the key
    </Button>
  );
}

/** What the check found. Once the form has other values, it is not shown. */
export function KeyCheckResult({ check: { result, values } }: { check: KeyCheck }): ReactNode {
  const { data, error, variables } = result;
  const isCurrent = variables === values;
  return (
    <div aria-live="polite">
      {isCurrent && data !== undefined && (
        <Text size="sm" className="wrap">
          <b>{sentenceOf(data)}</b>
          {[data.reason, data.hint, data.spent === undefined ? undefined : `The check cost ${data.spent}.`]
            .filter((text) => text !== undefined)
            .map((text) => ` ${text}`)}
        </Text>
      )}
      {isCurrent && error !== null && <Failure error={error} />}
    </div>
  );
}

function sentenceOf({ key, usable }: KeyVerdict): string {
  if (key === "invalid") return "The vendor refuses this key.";
  if (key === "unknown") return "The vendor did not say whether the key is valid.";
  if (usable === false) return "The key is valid, but a chat would fail now.";
  return usable === true ? "The key works." : "The key is valid.";
}
