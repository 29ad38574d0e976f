// Forms that send themselves, the theme that changes at once, long forms that
// warn before they are lost, a page that stays where one was.
const place = "pollen.scroll";

// byPointer says that a field changes because it was pressed. The arrows change
// one too, and Space does, on the way to another choice: such a form waits for its
// button (WCAG 2.2, 3.2.2).
let byPointer = false;

export function watchForms(): void {
  for (const kind of ["pointerdown", "keydown"] as const) document.addEventListener(kind, () => (byPointer = kind === "pointerdown"), true);
  document.addEventListener("change", (e) => {
    const field = e.target as HTMLInputElement | HTMLSelectElement;
    const form = field.form;
    if (!form) return;
    if (field.name === "theme") {
      void keepTheme(form, field.value);
    } else if (form.matches("[data-auto]") && byPointer && !field.name.startsWith("op.") && (field instanceof HTMLSelectElement || field.type === "checkbox" || field.type === "radio")) {
      keepPlace(field);
      form.requestSubmit();
    } else if (field.matches("[data-pick-all]")) {
      for (const box of form.elements) if (box instanceof HTMLInputElement && box.name === "pick") box.checked = (field as HTMLInputElement).checked;
    }
  });
  guard();
  backToPlace();
}

async function keepTheme(form: HTMLFormElement, theme: string): Promise<void> {
  const root = document.documentElement;
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
  // A page may offer the choice twice: each says the same.
  const radios = document.querySelectorAll<HTMLInputElement>("[name=theme]");
  for (const radio of radios) radio.checked = radio.value === theme;
  try {
    await fetch(form.action, { method: "POST", redirect: "manual", body: new URLSearchParams({ theme }) });
    for (const radio of radios) radio.toggleAttribute("checked", radio.value === theme);
  } catch {
    // Not kept: the button beside it still is.
  }
}

// guard asks before a form marked data-guard is left with changes in it.
function guard(): void {
  const changed = new Set<HTMLFormElement>();
  document.addEventListener("input", (e) => {
    const form = (e.target as Element).closest<HTMLFormElement>("form[data-guard]");
    if (form) changed.add(form);
  });
  document.addEventListener("submit", (e) => changed.delete(e.target as HTMLFormElement));
  addEventListener("beforeunload", (e) => {
    for (const form of changed) if (form.isConnected) e.preventDefault();
  });
}

// keepPlace remembers how far one had read and which field one had chosen in, for
// the page that follows.
function keepPlace(field: HTMLInputElement | HTMLSelectElement): void {
  sessionStorage.setItem(place, JSON.stringify([location.pathname, scrollY, field.name, field instanceof HTMLInputElement ? field.value : null]));
}

function backToPlace(): void {
  const kept = sessionStorage.getItem(place);
  sessionStorage.removeItem(place);
  if (!kept || location.hash) return;
  const [path, y, name, value] = JSON.parse(kept) as [string, number, string, string | null];
  if (path !== location.pathname) return;
  const field = [...document.getElementsByName(name)].find((f) => value === null || (f as HTMLInputElement).value === value);
  for (let fold = field?.closest("details"); fold; fold = fold.parentElement?.closest("details")) fold.open = true;
  field?.focus({ preventScroll: true });
  scrollTo({ top: y, behavior: "instant" });
}
