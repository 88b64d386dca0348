// What is true of every page in every state: no axe violation, no sideways scroll, no patient's name in the title.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { axeSource } from "./browser.mjs";

let axe;
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** The looks that a page is seen in. */
export const SCHEMES = [
  ["light", { colorScheme: "light", forcedColors: "none" }],
  ["dark", { colorScheme: "dark", forcedColors: "none" }],
  ["forced colours", { colorScheme: "dark", forcedColors: "active" }],
];

/**
 * Runs every default rule, and every rule of the tags that axe leaves off by default. Nothing is excluded. The markup
 * is the same in other colours, so there only the rules about colour are run again.
 */
async function runAxe([tags, colours]) {
  const rules = {};
  for (const rule of window.axe.getRules(tags)) {
    if (!rule.tags.includes("experimental") && !rule.tags.includes("deprecated")) rules[rule.ruleId] = { enabled: true };
  }
  const again = window.axe.getRules(["cat.color"]).map((rule) => rule.ruleId).filter((id) => rules[id]);
  const options = colours ? { runOnly: { type: "rule", values: again } } : { rules };
  const { violations } = await window.axe.run(document, { ...options, resultTypes: ["violations"] });
  return violations.map((v) => `${v.id} (${v.help}): ${v.nodes.map((n) => `${n.html.slice(0, 200)} – ${n.any.concat(n.all, n.none).map((c) => c.message).join("; ")}`).slice(0, 3).join(" | ")}`);
}

function sideways() {
  const { scrollWidth, clientWidth } = document.scrollingElement;
  if (scrollWidth <= clientWidth) return null;
  const wide = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > clientWidth + 1);
  return `${scrollWidth} px wide in ${clientWidth} px: ${wide.slice(0, 4).map((e) => e.outerHTML.slice(0, 120)).join(" | ")}`;
}

/** The names that the page shows for people, none of which may be in its title. */
function namesShown() {
  const own = (e) => [...e.childNodes].filter((n) => n.nodeType === Node.TEXT_NODE).map((n) => n.data.trim()).join("");
  return [...document.querySelectorAll(".app-item__name, [data-person]")].map(own).filter((name) => name.length > 3);
}

/**
 * The page to look into. axe needs scripts: where they are off, the same markup is shown at the same address in a
 * browser that would run them but gets none of the product's.
 */
async function lookedInto(visitor, work) {
  const { page, setting, world } = visitor;
  if (setting.js) return work(page);
  const { width, height } = setting;
  const context = await world.browser.newContext({ viewport: { width, height }, reducedMotion: "reduce" });
  try {
    const copy = await context.newPage();
    const body = await page.content();
    await copy.route("**/*.js", (route) => route.abort());
    await copy.route(page.url(), (route) => route.fulfill({ body, contentType: "text/html; charset=utf-8" }));
    await copy.goto(page.url());
    return await work(copy);
  } finally {
    await context.close();
  }
}

/** Everything that is wrong with the page that a visitor sees, as sentences. */
export async function problemsOf(visitor, state, shots, asked) {
  const { page, setting } = visitor;
  // Colours are the same at every width and without scripts: the other schemes are looked at once, on the wide page.
  const schemes = asked ?? (setting.js && setting.width > 1000 ? SCHEMES : SCHEMES.slice(0, 1));
  const problems = [];
  const title = await page.title();
  const names = [...visitor.names, ...(await page.evaluate(namesShown))];
  for (const name of names) if (title.includes(name)) problems.push(`the title “${title}” names a patient`);
  if (!title.trim()) problems.push("the page has no title");
  const wide = await page.evaluate(sideways);
  if (wide) problems.push(`scrolls sideways: ${wide}`);
  await lookedInto(visitor, async (seen) => {
    await seen.evaluate((axe ??= axeSource()));
    for (const [name, media] of schemes) {
      await seen.emulateMedia(media);
      for (const violation of await seen.evaluate(runAxe, [TAGS, name !== "light"])) problems.push(`${name}: ${violation}`);
      if (shots) await shoot(seen, shots, `${state}, ${setting.name}, ${name}`);
    }
    await seen.emulateMedia(SCHEMES[0][1]);
  });
  return problems.map((problem) => `“${state}” ${problem}`);
}

async function shoot(page, folder, name) {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}.png`), fullPage: true });
}
