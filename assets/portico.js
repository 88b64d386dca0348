// Improves pages that work without it: NHS components, live lists, keyboard, who else is here.
import { initAll } from "./nhsuk-frontend.js";

const KEYS_OFF = "portico-keys-off";
// A browser that keeps nothing keeps the keys.
const store = (() => { try { return localStorage; } catch { return new Map(); } })();
const keysOff = () => (store.getItem?.(KEYS_OFF) ?? "no") === "yes";
const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
document.body.classList.toggle("app-keys-off", keysOff());
initAll();

// Live parts: an element with data-live is fetched again when the server says that something changed.
const live = document.querySelector("[data-live]");
if (live) {
  const from = live.dataset.live || location.href;
  const said = document.querySelector("[data-said]");
  const same = (a, b) => [a, b].map((part) => part.innerHTML.replace(/name="_key" value="[^"]*"/g, "")).every((html, _, all) => html === all[0]);
  const reds = () => document.querySelectorAll(".app-item--red").length;
  let source, fetching, again;

  const replace = (part, fresh) => {
    const focused = part.contains(document.activeElement) ? document.activeElement : null;
    const attribute = focused && ["id", "href", "data-key"].find((name) => focused.hasAttribute(name));
    part.replaceChildren(...fresh.childNodes);
    if (attribute) part.querySelector(`[${attribute}="${CSS.escape(focused.getAttribute(attribute))}"]`)?.focus({ preventScroll: true });
  };

  const refresh = async () => {
    if (document.hidden) return;
    // What changes while the page is being fetched is fetched after it.
    again = Boolean(fetching);
    if (fetching) return;
    fetching = true;
    try {
      const answer = await fetch(from, { headers: { "x-live": "1" }, credentials: "same-origin" });
      if (answer.redirected && new URL(answer.url).pathname === "/sign-in") return close();
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const before = reds();
      for (const part of document.querySelectorAll("[data-live]")) {
        const fresh = page.getElementById(part.id);
        const busy = part.contains(document.activeElement) && typing(document.activeElement);
        if (fresh && !busy && !same(part, fresh)) replace(part, fresh);
      }
      if (said && reds() > before) said.textContent = "A new red item is on the list.";
    } catch {
      // The next change or the next page shows the truth; a page that cannot be reached says nothing new.
    } finally {
      fetching = false;
      if (again) refresh();
    }
  };

  // A browser opens few connections to one server, so only the page that is seen keeps one.
  const close = () => { source?.close(); source = null; };
  const open = () => {
    if (source) return;
    source = new EventSource("/live");
    source.addEventListener("change", refresh);
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return close();
    open();
    refresh();
  });
  addEventListener("pagehide", close);
  if (!document.hidden) open();
}

// Who else has this item open: told while the page is seen.
const here = document.querySelector("[data-here]");
if (here) {
  const tell = () => document.hidden || fetch(here.dataset.here, { method: "POST", headers: { "x-live": "1" }, body: new URLSearchParams({ _csrf: here.dataset.csrf }), credentials: "same-origin" }).catch(() => {});
  tell();
  setInterval(tell, 15000);
}

// Keys: j and k move through a list, / searches, ? opens help; single letters go to what shows them. Each person may turn them off.
document.addEventListener("keydown", (event) => {
  if (keysOff() || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "/") {
    const search = document.querySelector("[data-search] input[type=search], [data-search] input:not([type=hidden])");
    if (search) { event.preventDefault(); search.focus(); }
    return;
  }
  if (event.key === "?" && document.body.classList.contains("app-staff")) { location.href = "/help"; return; }
  if (event.key === "j" || event.key === "k") {
    const links = [...document.querySelectorAll("[data-row]")];
    const at = links.indexOf(document.activeElement);
    links[event.key === "j" ? Math.min(at + 1, links.length - 1) : Math.max(at - 1, 0)]?.focus();
    return;
  }
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (target) {
    event.preventDefault();
    const box = target.closest("details");
    if (box) box.open = true;
    target.focus();
    if (target.matches("a, [data-press]")) target.click();
  }
});

const toggle = document.querySelector("[data-keys]");
if (toggle) {
  const show = () => { toggle.textContent = `Turn single-letter keys ${keysOff() ? "on" : "off"}`; };
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    store.setItem?.(KEYS_OFF, keysOff() ? "no" : "yes");
    document.body.classList.toggle("app-keys-off", keysOff());
    show();
  });
  show();
}

// Copying and printing the summary; their buttons do nothing without this and are hidden until it runs.
for (const button of document.querySelectorAll("[data-copy], [data-print]")) button.hidden = false;
document.querySelector("[data-copy]")?.addEventListener("click", async (event) => {
  const text = document.getElementById(event.target.dataset.copy)?.textContent ?? "";
  await navigator.clipboard.writeText(text);
  event.target.textContent = "Copied";
});
document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
