// Menus close on Escape, on a click elsewhere, and when the focus goes elsewhere:
// they would cover what has it (WCAG 2.2, 2.4.11).
import { closeToast } from "./toast";

const opened = "details:is(.menu, [name=fix])[open]";

export function watchMenus(): void {
  for (const kind of ["click", "focusin"]) document.addEventListener(kind, (e) => {
    for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
      if (!menu.contains(e.target as Node)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || e.defaultPrevented) return;
    const inside = (e.target as Element).closest<HTMLDetailsElement>(opened);
    const menu = inside ?? document.querySelector<HTMLDetailsElement>("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    } else {
      closeToast();
    }
  });
}
