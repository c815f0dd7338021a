import { MarkdownTextPrimitive } from "@assistant-ui/react-markdown";
import { Anchor, Text } from "@mantine/core";
import { type ComponentProps, createElement, type ReactNode } from "react";
import remarkGfm from "remark-gfm";
import { CopyButton } from "../shared/copy.tsx";

/** A block whose writing direction follows from its own text, because an answer may contain several languages. */
function directed<T extends "p" | "li" | "blockquote" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "td" | "th">(
  Tag: T,
): (props: ComponentProps<T> & { node?: unknown }) => ReactNode {
  return ({ node: _, ...props }) => createElement(Tag, { ...props, dir: "auto" });
}

const COMPONENTS = {
  a: Link,
  img: Image,
  table: Table,
  pre: Pre,
  CodeHeader,
  p: directed("p"),
  li: directed("li"),
  blockquote: directed("blockquote"),
  h1: directed("h1"),
  h2: directed("h2"),
  h3: directed("h3"),
  h4: directed("h4"),
  h5: directed("h5"),
  h6: directed("h6"),
  td: directed("td"),
  th: directed("th"),
};

/** The text of an answer. HTML in it is shown as text. */
export function Markdown(): ReactNode {
  return <MarkdownTextPrimitive className="markdown" remarkPlugins={[remarkGfm]} components={COMPONENTS} smooth={false} />;
}

function Link({ href, children }: ComponentProps<"a">): ReactNode {
  return (
    <Anchor href={href} target="_blank" rel="noopener noreferrer nofollow" inherit>
      {children}
    </Anchor>
  );
}

/** An image becomes a link: loading it would tell another host which answer is read, and when. */
function Image({ src, alt }: ComponentProps<"img">): ReactNode {
  return <Link href={typeof src === "string" ? src : ""}>{`Image: ${alt === undefined || alt === "" ? String(src) : alt}`}</Link>;
}

function Table({ children }: ComponentProps<"table">): ReactNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by the keyboard
    <section className="table-scroll" aria-label="Table" tabIndex={0}>
      <table>{children}</table>
    </section>
  );
}

function Pre({ children }: ComponentProps<"pre">): ReactNode {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by the keyboard
  return <pre tabIndex={0}>{children}</pre>;
}

/** The language of a code block, and a button that copies it. */
function CodeHeader({ language, code }: { language?: string | undefined; code?: string | undefined }): ReactNode {
  return (
    <div className="code-header">
      <Text size="xs" c="dimmed" span>
        {language === undefined || language === "unknown" ? "" : language}
      </Text>
      <CopyButton text={code ?? ""} size="compact-xs" variant="subtle" color="gray" />
    </div>
  );
}
