/** The part of a sign-in that happens in a browser: shows the vendor's page and waits for the person to come back. */
import { spawn } from "node:child_process";
import type { LoopbackCallback } from "@lumiverse/connections/node";
import { LumiverseError } from "@lumiverse/core";
import { askText, canAsk } from "../terminal/prompts.ts";
import type { Screen } from "../terminal/screen.ts";

export interface SignInPage {
  /** The vendor's page. */
  url: string;
  /** Where it sends the person back to. */
  callback: string;
}

/** The address with which the person comes back, or the code that they paste where no browser can reach this machine. */
export async function returnOfSignIn(page: SignInPage, server: LoopbackCallback, opens: boolean, screen: Screen): Promise<string> {
  screen.line(`Sign in here:\n${page.url}`);
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
