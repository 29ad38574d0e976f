// Pollen without script is whole; this makes it quicker. "/" goes to the
// search, titles are offered while one types, menus close on Escape.
"use strict";

document.addEventListener("keydown", (e) => {
  const typing = e.target.closest("input, textarea, select, [contenteditable]");
  if (e.key === "/" && !typing && !e.ctrlKey && !e.metaKey && !e.altKey) {
    const field = document.querySelector("input[type=search]");
    if (field) { e.preventDefault(); field.focus(); field.select(); }
  }
  if (e.key === "Escape") {
    const menu = e.target.closest("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  }
});

document.addEventListener("click", (e) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(e.target)) menu.open = false;
  }
});

// Type-ahead as a combobox (WAI-ARIA Authoring Practices, list autocomplete).
for (const field of document.querySelectorAll("input[data-complete]")) {
  const list = document.createElement("div");
  list.className = "ahead";
  list.id = field.id + "-ahead";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.dataset.complete);
  list.hidden = true;
  field.closest(".search").append(list);
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-expanded", "false");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-autocomplete", "list");
  let timer, request, active = -1;

  const show = (items) => {
    list.replaceChildren(...items.map((item, i) => {
      const a = document.createElement("a");
      a.href = `/c/${item.collection}/${item.slug}`;
      a.id = `${list.id}-${i}`;
      a.setAttribute("role", "option");
      a.setAttribute("aria-selected", "false");
      a.tabIndex = -1;
      const dot = document.createElement("span"), title = document.createElement("span"), kind = document.createElement("span");
      dot.className = "grain";
      title.textContent = item.title;
      kind.className = "faint xs";
      kind.textContent = item.label;
      a.append(dot, title, kind);
      return a;
    }));
    active = -1;
    field.removeAttribute("aria-activedescendant");
    list.hidden = items.length === 0;
    field.setAttribute("aria-expanded", String(items.length > 0));
  };

  const choose = (next) => {
    const options = list.children;
    if (options.length === 0) return;
    if (active >= 0) options[active].setAttribute("aria-selected", "false");
    active = (next + options.length) % options.length;
    options[active].setAttribute("aria-selected", "true");
    field.setAttribute("aria-activedescendant", options[active].id);
  };

  field.addEventListener("input", () => {
    clearTimeout(timer);
    if (request) request.abort();
    const q = field.value.trim();
    if (q.length < 2) { show([]); return; }
    timer = setTimeout(async () => {
      request = new AbortController();
      try {
        const answer = await fetch("/complete?q=" + encodeURIComponent(q), { signal: request.signal });
        if (answer.ok) show((await answer.json()).items);
      } catch (e) {
        if (e.name !== "AbortError") show([]);
      }
    }, 150);
  });
  field.addEventListener("keydown", (e) => {
    if (list.hidden) return;
    if (e.key === "ArrowDown") { e.preventDefault(); choose(active + 1); }
    else if (e.key === "ArrowUp") { e.preventDefault(); choose(active - 1); }
    else if (e.key === "Escape") { e.stopPropagation(); show([]); }
    else if (e.key === "Enter" && active >= 0) { e.preventDefault(); list.children[active].click(); }
  });
  field.addEventListener("blur", () => setTimeout(() => show([]), 200));
}
