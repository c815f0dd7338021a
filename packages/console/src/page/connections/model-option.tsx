import type { ModelInfo } from "@lumiverse/core";
import { Text, UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";
import { compact, money } from "../shared/format.ts";

/** A model in a list, with its known facts. */
export function ModelOption({ model, onChoose }: { model: ModelInfo; onChoose: () => void }): ReactNode {
  return (
    <UnstyledButton className="option" onClick={onChoose}>
      <Text size="sm" fw={500} className="wrap">
        {model.id}
      </Text>
      <Text size="xs" c="dimmed" className="wrap">
        {modelTexts(model).join(" • ")}
      </Text>
    </UnstyledButton>
  );
}

/** The name, the context, the price, the abilities, and whether the model is deprecated. */
function modelTexts({ id, name, contextTokens, inputTokens, price, capabilities, state }: ModelInfo): string[] {
  const context = contextTokens ?? inputTokens;
  const can = [
    capabilities?.["input.image"] === true && "images",
    capabilities?.tools === true && "tools",
    capabilities?.reasoning !== undefined && capabilities.reasoning !== false && capabilities.reasoning !== "unknown" && "reasoning",
  ].filter((word) => word !== false);
  return [
    name === undefined || name === id ? "" : name,
    context === undefined ? "" : `${compact(context)} tokens`,
    price?.input === undefined
      ? ""
      : `${money(price.input, price.currency)} in, ${price.output === undefined ? "?" : money(price.output, price.currency)} out per million${price.varies === undefined ? "" : ", varies"}`,
    can.join(", "),
    state ?? "",
  ].filter((fact) => fact !== "");
}
