// The page: a form for the chosen provider, a card for each connection, and a chat. It knows no provider; the server sends what each one needs.
import type { Card, FormField, FormSection } from "@lumiverse/connections";
import type { Message } from "@lumiverse/core";
import { readStream } from "@lumiverse/toolkit/browser";

const get = async <T>(url: string): Promise<T> => (await fetch(url)).json();
const post = (url: string, body: unknown): Promise<Response> => fetch(url, { method: "POST", body: JSON.stringify(body) });

function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: object = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const formElement = element("form");
const cards = element("section");
const talk = element("section");
const choice = element("select", { onchange: () => void showForm() });
document.body.append(element("h1", {}, "Connections"), choice, formElement, cards, talk);

/** Draws the fields that are texts; a complete front end draws every kind. */
async function showForm(): Promise<void> {
  const provider = choice.value;
  const sections = await get<FormSection[]>(`/providers/${provider}/form`);
  if (choice.value !== provider) return; // another provider was chosen meanwhile
  formElement.dataset["provider"] = provider;
  const fields = sections.flatMap((section) => section.fields).filter(({ kind }) => ["text", "url", "model", "secret"].includes(kind));
  const isMain = ({ path }: FormField): boolean => !path.includes(".");
  formElement.replaceChildren(...fields.filter(isMain).map(drawField), element("button", {}, "Save"), element("output"));
}

function drawField({ path, title, help = "", kind, placeholder = "", required }: FormField): HTMLElement {
  const type = kind === "secret" ? "password" : "text";
  return element("p", { title: help }, element("label", {}, title, " ", element("input", { name: path, type, placeholder, required })));
}

formElement.onsubmit = async (submitted) => {
  submitted.preventDefault();
  const values = Object.fromEntries([...new FormData(formElement)].filter(([, value]) => value !== ""));
  const { issues = [] }: { issues?: { message: string }[] } = await (await post(`/providers/${choice.value}/connections`, values)).json();
  formElement.querySelector("output")?.replaceChildren(issues.map(({ message }) => message).join("; "));
  await showCards();
};

async function showCards(): Promise<void> {
  const list = await get<{ id: string; card: Card }[]>("/connections");
  const drawn = list.map(({ id, card }) =>
    element(
      "article",
      {},
      element("h2", {}, card.title),
      ...card.lines.map(({ text }) => element("p", {}, text)),
      element("button", { onclick: () => showTalk(id) }, "Chat"),
    ),
  );
  cards.replaceChildren(...drawn);
}

function showTalk(id: string): void {
  const messages: Message[] = [];
  const shown = element("pre");
  const input = element("input", { name: "message" });
  const ask = async (): Promise<void> => {
    messages.push({ role: "user", content: input.value });
    shown.append(`> ${input.value}\n`);
    input.value = "";
    const stream = readStream(post(`/connections/${id}/chat`, messages));
    try {
      for await (const event of stream) if (event.type === "text") shown.append(event.text);
      messages.push((await stream.response()).message);
    } catch (error) {
      messages.pop();
      shown.append(String(error));
    }
    shown.append("\n");
  };
  const form = element("form", {}, input, element("button", {}, "Send"));
  form.onsubmit = (submitted) => {
    submitted.preventDefault();
    void ask();
  };
  talk.replaceChildren(shown, form);
}

for (const { id, name } of await get<{ id: string; name: string }[]>("/providers")) choice.append(element("option", { value: id }, name));
await showForm();
await showCards();
