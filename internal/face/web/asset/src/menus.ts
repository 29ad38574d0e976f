// Menus close on Escape and on a click elsewhere.
import { closeToast } from "./toast";

const opened = "details:is(.menu, [name=fix])[open]";

export function watchMenus(): void {
  document.addEventListener("click", (e) => {
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
