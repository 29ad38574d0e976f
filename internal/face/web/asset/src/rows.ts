// Rows of many-valued fields: added from the blank one that the server always
// draws, removed, and numbered anew.
export function offerRows(root: ParentNode): void {
  for (const button of root.querySelectorAll<HTMLButtonElement>("[data-rows] :is([data-add], [data-remove]), [data-pick-all]")) button.hidden = false;
}

document.addEventListener("click", (e) => {
  const button = (e.target as Element).closest<HTMLButtonElement>("[data-add], [data-remove]");
  const rows = button?.closest("[data-rows]");
  if (!button || !rows) return;
  const all = rows.querySelectorAll<HTMLElement>(".row-in");
  if (button.matches("[data-add]")) {
    const last = all[all.length - 1];
    const next = last.cloneNode(true) as HTMLElement;
    next.querySelectorAll("input, textarea").forEach((field) => {
      const f = field as HTMLInputElement;
      f.value = "";
      f.removeAttribute("value");
      if (f.id) f.id = `${f.id}-${all.length}`;
      f.removeAttribute("lang");
      delete f.dataset.watched;
    });
    next.querySelector(".ahead")?.remove();
    last.after(next);
    next.querySelector<HTMLInputElement>("input:not([type=hidden]), textarea")?.focus();
  } else {
    const row = button.closest<HTMLElement>(".row-in")!;
    const near = (row.nextElementSibling ?? row.previousElementSibling)?.querySelector<HTMLElement>("input:not([type=hidden])");
    if (all.length > 1) row.remove();
    else row.querySelectorAll("input").forEach((f) => (f.value = ""));
    near?.focus();
  }
  rows.dispatchEvent(new Event("input", { bubbles: true }));
});
