/** The answers about a new provider, from options or prompts: their checks and defaults. */
import { checkBase, checkDocs, checkEnv, checkFreeId, checkModel, checkPackage, normalizeBase, titleName } from "./names.ts";
import { isProtocolId, protocols } from "./protocols.ts";
import type { ScaffoldOptions } from "./scaffold.ts";

export type Question = "id" | "protocol" | "base-url" | "name" | "docs" | "env" | "package" | "model" | "directory";
/** Unchecked answers. */
export type GivenAnswers = { [K in Question]?: string };
/** Checked answers with all defaults. */
export type Answers = Pick<ScaffoldOptions, "names" | "protocol" | "model" | "source" | "directory">;

const checks: Readonly<Record<Question, (text: string) => string | undefined>> = {
  id: checkFreeId,
  protocol: (text) =>
    isProtocolId(text) ? undefined : `there is no protocol "${text}"; the protocols are: ${Object.keys(protocols).join(", ")}`,
  "base-url": checkBase,
  name: (name) => (name.trim() === "" || /[\r\n]/.test(name) ? "the name must be one line and not empty" : undefined),
  docs: checkDocs,
  env: checkEnv,
  package: checkPackage,
  model: checkModel,
  directory: (path) => (path.trim() === "" ? "the directory is empty" : undefined),
};
/** Questions without a default. */
export const requiredQuestions: readonly Question[] = ["id", "protocol", "base-url"];

/** The problem with an answer. Undefined when it is valid. */
export function checkAnswer(question: Question, answer: string): string | undefined {
  return checks[question](answer);
}

/** All problems of the answers, missing ones included. */
export function problemsOf(given: GivenAnswers): string[] {
  return (Object.keys(checks) as Question[]).flatMap((question) => {
    const answer = given[question];
    if (answer !== undefined) return checkAnswer(question, answer) ?? [];
    return requiredQuestions.includes(question) ? [question === "id" ? "the id is missing" : `--${question} is missing`] : [];
  });
}

/** Adds placeholders for a missing protocol and base URL. The package then compiles and passes its tests, and its author corrects them later. */
export function withPlaceholders(given: GivenAnswers): GivenAnswers {
  const { id, protocol = "chat-completions" } = given;
  if (id === undefined || !isProtocolId(protocol)) return given;
  return { ...given, protocol, "base-url": given["base-url"] ?? `https://api.${id}.test${protocols[protocol].version}` };
}

/** Adds the defaults. The answers must have no problems. */
export function withDefaults(given: GivenAnswers): Answers {
  const { id = "", protocol = "", docs, env, directory = id, model, name = titleName(id) } = given;
  const base = normalizeBase(given["base-url"] ?? "");
  return {
    names: {
      id,
      name,
      base,
      docs: docs ?? new URL(base).origin,
      ...(env === undefined ? {} : { env }),
      ...(given.package === undefined ? {} : { package: given.package }),
    },
    directory,
    ...(isProtocolId(protocol) ? { protocol } : {}),
    ...(model === undefined ? {} : { model }),
    ...(docs === undefined ? {} : { source: docs }),
  };
}
