// Rows of many-valued fields: added after the blank one that the server draws,
// removed, and numbered anew.
const blanks = new WeakMap<Element, HTMLElement>();
const fields = "input:not([type=hidden]), textarea, select";
let made = 0;

export function offerRows(root: ParentNode): void {
  for (const button of root.querySelectorAll<HTMLButtonElement>("[data-rows] :is([data-add], [data-remove]), [data-pick-all]")) button.hidden = false;
  for (const rows of root.querySelectorAll("[data-rows]")) {
    const last = [...rows.querySelectorAll(".row-in")].at(-1);
    if (last) blanks.set(rows, emptied(last));
  }
}

document.addEventListener("click", (e) => {
  const button = (e.target as Element).closest<HTMLButtonElement>("[data-add], [data-remove]");
  const rows = button?.closest("[data-rows]");
  if (!button || !rows) return;
  if (button.matches("[data-add]")) add(rows);
  else remove(rows, button.closest<HTMLElement>(".row-in")!);
  number(rows);
  rows.dispatchEvent(new Event("input", { bubbles: true }));
});

function add(rows: Element): void {
  const row = emptied(blanks.get(rows)!);
  [...rows.querySelectorAll(".row-in")].at(-1)!.after(row);
  row.querySelector<HTMLElement>(fields)?.focus();
}

// remove takes a row away, or what is in it where it is the only one; the focus
// goes to the row that is nearest.
function remove(rows: Element, row: HTMLElement): void {
  const all = [...rows.querySelectorAll<HTMLElement>(".row-in")];
  const at = all.indexOf(row);
  let near = all[at + 1] ?? all[at - 1];
  if (near) {
    row.remove();
  } else {
    near = emptied(row);
    row.replaceWith(near);
  }
  near.querySelector<HTMLElement>(fields)?.focus();
}

// emptied is a copy of a row without what was typed, said of it, or wired to it.
function emptied(row: Element): HTMLElement {
  const copy = row.cloneNode(true) as HTMLElement;
  for (const f of copy.querySelectorAll<HTMLInputElement>("input, textarea")) {
    f.value = f.defaultValue = "";
    if (f.id) f.id = `${f.id}-${++made}`;
    for (const name of ["lang", "title", "aria-invalid", "aria-describedby", "data-watched", "aria-controls", "aria-activedescendant"]) f.removeAttribute(name);
  }
  copy.querySelector(".ahead")?.remove();
  return copy;
}

// number says again which is the first, the second: a label marked data-nth ends
// with it.
function number(rows: Element): void {
  [...rows.querySelectorAll(".row-in")].forEach((row, i) => {
    for (const f of row.querySelectorAll("[data-nth]")) f.setAttribute("aria-label", f.getAttribute("aria-label")!.replace(/\d+$/, String(i + 1)));
  });
}
