import type { Profile } from "@lumiverse/connections";
import { Switch } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { call } from "../api/client.ts";
import { notifyFailed } from "../shared/notify.ts";

/** Switches a connection off and on, for example while its vendor is down. */
export function EnabledSwitch({ profile: { id, name, isEnabled } }: { profile: Profile }): ReactNode {
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: (isOn: boolean) => call(`connections/${id}/enabled`, { method: "PUT", body: { isEnabled: isOn } }),
    onError: notifyFailed,
    onSettled: () => queries.invalidateQueries({ queryKey: ["connections"] }),
  });
  return (
    <Switch
      ml="auto"
      size="xs"
      className="enabled-switch"
      aria-label={`Use ${name}`}
      title={isEnabled ? "Switch it off" : "Switch it on"}
      checked={change.isPending ? change.variables : isEnabled}
      onChange={({ currentTarget }) => change.mutate(currentTarget.checked)}
    />
  );
}
