// Forms that send themselves, the theme that changes at once, long forms that
// warn before they are lost, a page that stays where one was.
const place = "pollen.scroll";

export function watchForms(): void {
  document.addEventListener("change", (e) => {
    const field = e.target as HTMLInputElement | HTMLSelectElement;
    const form = field.form;
    if (!form) return;
    if (field.name === "theme") {
      void keepTheme(form, field.value);
    } else if (form.matches("[data-auto]") && !field.name.startsWith("op.") && (field instanceof HTMLSelectElement || field.type === "checkbox" || field.type === "radio")) {
      keepPlace();
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
  try {
    await fetch(form.action, { method: "POST", redirect: "manual", body: new URLSearchParams({ theme }) });
    for (const radio of form.querySelectorAll<HTMLInputElement>("[name=theme]")) radio.toggleAttribute("checked", radio.value === theme);
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

// keepPlace remembers how far one had read, for the page that follows.
function keepPlace(): void {
  sessionStorage.setItem(place, JSON.stringify([location.pathname, scrollY]));
}

function backToPlace(): void {
  const kept = sessionStorage.getItem(place);
  sessionStorage.removeItem(place);
  if (!kept || location.hash) return;
  const [path, y] = JSON.parse(kept) as [string, number];
  if (path === location.pathname) scrollTo({ top: y, behavior: "instant" });
}
