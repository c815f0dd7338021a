/** Reads one page of an unknown server, which may send slowly, without end, or nonsense. A given `fetch` may ignore its signal. */

/** The answer to one request. */
export interface Page {
  status: number;
  headers: Headers;
  text: string;
  /** Absent when the text is no JSON. */
  json?: unknown;
}

interface Options {
  fetch?: typeof fetch;
  headers?: Record<string, string>;
  /** A JSON body, which is sent with POST. Absent: GET. */
  body?: string;
  signal: AbortSignal;
}

/** Characters of a page that are read. */
const LONGEST_PAGE = 2_000_000;

/** The page, or undefined when the server does not answer it before the signal aborts. Redirects are not followed. */
export async function readPage(url: string, { fetch: send = fetch, headers = {}, body, signal }: Options): Promise<Page | undefined> {
  let stop = (): void => {};
  const stopped = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
  });
  signal.addEventListener("abort", stop, { once: true });
  try {
    if (signal.aborted) return undefined;
    const posted = body === undefined ? { headers } : { method: "POST", body, headers: { "content-type": "application/json", ...headers } };
    return await Promise.race([read(() => send(url, { ...posted, redirect: "manual", signal }), stopped), stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function read(send: () => Promise<Response>, stopped: Promise<undefined>): Promise<Page | undefined> {
  try {
    const response = await send();
    const text = await readStart(response, stopped);
    const page: Page = { status: response.status, headers: response.headers, text };
    try {
      page.json = JSON.parse(text);
    } catch {
      // Not JSON.
    }
    return page;
  } catch {
    return undefined;
  }
}

async function readStart(response: Response, stopped: Promise<undefined>): Promise<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const cancel = (): void => void reader?.cancel().catch(() => {});
  void stopped.then(cancel);
  let text = "";
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
    text += value ?? "";
    if (done || text.length > LONGEST_PAGE) break;
  }
  cancel();
  return text;
}
