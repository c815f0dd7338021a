/**
 * Replaces the page when it cannot be drawn, such as when a newer gateway no longer has the scripts of this page. Nothing of the page is used, because it failed.
 */
export function showBrokenPage(root: HTMLElement, cause: unknown): void {
  const main = document.createElement("main");
  main.className = "broken-page";
  const title = document.createElement("h1");
  title.textContent = "The page has failed";
  const text = document.createElement("p");
  text.textContent = "What is stored is safe. Load the page again to go on; the gateway may have been updated meanwhile.";
  const reason = document.createElement("p");
  reason.textContent = cause instanceof Error ? cause.message : String(cause);
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Load the page again";
  button.addEventListener("click", () => window.location.reload());
  main.append(title, text, reason, button);
  // React has emptied its root by then.
  root.parentElement?.append(main);
  console.error(cause);
}
