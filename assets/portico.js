// Improves pages that work without it: NHS components, live lists, keyboard, who else is here.
import { initAll } from "./nhsuk-frontend.js";

document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
initAll();

const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

// Live parts: an element with data-live is fetched again when the server says that something changed.
const live = document.querySelector("[data-live]");
if (live) {
  const source = new EventSource("/live");
  let waiting = false;
  const refresh = async () => {
    if (waiting || document.hidden) return;
    waiting = true;
    try {
      const answer = await fetch(location.href, { headers: { "x-live": "1" }, credentials: "same-origin" });
      if (answer.redirected && new URL(answer.url).pathname === "/sign-in") return source.close();
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-live]")) {
        const fresh = page.getElementById(part.id);
        if (!fresh || part.contains(document.activeElement) && typing(document.activeElement)) continue;
        if (fresh.innerHTML === part.innerHTML) continue;
        const focused = document.activeElement && part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
        part.replaceChildren(...fresh.childNodes);
        if (focused) part.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
      }
    } catch {
      // The next change or the next page shows the truth; a page that cannot be reached says nothing new.
    } finally {
      waiting = false;
    }
  };
  source.addEventListener("change", refresh);
  source.addEventListener("stale", () => location.reload());
  document.addEventListener("visibilitychange", refresh);
}

// Who else has this item open: told while the page is seen.
const here = document.querySelector("[data-here]");
if (here) {
  const tell = () => document.hidden || fetch(here.dataset.here, { method: "POST", body: new URLSearchParams({ _csrf: here.dataset.csrf }), credentials: "same-origin" }).catch(() => {});
  tell();
  setInterval(tell, 15000);
}

// Keys: j and k move through a list, / searches, ? opens help; single letters press the button that shows them.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "/") {
    const search = document.querySelector("[data-search] input");
    if (search) { event.preventDefault(); search.focus(); }
    return;
  }
  if (event.key === "?") { location.href = "/help"; return; }
  if (event.key === "j" || event.key === "k") {
    const links = [...document.querySelectorAll("[data-row]")];
    if (links.length === 0) return;
    const at = links.indexOf(document.activeElement);
    const next = event.key === "j" ? Math.min(at + 1, links.length - 1) : Math.max(at - 1, 0);
    links[next].focus();
    return;
  }
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (target) {
    event.preventDefault();
    const box = target.closest("details");
    if (box) box.open = true;
    target.focus();
    if (target.matches("a, button[data-press]")) target.click();
  }
});

// Copying the summary.
document.querySelector("[data-copy]")?.addEventListener("click", async (event) => {
  const text = document.getElementById(event.target.dataset.copy)?.textContent ?? "";
  await navigator.clipboard.writeText(text);
  event.target.textContent = "Copied";
});
document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
