import { MarkdownTextPrimitive } from "@assistant-ui/react-markdown";
import { Anchor } from "@mantine/core";
import type { ComponentProps, ReactNode } from "react";
import remarkGfm from "remark-gfm";

/** The text of an answer. HTML in it is shown as text. */
export function Markdown(): ReactNode {
  return (
    <MarkdownTextPrimitive
      className="markdown"
      remarkPlugins={[remarkGfm]}
      components={{ a: Link, img: Image, table: Table, pre: Pre }}
      smooth={false}
    />
  );
}

function Link({ href, children }: ComponentProps<"a">): ReactNode {
  return (
    <Anchor href={href} target="_blank" rel="noopener noreferrer nofollow" inherit>
      {children}
    </Anchor>
  );
}

/** A picture of another host would tell that host what is read, and when. So its address is a link. */
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
