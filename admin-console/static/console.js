// Small comforts on top of pages that work without them: copying a link, printing, and putting the focus on what htmx has swapped in.
"use strict";

for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  const label = button.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = label; }, 3000);
  });
}

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

document.addEventListener("htmx:afterSettle", (event) => {
  const target = event.detail.elt;
  if (target instanceof HTMLElement && "focus" in target.dataset) target.focus({ preventScroll: false });
});
