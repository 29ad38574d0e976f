// Keys: "/" searches, "e" corrects, "?" tells the keys. Not while typing.
import { open } from "./swap";

export function watchKeys(): void {
  document.addEventListener("keydown", (e) => {
    const at = e.target as Element;
    if (e.ctrlKey || e.metaKey || e.altKey || at.closest("input, textarea, select, [contenteditable], dialog")) return;
    if (e.key === "/") {
      const field = [...document.querySelectorAll<HTMLInputElement>("input[type=search][data-ahead]")].find((f) => f.checkVisibility());
      if (field) {
        e.preventDefault();
        field.focus();
        field.select();
      }
    } else if (e.key === "e") {
      const row = at.closest(".value") ?? document.querySelector(".value:target") ?? document.querySelector(".value:has(details[name=fix])");
      const fix = row?.querySelector<HTMLDetailsElement>("details[name=fix]");
      if (fix) {
        e.preventDefault();
        open(fix);
      }
    } else if (e.key === "?") {
      const help = document.getElementById("key-help");
      if (help instanceof HTMLDialogElement && !help.open) help.showModal();
    }
  });
}
