import type { CardLine } from "@lumiverse/connections";
import { Text } from "@mantine/core";
import type { ReactNode } from "react";

/** The lines of a connection's card. A line about the account ends with its age. */
export function CardLines({ lines }: { lines: readonly CardLine[] }): ReactNode {
  return (
    <div className="card-lines">
      {lines.map(({ kind, text, age, setting }) => (
        <Text
          key={`${kind} ${setting ?? ""} ${text}`}
          size="sm"
          className="wrap"
          data-kind={kind}
          {...(kind === "model" ? { fw: 500 } : { c: "dimmed" })}
        >
          {text}
          {age !== undefined && kind === "account" && <span className="age">{` (${age})`}</span>}
        </Text>
      ))}
    </div>
  );
}
