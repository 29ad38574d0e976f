// Titles offered while one types: a combobox with a list popup (WAI-ARIA
// Authoring Practices 1.2, "Editable Combobox With List Autocomplete"). A search
// field leads to what is chosen; a picker of references keeps it.
interface Item {
  id?: string;
  collection: string;
  slug: string;
  title: string;
  label?: string;
}

const pause = 150;
const selector = "input[data-ahead], input[data-pick]";

export function watchFields(): void {
  // Fields come and go with the rows they stand in, so each is wired when it is
  // first typed in.
  document.addEventListener("focusin", (e) => {
    const field = e.target as HTMLInputElement;
    if (field.matches?.(selector) && !field.dataset.watched) {
      field.dataset.watched = "";
      new Ahead(field);
    }
  });
}

let count = 0;

class Ahead {
  private readonly list = document.createElement("div");
  private readonly picks: boolean;
  private timer = 0;
  private request?: AbortController;
  private active = -1;
  // taken says that the press of Enter under way has taken an option: it must
  // not submit the form as well, which would replace where the option leads.
  private taken = false;

  constructor(private readonly field: HTMLInputElement) {
    this.picks = field.matches("[data-pick]");
    this.list.className = "ahead";
    this.list.id = `ahead-${++count}`;
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", field.dataset.listLabel ?? field.getAttribute("aria-label") ?? field.labels?.[0]?.textContent ?? "");
    (field.closest(".search, .pick") ?? field.parentElement!).append(this.list);
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", this.list.id);
    field.setAttribute("aria-expanded", "false");
    field.addEventListener("input", () => this.ask());
    field.addEventListener("keydown", (e) => this.key(e));
    for (const over of ["keyup", "focus"]) field.addEventListener(over, () => (this.taken = false));
    field.form?.addEventListener("submit", (e) => this.taken && e.preventDefault());
    field.addEventListener("blur", () => this.show([]));
    // A press on the list must not take the focus from the field.
    this.list.addEventListener("pointerdown", (e) => e.preventDefault());
  }

  private ask(): void {
    clearTimeout(this.timer);
    this.request?.abort();
    const words = this.field.value.trim();
    if (words.length < 2) {
      this.show([]);
      return;
    }
    this.timer = window.setTimeout(() => void this.fetch(words), pause);
  }

  private async fetch(words: string): Promise<void> {
    this.request = new AbortController();
    const query = new URLSearchParams({ q: words });
    if (this.field.dataset.collection) query.set("collection", this.field.dataset.collection);
    try {
      const answer = await fetch(`/complete?${query}`, { signal: this.request.signal });
      if (!answer.ok || document.activeElement !== this.field) return;
      const { items } = (await answer.json()) as { items: Item[] | null };
      this.show(items ?? [], words);
    } catch {
      // Aborted by the next letter, or offline: the form itself still works.
    }
  }

  private show(items: Item[], words = ""): void {
    const options = items.map((item) => this.option(item, words));
    if (options.length > 0 && !this.picks) options.push(this.everything(words));
    options.forEach((o, i) => (o.id = `${this.list.id}-${i}`));
    // An answer that comes late leaves what was chosen with the arrows chosen.
    const chosen = this.list.children[this.active]?.textContent;
    this.list.replaceChildren(...options);
    this.active = chosen ? options.findIndex((o) => o.textContent === chosen) : -1;
    this.mark();
    this.list.hidden = options.length === 0;
    this.field.setAttribute("aria-expanded", String(options.length > 0));
  }

  // mark shows which option Enter would take.
  private mark(): void {
    [...this.list.children].forEach((o, i) => o.setAttribute("aria-selected", String(i === this.active)));
    const option = this.list.children[this.active];
    if (option) {
      option.scrollIntoView({ block: "nearest" });
      this.field.setAttribute("aria-activedescendant", option.id);
    } else {
      this.field.removeAttribute("aria-activedescendant");
    }
  }

  private option(item: Item, words: string): HTMLElement {
    const href = `/c/${encodeURIComponent(item.collection)}/${encodeURIComponent(item.slug)}`;
    const option = this.line(item.collection === "people" ? "persona" : "source", marked(item.title, words), item.label ?? item.collection);
    option.addEventListener("click", () => (this.picks ? this.pick(item) : location.assign(href)));
    return option;
  }

  private everything(words: string): HTMLElement {
    const said = document.createElement("span");
    const strong = document.createElement("mark");
    strong.textContent = words;
    said.append(`${this.field.dataset.all ?? ""} `, strong);
    const option = this.line("search", said, "↵");
    option.dataset.everything = "";
    option.addEventListener("click", () => this.field.form?.requestSubmit());
    return option;
  }

  private line(icon: string, said: HTMLElement, kind: string): HTMLElement {
    const option = document.createElement("div");
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    const about = document.createElement("span");
    about.className = "faint xs";
    about.textContent = kind;
    option.append(picture(icon), said, about);
    return option;
  }

  private pick(item: Item): void {
    const ref = item.id ?? (this.field.dataset.collection ? item.slug : `${item.collection}/${item.slug}`);
    this.field.value = item.title;
    const hidden = this.field.parentElement?.querySelector<HTMLInputElement>("input[type=hidden]");
    if (hidden) hidden.value = `${ref} ${item.title}`;
    this.show([]);
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  private key(e: KeyboardEvent): void {
    if (this.list.hidden) return;
    const options = this.list.children;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      const step = e.key === "ArrowDown" ? 1 : this.active < 0 ? 0 : -1;
      this.active = (this.active + step + options.length) % options.length;
      if (e.key === "ArrowUp" && step === 0) this.active = options.length - 1;
      this.mark();
    } else if (e.key === "Enter" && this.active >= 0) {
      e.preventDefault();
      const option = options[this.active] as HTMLElement;
      this.taken = !option.matches("[data-everything]");
      option.click();
    } else if (e.key === "Escape") {
      e.preventDefault();
      e.stopPropagation();
      this.show([]);
    }
  }
}

// picture is an icon of the sprite that the page uses already.
function picture(name: string): SVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  const known = document.querySelector("svg use")?.getAttribute("href") ?? "";
  use.setAttribute("href", `${known.split("#")[0]}#${name}`);
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

const fold = (s: string): string => s.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

// marked marks the beginnings of words that were typed, accents and case set
// aside. A title that folding makes longer or shorter is left unmarked.
function marked(title: string, words: string): HTMLElement {
  const said = document.createElement("span");
  const letters = [...title];
  const folded = letters.map(fold);
  const wanted = fold(words).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  let from = 0;
  const isLetter = (i: number) => /[\p{L}\p{N}]/u.test(letters[i] ?? "");
  for (let i = 0; i < letters.length; ) {
    const starts = isLetter(i) && !isLetter(i - 1);
    const found = starts ? wanted.filter((w) => folded.slice(i, i + w.length).join("") === w).sort((a, b) => b.length - a.length)[0] : undefined;
    if (!found) {
      i++;
      continue;
    }
    const mark = document.createElement("mark");
    mark.textContent = letters.slice(i, i + found.length).join("");
    said.append(letters.slice(from, i).join(""), mark);
    from = i += found.length;
  }
  said.append(letters.slice(from).join(""));
  return said;
}
