import { createInterface } from "node:readline/promises";
import { type Asked, checkAnswer, needed, type Question } from "./answers.ts";
import { envName, titleName } from "./names.ts";
import { isWire, type Wire, wires } from "./wires.ts";

interface Terminal {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
}

/** Asks on a terminal for what was not given, one line a question; an empty line takes the default. */
export async function ask(given: Asked, terminal: Terminal): Promise<Asked> {
  const lines = createInterface(terminal);
  const gone = new AbortController();
  lines.once("close", () => gone.abort()); // Ctrl-D and Ctrl-C: an open question would never be answered
  const asked: Asked = { ...given };
  try {
    for (const question of QUESTIONS) {
      if (asked[question] !== undefined) continue;
      const answer = await one(question, asked, (text) => lines.question(text, { signal: gone.signal }), terminal);
      if (answer !== "") asked[question] = answer;
    }
    return asked;
  } finally {
    lines.close();
  }
}

const QUESTIONS: readonly Question[] = ["id", "protocol", "base-url", "name", "docs", "model", "env"];
const WIRES = Object.keys(wires) as readonly Wire[]; // the keys of a closed table

async function one(question: Question, asked: Asked, line: (text: string) => Promise<string>, { output }: Terminal): Promise<string> {
  if (question === "protocol")
    for (const [i, wire] of WIRES.entries()) output.write(`  ${i + 1}  ${wire.padEnd(18)}${wires[wire].title}\n`);
  for (;;) {
    const said = (await line(`${textOf(question, asked)} `)).trim();
    const answer = question === "protocol" ? (WIRES[Number(said) - 1] ?? said) : said;
    if (answer === "" && !needed.includes(question)) return "";
    const wrong = checkAnswer(question, answer);
    if (wrong === undefined) return answer;
    output.write(`  ${wrong}\n`);
  }
}

function textOf(question: Question, { id = "acme", protocol = "" }: Asked): string {
  const version = isWire(protocol) ? wires[protocol].version : "/v1";
  switch (question) {
    case "id":
      return 'Id, as in connect("acme"):';
    case "protocol":
      return "Wire format that the host speaks, by number or name:";
    case "base-url":
      return `Base URL, such as https://api.${id}.test${version}:`;
    case "name":
      return `Name, as its vendor writes it (${titleName(id)}):`;
    case "docs":
      return "URL of its API documentation (none):";
    case "model":
      return "A model of it, for the first fixtures (example-model):";
    case "env":
      return `Environment variable of the key (${envName(id)}):`;
    case "package":
    case "directory":
      return `${question}:`;
    default:
      return question satisfies never;
  }
}
