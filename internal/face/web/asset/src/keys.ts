// Keys: "/" searches, "e" corrects the value that has the focus, "?" tells the
// keys. Not while typing, and not for who turned them off: who speaks to the
// browser would press them by chance (WCAG 2.2, 2.1.4).
import { open } from "./swap";

export function watchKeys(): void {
  document.addEventListener("keydown", (e) => {
    const at = e.target as Element;
    if (document.documentElement.dataset.keys === "off" || e.ctrlKey || e.metaKey || e.altKey || at.closest("input, textarea, select, [contenteditable], dialog")) return;
    if (e.key === "/") {
      const field = [...document.querySelectorAll<HTMLInputElement>("input[type=search][data-ahead]")].find((f) => f.checkVisibility());
      if (field) {
        e.preventDefault();
        field.focus();
        field.select();
      }
    } else if (e.key === "e") {
      const fix = at.closest(".value")?.querySelector<HTMLDetailsElement>("details[name=fix]");
      if (fix) {
        e.preventDefault();
        open(fix);
      }
    } else if (e.key === "?") {
      help();
    }
  });
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-keys-help]")) {
    button.hidden = false;
    button.addEventListener("click", help);
  }
}

function help(): void {
  const dialog = document.getElementById("key-help");
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}
