// A file that is sent to be imported: dropped anywhere on its form, refused at
// once when it is too large, and sent with a bar that says how far it is.
export function watchUploads(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-upload]");
  const field = form?.querySelector<HTMLInputElement>("input[type=file]");
  if (!form || !field) return;
  const drop = form.querySelector<HTMLElement>(".drop")!;
  form.querySelector<HTMLElement>("[data-drop-hint]")?.removeAttribute("hidden");
  field.addEventListener("change", () => fits(form, field));
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"] as const) {
    document.addEventListener(kind, (e) => {
      if (!e.dataTransfer?.types.includes("Files")) return;
      e.preventDefault();
      drop.classList.toggle("over", kind === "dragenter" || kind === "dragover");
      if (kind === "drop" && e.dataTransfer.files.length > 0) {
        field.files = e.dataTransfer.files;
        fits(form, field);
      }
    });
  }
  form.addEventListener("submit", (e) => {
    if (!fits(form, field)) {
      e.preventDefault();
    } else if (field.files?.length) {
      e.preventDefault();
      send(form);
    }
  });
}

// fits says at once that a file is larger than may be sent.
function fits(form: HTMLFormElement, field: HTMLInputElement): boolean {
  const file = field.files?.[0];
  const ok = !file || file.size <= Number(form.dataset.upload);
  tell(form, ok ? "" : form.dataset.tooLarge!);
  field.setAttribute("aria-invalid", String(!ok));
  return ok;
}

function tell(form: HTMLFormElement, problem: string): void {
  const p = form.querySelector<HTMLElement>("[data-upload-problem]")!;
  p.textContent = problem;
  p.hidden = problem === "";
}

function send(form: HTMLFormElement): void {
  const box = form.querySelector<HTMLElement>("[data-upload-progress]")!;
  const bar = box.querySelector("progress")!;
  const buttons = form.querySelectorAll<HTMLButtonElement>("button");
  const said = box.querySelector<HTMLElement>("[data-upload-said]")!;
  const request = new XMLHttpRequest();
  const under = (way: boolean) => {
    box.hidden = !way;
    for (const b of buttons) b.disabled = way;
  };
  said.textContent = form.dataset.sending!;
  under(true);
  request.upload.addEventListener("progress", (e) => {
    if (e.lengthComputable) bar.value = Math.floor((1000 * e.loaded) / e.total);
  });
  request.addEventListener("load", () => {
    if (request.responseURL !== form.action && new URL(request.responseURL).pathname !== new URL(form.action).pathname) {
      location.assign(request.responseURL);
      return;
    }
    under(false);
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    tell(form, page.querySelector("main [role=alert]:not([hidden])")?.textContent?.trim() || page.querySelector("main h1")?.textContent || form.dataset.failed!);
  });
  request.addEventListener("error", () => {
    under(false);
    tell(form, form.dataset.failed!);
  });
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "text/html");
  request.send(new FormData(form));
}
