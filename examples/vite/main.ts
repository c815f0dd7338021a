// A page that calls a model without a server between them: a local server, or a vendor with the key of the person who reads the page.
// Run: npx vite vite (or npx vite build vite, which writes static files)
import { connect, isLumiverseError } from "@lumiverse/core";
import { custom } from "@lumiverse/custom/provider";

const shown = document.querySelector("pre");
document.querySelector("form")?.addEventListener("submit", async (submitted) => {
  submitted.preventDefault();
  const values = new FormData(submitted.target as HTMLFormElement); // the listener is on the form
  const value = (name: string): string => String(values.get(name) ?? "");
  shown?.replaceChildren();
  try {
    const connection = connect(custom, { baseURL: value("baseURL"), ...(value("key") === "" ? {} : { apiKey: value("key") }) });
    const stream = connection.stream({ model: value("model"), messages: [{ role: "user", content: value("text") }] });
    for await (const event of stream) if (event.type === "text") shown?.append(event.text);
  } catch (error) {
    shown?.append(isLumiverseError(error) ? `${error.message} ${error.hint ?? ""}` : String(error));
  }
});
