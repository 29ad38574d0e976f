// In-place saving. A form with data-swap="id" is sent in the background; the
// answer is the page that would have followed, or the row alone. The element of
// that id is taken from it, and its notice becomes a toast.
import { toast } from "./toast";
import { offerRows } from "./rows";

export function watchSwaps(): void {
  document.addEventListener("submit", (e) => {
    const form = e.target as HTMLFormElement;
    const button = e.submitter as HTMLButtonElement | null;
    const id = form.dataset?.swap;
    if (!id || e.defaultPrevented) return;
    const row = document.getElementById(id);
    if (!row) return;
    e.preventDefault();
    void save(form, button, row);
  });
  // The field has the focus at once: what is typed right after the press must
  // not be lost, and the event that tells of opening comes later.
  document.addEventListener("click", (e) => {
    const details = (e.target as Element).closest?.("summary")?.parentElement;
    if (details instanceof HTMLDetailsElement && details.name === "fix" && !details.open) {
      e.preventDefault();
      open(details);
    }
  });
  document.addEventListener("toggle", (e) => {
    const details = e.target as HTMLDetailsElement;
    if (details.open && details.name === "fix" && !details.querySelector("form")?.contains(document.activeElement)) focusField(details);
  }, true);
}

export function open(details: HTMLDetailsElement): void {
  details.open = true;
  focusField(details);
}

function focusField(details: HTMLDetailsElement): void {
  const field = details.querySelector<HTMLInputElement>("form :is(input:not([type=hidden]), textarea, select)[name=value]")
    ?? details.querySelector<HTMLInputElement>("form :is(input:not([type=hidden]), textarea, select)");
  field?.focus();
  if (field && "select" in field && field.type !== "checkbox" && field.type !== "radio" && field.type !== "file") field.select();
}

async function save(form: HTMLFormElement, button: HTMLButtonElement | null, row: HTMLElement): Promise<void> {
  const data = new FormData(form, button);
  const multipart = form.enctype === "multipart/form-data";
  row.setAttribute("aria-busy", "true");
  let answer: Response, text: string;
  try {
    answer = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "text/html", "Pollen-Part": row.id },
      body: multipart ? data : new URLSearchParams(data as unknown as Record<string, string>),
    });
    text = await answer.text();
  } catch {
    row.removeAttribute("aria-busy");
    resend(form, button);
    return;
  }
  row.removeAttribute("aria-busy");
  const page = new DOMParser().parseFromString(text, "text/html");
  const next = page.getElementById(row.id);
  if (!next) {
    // The answer is another page: a sign-in, or a refusal.
    if (answer.redirected) location.assign(answer.url);
    else resend(form, button);
    return;
  }
  document.adoptNode(next);
  row.replaceWith(next);
  if (page.title) document.title = page.title;
  offerRows(next);
  const fix = next.querySelector<HTMLDetailsElement>("details[name=fix]");
  if (fix?.open) {
    focusField(fix);
  } else {
    fix?.querySelector("summary")?.focus({ preventScroll: true });
  }
  // What else the correction changed on the page: its title, who keeps it.
  for (const also of page.querySelectorAll<HTMLElement>("[data-also][id]")) {
    document.getElementById(also.id)?.replaceWith(document.adoptNode(also));
  }
  const notice = page.querySelector<HTMLElement>("[data-notice=done]");
  if (notice) toast(document.adoptNode(notice));
}

// resend sends a form the plain way: the browser shows what comes of it.
function resend(form: HTMLFormElement, button: HTMLButtonElement | null): void {
  delete form.dataset.swap;
  form.requestSubmit(button);
}
