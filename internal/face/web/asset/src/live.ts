// What is marked data-live is under way: it is looked at again every second, and
// the page that follows is shown once it has ended.
export function watchLive(): void {
  const part = document.querySelector<HTMLElement>("[data-live][id]");
  if (part) setTimeout(() => void again(part), 1000);
}

async function again(part: HTMLElement): Promise<void> {
  let next: HTMLElement | null | undefined;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
  } catch {
    setTimeout(() => void again(part), 3000); // not reached just now
    return;
  }
  if (!next?.hasAttribute("data-live")) {
    location.reload();
    return;
  }
  const held = part.contains(document.activeElement) ? (document.activeElement as HTMLButtonElement).value : "";
  part.replaceChildren(...document.adoptNode(next).childNodes);
  if (held) part.querySelector<HTMLElement>(`button[value="${held}"]`)?.focus();
  watchLive();
}
