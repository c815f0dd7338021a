/**
 * Replaces a page that cannot be drawn, for example because a newer gateway no longer has the scripts of this page. It uses no component of the page, because
 * the page has failed.
 */
export function showBrokenPage(root: HTMLElement, cause: unknown): void {
  const main = document.createElement("main");
  main.className = "broken-page";
  const title = document.createElement("h1");
  title.textContent = "The page has failed";
  const text = document.createElement("p");
  text.textContent = "Your stored data is safe. The gateway may have been updated. Load the page again to continue.";
  const reason = document.createElement("p");
  reason.textContent = cause instanceof Error ? cause.message : String(cause);
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Load the page again";
  button.addEventListener("click", () => window.location.reload());
  main.append(title, text, reason, button);
  // React empties its root after an error, so the text stands beside the root.
  root.parentElement?.append(main);
  console.error(cause);
}
