/**
 * Serves recorded answers over a real socket, cut into packets. One server with keep-alive connections serves the whole run. It writes HTTP itself, because Node's
 * server joins small writes: here each packet is one HTTP chunk, and all chunks are sent in one write.
 */
import { type AddressInfo, createServer, type Socket } from "node:net";
import { pieces } from "@lumiverse/conformance/internals";

/** An answer to serve. */
export interface Served {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array<ArrayBuffer>;
}
/** A running server. */
export interface AnswerServer {
  /** A `fetch` that answers every request with `served` in packets of `size` bytes, regardless of the URL. */
  answering(served: Served, size: number): typeof fetch;
  close(): Promise<void>;
}

/** Headers that describe how the recorded body was transferred, which does not apply here. */
const FRAMING: ReadonlySet<string> = new Set([
  "content-length",
  "transfer-encoding",
  "content-encoding",
  "connection",
  "keep-alive",
  "alt-svc",
]);

/** Starts the server on a free port of 127.0.0.1. */
export async function serveAnswers(): Promise<AnswerServer> {
  const waiting = new Map<string, Buffer>();
  const sockets = new Set<Socket>();
  let next = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    let held = "";
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      held += text;
      for (let read = readRequest(held); read !== undefined; read = readRequest(held)) {
        held = held.slice(read.length);
        socket.write(waiting.get(read.id) ?? "HTTP/1.1 500 Unknown\r\ncontent-length: 0\r\n\r\n");
        waiting.delete(read.id);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server has an AddressInfo
  return {
    answering(served, size) {
      return async (_input, init) => {
        const id = String(next++);
        waiting.set(id, written(served, size));
        const response = await fetch(`${origin}/${id}`, init);
        return Number.isFinite(size) ? recut(response, size) : response;
      };
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Cuts the body again, because fetch joins waiting chunks (Node 24: 100,000 bytes in chunks of 7 arrived in 3 reads). */
function recut(response: Response, size: number): Response {
  const reader = response.body?.getReader();
  if (reader === undefined) return response;
  let cut: Uint8Array<ArrayBuffer>[] = [];
  let next = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      while (next >= cut.length) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        cut = pieces(value, size);
        next = 0;
      }
      const piece = cut[next++];
      if (piece !== undefined) controller.enqueue(piece);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers });
}

/** The first complete request in the bytes of a connection, with one character per byte. */
function readRequest(held: string): { id: string; length: number } | undefined {
  const end = held.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = held.slice(0, end);
  const length = end + 4 + Number(/^content-length:\s*(\d+)/im.exec(head)?.[1] ?? 0);
  return held.length < length ? undefined : { id: /^\S+ \/(\S*)/.exec(head)?.[1] ?? "", length };
}

function written({ status, headers, body }: Served, size: number): Buffer {
  const head = [`HTTP/1.1 ${status} Recorded`];
  for (const [name, value] of Object.entries(headers)) if (!FRAMING.has(name.toLowerCase())) head.push(`${name}: ${value}`);
  const bare = status === 204 || status === 304;
  if (!bare) head.push("transfer-encoding: chunked");
  const chunks: Uint8Array[] = [Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1")];
  if (bare) return Buffer.concat(chunks);
  if (body.length > 0)
    for (const piece of pieces(body, size)) chunks.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n"));
  chunks.push(Buffer.from("0\r\n\r\n"));
  return Buffer.concat(chunks);
}
