/** Prompts on a terminal for missing answers. */
import { createInterface } from "node:readline/promises";
import { checkAnswer, type GivenAnswers, type Question, requiredQuestions } from "./answers.ts";
import { envName, titleName } from "./names.ts";
import { isProtocolId, type ProtocolId, protocols } from "./protocols.ts";

interface Terminal {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
}

/** Asks for each missing answer, one line per question. An empty line takes the default. @throws AbortError on Ctrl-C and Ctrl-D */
export async function promptForAnswers(given: GivenAnswers, terminal: Terminal): Promise<GivenAnswers> {
  const lines = createInterface(terminal);
  const closed = new AbortController();
  lines.once("close", () => closed.abort()); // Ctrl-C and Ctrl-D close the input, and an open question would wait forever
  const answers: GivenAnswers = { ...given };
  try {
    for (const question of QUESTIONS) {
      if (answers[question] !== undefined) continue;
      const answer = await promptFor(question, answers, (text) => lines.question(text, { signal: closed.signal }), terminal);
      if (answer !== "") answers[question] = answer;
    }
    return answers;
  } finally {
    lines.close();
  }
}

const QUESTIONS: readonly Question[] = ["id", "protocol", "base-url", "name", "docs", "model", "env"];
const PROTOCOLS = Object.keys(protocols) as readonly ProtocolId[]; // the keys of a closed table

async function promptFor(
  question: Question,
  answers: GivenAnswers,
  readLine: (text: string) => Promise<string>,
  { output }: Terminal,
): Promise<string> {
  if (question === "protocol")
    for (const [i, id] of PROTOCOLS.entries()) output.write(`  ${i + 1}  ${id.padEnd(18)}${protocols[id].title}\n`);
  for (;;) {
    const line = (await readLine(`${textOf(question, answers)} `)).trim();
    const answer = question === "protocol" ? (PROTOCOLS[Number(line) - 1] ?? line) : line;
    if (answer === "" && !requiredQuestions.includes(question)) return "";
    const problem = checkAnswer(question, answer);
    if (problem === undefined) return answer;
    output.write(`  ${problem}\n`);
  }
}

function textOf(question: Question, { id = "acme", protocol = "" }: GivenAnswers): string {
  const version = isProtocolId(protocol) ? protocols[protocol].version : "/v1";
  switch (question) {
    case "id":
      return 'Id, for connect("acme"):';
    case "protocol":
      return "Protocol of the host (number or name):";
    case "base-url":
      return `Base URL, such as https://api.${id}.test${version}:`;
    case "name":
      return `Vendor name (${titleName(id)}):`;
    case "docs":
      return "URL of the API documentation (none):";
    case "model":
      return "Model for the first fixtures (example-model):";
    case "env":
      return `Environment variable of the key (${envName(id)}):`;
    case "package":
    case "directory":
      return `${question}:`;
    default:
      return question satisfies never;
  }
}
