// A chat page of the AI SDK. use-chat-server.ts answers it, over any provider.
import { useChat } from "@ai-sdk/react";
import { DefaultChatTransport } from "ai";
import type { ReactElement } from "react";

export function Chat({ api }: { api: string }): ReactElement {
  const { messages, sendMessage } = useChat({ transport: new DefaultChatTransport({ api }) });
  const texts = messages.flatMap(({ parts }) => parts.flatMap((part) => (part.type === "text" ? part.text : [])));
  return (
    <form action={(form: FormData) => void sendMessage({ text: String(form.get("text")) })}>
      <pre>{texts.join("\n")}</pre>
      <input name="text" />
    </form>
  );
}
