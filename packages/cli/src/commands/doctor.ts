import { type CauseId, type Diagnosis, diagnose, diagnoseSubject, type Step } from "@lumiverse/connections";
import { nodeNetwork } from "@lumiverse/connections/node";
import { Command } from "commander";
import { catalogueDefault } from "../connection/default-model.ts";
import { type ConnectionOptions, withConnectionOptions } from "../connection/options.ts";
import { bindingOf, type Target, withTarget } from "../connection/target.ts";
import { wholeNumber } from "../request/options.ts";
import { type ExitCode, exitCodes } from "../terminal/exit-code.ts";
import { printableLine } from "../terminal/printable.ts";
import { type Progress, type Screen, styled } from "../terminal/screen.ts";
import type { CommandContext } from "./context.ts";

interface Options extends ConnectionOptions {
  model?: string;
  timeout?: number;
}

export function doctorCommand({ screen, setExitCode }: CommandContext): Command {
  const command = new Command("doctor")
    .description("find out why a connection does not work: follows the request that chat would send, and says what to do")
    .argument("[connection]", "a connection's name or a provider's id (default: the default connection)")
    .option("-m, --model <id>", "a model other than the connection's")
    .option("--timeout <seconds>", "how long to wait for the chat, such as for a model that is still loading (default: 120)", wholeNumber)
    .option("--json", "print one JSON object: the diagnosis, or {error}");
  return withConnectionOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  lumiverse doctor
  lumiverse doctor Router
  lumiverse doctor custom --base-url http://localhost:1234 --model qwen3
  lumiverse doctor zai --json | jq -r .cause

It sends a chat and a stream of a few tokens, which cost as much as they would in a conversation.
Exit codes: 0 healthy, 2 the connection itself, 3 the key, 4 the network, 5 refused by the provider.`,
    )
    .action((name: string | undefined, options: Options) =>
      withTarget(name, options, screen, async (target) => {
        const reporter = stepReporter(screen);
        const diagnosis = await examine(target, options, reporter.onStep, screen.signal).finally(reporter.stop);
        setExitCode(exitCodeOf(diagnosis));
        if (screen.json) return screen.outJson(diagnosis);
        for (const step of diagnosis.steps) await screen.outStyled(`${stepLine(step)}\n`);
        await screen.outStyled(`\n${styled(diagnosis.healthy ? "green" : "red", printableLine(diagnosis.sentence))}\n`);
      }),
    );
}

async function examine(target: Target, options: Options, onStep: (step: Step) => void, signal: AbortSignal): Promise<Diagnosis> {
  const { profile, saved, provider } = target;
  const settings = {
    network: nodeNetwork,
    onStep,
    signal,
    ...(options.timeout === undefined ? {} : { chatTimeoutMs: options.timeout * 1000 }),
  };
  const isAsStored = options.model === undefined && options.setting === undefined;
  if (profile !== undefined && saved !== undefined && isAsStored) return diagnose(saved.profiles, profile.id, settings);
  const model = options.model ?? target.model ?? (await catalogueDefault(provider, target.settings))?.id ?? "";
  return diagnoseSubject({ name: target.name, model, ...bindingOf(target), source: await target.source() }, settings);
}

/** Shows the step that runs, or that a server does not answer. */
function stepReporter(screen: Screen): { onStep: (step: Step) => void; stop: () => void } {
  let progress: Progress | undefined = screen.progress("examining");
  return {
    onStep({ step, state, text }) {
      progress?.stop();
      progress = screen.progress(state === "unknown" ? text : `${step} done, going on`);
    },
    stop: () => progress?.stop(),
  };
}

function stepLine({ step, state, text, ms }: Step): string {
  const mark = state === "ok" ? styled("green", "ok     ") : state === "failed" ? styled("red", "failed ") : styled("dim", "unknown");
  return `${mark} ${step.padEnd(7)} ${printableLine(text)}${ms >= 1000 ? styled("dim", ` (${(ms / 1000).toFixed(1)} s)`) : ""}`;
}

function exitCodeOf({ healthy, cause }: Diagnosis): ExitCode {
  if (healthy || cause === undefined) return exitCodes.ok;
  return BY_CAUSE[cause] ?? exitCodes.provider;
}

const BY_CAUSE: Readonly<Partial<Record<CauseId, ExitCode>>> = {
  "provider-missing": exitCodes.usage,
  "settings-invalid": exitCodes.usage,
  "url-invalid": exitCodes.usage,
  "model-missing": exitCodes.usage,
  "version-missing": exitCodes.usage,
  "version-doubled": exitCodes.usage,
  "wrong-path": exitCodes.usage,
  "wrong-protocol": exitCodes.usage,
  "html-page": exitCodes.usage,
  "not-a-model-server": exitCodes.usage,
  "no-chat-api": exitCodes.usage,
  "not-http": exitCodes.usage,
  "port-blocked": exitCodes.usage,
  redirected: exitCodes.usage,
  "vault-locked": exitCodes.key,
  "secret-damaged": exitCodes.key,
  "key-missing": exitCodes.key,
  "key-malformed": exitCodes.key,
  "key-wrong": exitCodes.key,
  "key-of-other-vendor": exitCodes.key,
  "server-wants-key": exitCodes.key,
  "key-wrong-product": exitCodes.key,
  "management-key": exitCodes.key,
  "key-restricted": exitCodes.key,
  "service-account-gone": exitCodes.key,
  "host-not-found": exitCodes.network,
  "dns-unavailable": exitCodes.network,
  "container-localhost": exitCodes.network,
  "nothing-listens": exitCodes.network,
  "other-address": exitCodes.network,
  unreachable: exitCodes.network,
  "address-not-allowed": exitCodes.network,
  "connection-closed": exitCodes.network,
  "certificate-expired": exitCodes.network,
  "certificate-untrusted": exitCodes.network,
  "certificate-name": exitCodes.network,
  "plain-server": exitCodes.network,
  "secure-server": exitCodes.network,
  "clock-off": exitCodes.network,
  "certificate-not-yet-valid": exitCodes.network,
  "proxy-login": exitCodes.network,
  "proxy-unused": exitCodes.network,
  "proxy-unreachable": exitCodes.network,
  "proxy-refused": exitCodes.network,
  "name-blocked": exitCodes.network,
  "tls-incompatible": exitCodes.network,
  "tls-refused": exitCodes.network,
  "client-certificate": exitCodes.network,
  "http2-only": exitCodes.network,
  "redirect-broken": exitCodes.network,
  "ipv6-only": exitCodes.network,
  "site-login": exitCodes.network,
  "login-page": exitCodes.network,
  "answer-cut": exitCodes.network,
  "chat-timeout": exitCodes.network,
};
