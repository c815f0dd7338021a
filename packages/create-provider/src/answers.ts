import { checkBase, checkDocs, checkEnv, checkId, checkModel, checkPackage, plainBase, titleName } from "./names.ts";
import type { ScaffoldOptions } from "./scaffold.ts";
import { isWire, wires } from "./wires.ts";

/** What a person said, by option or when asked; nothing of it is checked. */
export type Asked = { [K in Question]?: string };
export type Question = "id" | "protocol" | "base-url" | "name" | "docs" | "env" | "package" | "model" | "directory";
export type Answers = Pick<ScaffoldOptions, "names" | "protocol" | "model" | "source" | "directory">;

const checks: Readonly<Record<Question, (text: string) => string | undefined>> = {
  id: checkId,
  protocol: (word) => (isWire(word) ? undefined : `"${word}" is no wire format; there are: ${Object.keys(wires).join(", ")}`),
  "base-url": checkBase,
  name: (name) => (name.trim() === "" || /[\r\n]/.test(name) ? "the name is one line with a word in it" : undefined),
  docs: checkDocs,
  env: checkEnv,
  package: checkPackage,
  model: checkModel,
  directory: (path) => (path.trim() === "" ? "the directory has no name" : undefined),
};
/** Without these nothing can be written; the others have a default. */
export const needed: readonly Question[] = ["id", "protocol", "base-url"];

/** What is wrong with an answer, or undefined. */
export function checkAnswer(question: Question, answer: string): string | undefined {
  return checks[question](answer);
}

/** Everything that is wrong with what was said, what is missing included. */
export function problemsOf(asked: Asked): string[] {
  return (Object.keys(checks) as Question[]).flatMap((question) => {
    const answer = asked[question];
    if (answer !== undefined) return checkAnswer(question, answer) ?? [];
    return needed.includes(question) ? [question === "id" ? "the provider has no id" : `--${question} is missing`] : [];
  });
}

/**
 * What was not said and is needed, with a stand-in: enough for a provider that compiles and passes, and is to be corrected. For scripts that nobody can be
 * asked by; who starts a package of their own is told what is missing.
 */
export function withStandIns(asked: Asked): Asked {
  const { id, protocol = "chat-completions" } = asked;
  if (id === undefined || !isWire(protocol)) return asked;
  return { ...asked, protocol, "base-url": asked["base-url"] ?? `https://api.${id}.test${wires[protocol].version}` };
}

/** The whole from what was said: call it when there are no problems. */
export function complete(asked: Asked): Answers {
  const { id = "", protocol = "", docs, env, directory = id, model, name = titleName(id) } = asked;
  const base = plainBase(asked["base-url"] ?? "");
  return {
    names: {
      id,
      name,
      base,
      docs: docs ?? new URL(base).origin,
      ...(env === undefined ? {} : { env }),
      ...(asked.package === undefined ? {} : { package: asked.package }),
    },
    directory,
    ...(isWire(protocol) ? { protocol } : {}),
    ...(model === undefined ? {} : { model }),
    ...(docs === undefined ? {} : { source: docs }),
  };
}
