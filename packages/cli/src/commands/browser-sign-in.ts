/** A sign-in on the vendor's page in a browser. */
import { spawn } from "node:child_process";
import { type LoopbackCallback, listenForCallback } from "@lumiverse/connections/node";
import { LumiverseError } from "@lumiverse/core";
import { askText, canAsk } from "../terminal/prompts.ts";
import type { Screen } from "../terminal/screen.ts";

export interface SignInPage {
  /** The vendor's page. */
  url: string;
  /** The address to which the vendor redirects. */
  callback: string;
}

export interface SignInOptions {
  /** The port that waits for the redirect. Default: any free port. */
  port?: number;
  /** Opens a browser. */
  open: boolean;
}

export interface SignInSteps<Page extends SignInPage, Result> {
  /** @param callback the address that waits for the redirect */
  begin(callback: string): Promise<Page>;
  /** @param returned the address to which the vendor redirected, or the code that the person pasted */
  finish(page: Page, returned: string): Promise<Result>;
}

/** Begins a sign-in, shows the vendor's page, waits for the redirect, and finishes the sign-in. */
export async function signInWithBrowser<Page extends SignInPage, Result>(
  options: SignInOptions,
  screen: Screen,
  { begin, finish }: SignInSteps<Page, Result>,
): Promise<Result> {
  const server = await listenForCallback(options.port ?? 0);
  try {
    const page = await begin(server.url);
    return await finish(page, await returnOfSignIn(page, server, options.open, screen));
  } finally {
    server.close();
  }
}

/** The address to which the vendor redirected, or the code that the person pasted because no browser can reach this machine. */
async function returnOfSignIn(page: SignInPage, server: LoopbackCallback, opens: boolean, screen: Screen): Promise<string> {
  screen.line("Sign in here:");
  screen.line(page.url);
  if (opens && process.stderr.isTTY) openBrowser(page.url);
  const stop = new AbortController();
  const signal = AbortSignal.any([screen.signal, stop.signal]);
  const asks = canAsk(screen);
  const progress = asks ? { stop() {} } : screen.progress("waiting for the sign-in page");
  const returns = [server.wait(page.callback, signal)];
  if (asks)
    returns.push(
      askText("Waiting for the page. Without a browser here: paste the address it led to, or its code", { required: true, signal }),
    );
  for (const one of returns) one.catch(() => {}); // the one that is not needed is cancelled
  try {
    return await Promise.race(returns);
  } catch (cause) {
    throw new LumiverseError({ code: "aborted", message: "the sign-in was cancelled", cause });
  } finally {
    progress.stop();
    stop.abort();
  }
}

function openBrowser(url: string): void {
  const [program, ...args] =
    process.platform === "darwin" ? ["open"] : process.platform === "win32" ? ["rundll32", "url.dll,FileProtocolHandler"] : ["xdg-open"];
  const child = spawn(program ?? "", [...args, url], { stdio: "ignore", detached: true });
  // Without a browser, the person can copy the URL from the screen.
  child.on("error", () => {});
  child.unref();
}
