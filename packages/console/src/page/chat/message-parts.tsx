import type {
  FileMessagePartProps,
  ImageMessagePartProps,
  ReasoningMessagePartProps,
  SourceMessagePartProps,
  ToolCallMessagePartProps,
} from "@assistant-ui/react";
import { Anchor, Code, Group, Text } from "@mantine/core";
import { IconBrain, IconFile, IconLink, IconTool } from "@tabler/icons-react";
import type { ReactNode } from "react";

export function PlainText({ text }: { text: string }): ReactNode {
  return (
    <p className="pre-wrap" dir="auto">
      {text}
    </p>
  );
}

/** The reasoning of an answer. The person unfolds it. */
export function Reasoning({ text, status }: ReasoningMessagePartProps): ReactNode {
  return (
    <details className="fold">
      <summary>
        <IconBrain size={16} aria-hidden />
        {status.type === "running" ? "Reasoning…" : "Reasoning"}
      </summary>
      <Text size="sm" c="dimmed" className="pre-wrap">
        {text}
      </Text>
    </details>
  );
}

/** A tool call of an answer. It has no result, because no tool runs here. */
export function ToolCall({ toolName, argsText }: ToolCallMessagePartProps): ReactNode {
  return (
    <details className="fold">
      <summary>
        <IconTool size={16} aria-hidden />
        {`Called the tool ${toolName}`}
      </summary>
      <Code block tabIndex={0}>
        {readableJson(argsText)}
      </Code>
    </details>
  );
}

export function Source(source: SourceMessagePartProps): ReactNode {
  const url = source.sourceType === "url" && /^https?:/i.test(source.url) ? source.url : undefined;
  const title = source.title ?? source.url ?? "Source";
  return (
    <Group gap={6} wrap="nowrap" className="source">
      <IconLink size={14} aria-hidden />
      {url === undefined ? (
        <Text size="sm" className="wrap">
          {title}
        </Text>
      ) : (
        <Anchor href={url} target="_blank" rel="noopener noreferrer nofollow" size="sm" className="wrap">
          {title}
        </Anchor>
      )}
    </Group>
  );
}

export function Picture({ image, filename }: ImageMessagePartProps): ReactNode {
  // An address of another host is never loaded.
  return image.startsWith("data:image/") ? <img className="picture" src={image} alt={filename ?? "Image of the message"} /> : null;
}

export function FilePart({ data, mimeType, filename }: FileMessagePartProps): ReactNode {
  if (mimeType.startsWith("audio/"))
    return (
      // biome-ignore lint/a11y/useMediaCaption: a vendor's answer has no captions
      <audio controls src={`data:${mimeType};base64,${data}`} aria-label={filename ?? "Audio of the answer"} />
    );
  return (
    <Group gap={6}>
      <IconFile size={16} aria-hidden />
      <Text size="sm" className="wrap">
        {filename ?? mimeType}
      </Text>
    </Group>
  );
}

function readableJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
