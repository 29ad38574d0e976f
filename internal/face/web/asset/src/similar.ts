// Entries of the same name, shown while one types the title of a new one: a form
// with data-similar="collection" and data-title="the fields of its title".
interface Item {
  collection: string;
  slug: string;
  title: string;
}

const pause = 300;

export function watchSimilar(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-similar]");
  const list = form?.querySelector<HTMLElement>("[data-similar-list]");
  if (!form || !list) return;
  const names = (form.dataset.title ?? "").split(" ");
  let timer = 0;
  let request: AbortController | undefined;
  form.addEventListener("input", (e) => {
    if (!names.includes((e.target as HTMLInputElement).name)) return;
    clearTimeout(timer);
    request?.abort();
    timer = window.setTimeout(() => void look(), pause);
  });

  async function look(): Promise<void> {
    const words = names.map((n) => form!.querySelector<HTMLInputElement>(`[name="${n}"]`)?.value.trim() ?? "").join(" ").trim();
    if (words.length < 3) {
      list!.replaceChildren();
      return;
    }
    request = new AbortController();
    try {
      const query = new URLSearchParams({ q: words, collection: form!.dataset.similar ?? "" });
      const answer = await fetch(`/complete?${query}`, { signal: request.signal });
      if (answer.ok) tell(((await answer.json()) as { items: Item[] | null }).items ?? []);
    } catch {
      // Aborted by the next letter, or offline: publishing asks again.
    }
  }

  function tell(items: Item[]): void {
    if (items.length === 0) {
      list!.replaceChildren();
      return;
    }
    const said = document.createElement("p");
    said.textContent = list!.dataset.said ?? "";
    const ul = document.createElement("ul");
    for (const item of items.slice(0, 5)) {
      const a = document.createElement("a");
      a.href = `/c/${encodeURIComponent(item.collection)}/${encodeURIComponent(item.slug)}`;
      a.target = "_blank";
      a.rel = "noopener";
      a.textContent = item.title;
      const li = document.createElement("li");
      li.append(a);
      ul.append(li);
    }
    list!.replaceChildren(said, ul);
  }
}
