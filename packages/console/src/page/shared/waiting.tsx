import { Button, Center, Group, Loader, Stack, Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { Failure } from "./failure.tsx";

/** Milliseconds after which a person wonders whether anything happens. */
const LONG = 2000;

type Waited = Pick<UseQueryResult, "isPending" | "isError" | "error" | "isFetching" | "refetch">;

/** What stands in place of data that is not there: progress, or why it did not come and a button that asks again. `what`: the data, as in "Loading …". */
export function Waiting({ query, what }: { query: Waited; what: string }): ReactNode {
  if (query.isPending) return <Progress what={what} />;
  if (!query.isError) return null;
  return (
    <Stack gap="sm">
      <Failure error={query.error} />
      <Group>
        <Button size="xs" variant="default" loading={query.isFetching} onClick={() => void query.refetch()}>
          Try again
        </Button>
      </Group>
    </Stack>
  );
}

/** A spinner, with words when it takes long. */
export function Progress({ what }: { what: string }): ReactNode {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Center className="progress">
      <Group gap="sm">
        <Loader size="sm" aria-label={`Loading ${what}`} />
        {isLong && <Text size="sm" c="dimmed">{`Still loading ${what}…`}</Text>}
      </Group>
    </Center>
  );
}
