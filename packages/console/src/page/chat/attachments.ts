import type { AttachmentAdapter, CompleteAttachment, PendingAttachment, ThreadUserMessagePart } from "@assistant-ui/react";
import { newId } from "../shared/new-id.ts";
import { notifyFailed } from "../shared/notify.ts";

/** The largest file in bytes. The gateway accepts requests of 32 MiB, and base64 makes a file a third larger. */
const LARGEST = 20_000_000;
const TEXT = /^(?:text\/|application\/(?:json|xml|yaml|toml|javascript|typescript|x-sh|sql))/;
const TEXT_NAME =
  /\.(?:md|markdown|csv|tsv|log|ya?ml|toml|ini|jsonl?|tsx?|jsx?|mjs|py|rb|rs|go|java|kt|c|h|cpp|cs|php|sh|sql|css|html?|xml|svg)$/i;

/** Images and files that a person drops, pastes or chooses. A text file is sent as text, because every model can read text. */
export const attachments: AttachmentAdapter = {
  accept: "*",
  async add({ file }): Promise<PendingAttachment> {
    if (file.size > LARGEST) {
      const failure = new Error(`${file.name} is larger than ${LARGEST / 1_000_000} MB.`);
      notifyFailed(failure);
      throw failure;
    }
    const isImage = file.type.startsWith("image/") && file.type !== "image/svg+xml";
    return {
      id: newId(),
      type: isImage ? "image" : "file",
      name: file.name,
      contentType: file.type,
      file,
      status: { type: "requires-action", reason: "composer-send" },
    };
  },
  async send(pending): Promise<CompleteAttachment> {
    return { ...pending, status: { type: "complete" }, content: [await partOf(pending)] };
  },
  async remove() {},
};

async function partOf({ type, file, name }: PendingAttachment): Promise<ThreadUserMessagePart> {
  if (type === "image") return { type: "image", image: await dataUrl(file), filename: name };
  if (TEXT.test(file.type) || TEXT_NAME.test(name)) return { type: "text", text: `File ${name}:\n\n${await file.text()}` };
  const url = await dataUrl(file);
  return {
    type: "file",
    data: url.slice(url.indexOf(",") + 1),
    mimeType: file.type === "" ? "application/octet-stream" : file.type,
    filename: name,
  };
}

function dataUrl(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(new Error(`${file.name} could not be read.`));
    reader.readAsDataURL(file);
  });
}
