// A toast is the notice of an answer, shown beside what one was doing.
let current: HTMLElement | undefined;
let timer = 0;

export function toast(notice: HTMLElement): void {
  current?.remove();
  const box = document.createElement("div");
  box.className = "toast";
  box.setAttribute("role", "status");
  document.body.append(box);
  // A live region is read aloud when it changes, not when it appears.
  requestAnimationFrame(() => box.append(...notice.childNodes));
  current = box;
  const leave = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      if (box.matches(":hover, :focus-within")) leave();
      else box.remove();
    }, 12_000);
  };
  leave();
}

export function closeToast(): boolean {
  const open = current?.isConnected ?? false;
  current?.remove();
  current = undefined;
  return open;
}
