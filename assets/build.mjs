// Takes style sheets and scripts from the npm packages, strips what may not be shipped, gives the colours names so that
// they have a dark side, compresses, and writes crates/web/dist.
import { brotliCompressSync, gzipSync, constants } from "node:zlib";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../crates/web/dist");
const nhsuk = join(here, "node_modules/nhsuk-frontend/dist/nhsuk");
const version = JSON.parse(readFileSync(join(here, "node_modules/nhsuk-frontend/package.json"))).version;

// The Frutiger font is licensed to NHS organisations and lies on a foreign host; Arial takes its place.
const official = readFileSync(join(nhsuk, `nhsuk-frontend-${version}.min.css`), "utf8")
  .replace(/@font-face\s*\{[^}]*\}/g, "")
  .replace(/\/\*# sourceMappingURL=.*\*\//g, "")
  .replace(/Frutiger W01\s*,?/g, "")
  .replace(/--nhsuk-(?!frontend-version|breakpoint)[a-z-]+:[^;}]*;?/g, "")
  .replace(/url\(\/assets\/images\/([a-z-]+\.svg)\)/g, (_, name) => `url(data:image/svg+xml;base64,${readFileSync(join(nhsuk, "assets/images", name)).toString("base64")})`);
if (official.includes("@font-face") || official.includes("https://assets.nhs.uk")) throw new Error("the style sheet still names the licensed font");

// The design system writes its colours out. Each gets the name of what it is used for; portico.css gives the names their dark values.
const NAMED = {
  text: { "#212b32": "ink", "#4c6272": "soft", "#005eb8": "link", "#330072": "visited", "#7c2855": "hover", "#002f5c": "active", "#003087": "link", "#d5281b": "wrong", "#951c13": "wrong", "#007f3b": "right", "#00662f": "right", "#00401e": "right" },
  surface: { "#fff": "paper", "#f0f4f5": "page", "#d8dde0": "foot", "#e0e4e6": "raised", "#d9e7f4": "raised", "#c7dcef": "raised" },
  line: { "#212b32": "ink", "#4c6272": "edge", "#d8dde0": "line", "#aeb7bd": "line-strong", "#f0f4f5": "line", "#005eb8": "link", "#d5281b": "wrong" },
};
// White on blue, black on yellow and the like look the same by night.
const FIXED = /header|hero|panel|login|brand|reverse|warning|card--care|card--feature|card__heading|notification-banner(?!__link)|do-dont|pagination|heading-tab|tag|option/;
const YELLOW = /#ffeb3b|#fff9c4/;
const FOCUS = /:focus(?![^(]*\))/;

function named(declaration) {
  const [property, value] = declaration.split(/:(.*)/s);
  const use = /^(color|fill)$/.test(property) ? "text" : property.startsWith("background") ? "surface" : "line";
  return `${property}:${value.replace(/#[0-9a-f]{3,8}\b/g, (colour) => (NAMED[use][colour] ? `var(--${NAMED[use][colour]})` : colour))}`;
}

const css = official.replace(/([^{}]+)\{([^{}]*#[0-9a-f]{3}[^{}]*)\}/g, (rule, selector, body) => {
  if (FIXED.test(selector) || FOCUS.test(selector) || YELLOW.test(body)) return rule;
  // A value may hold a semicolon inside url(); only whole declarations are looked at.
  return `${selector}{${body.split(/;(?![^(]*\))/).map((d) => (d.includes(":") ? named(d) : d)).join(";")}}`;
});

const js = readFileSync(join(nhsuk, `nhsuk-frontend-${version}.min.js`), "utf8").replace(/\/\/# sourceMappingURL=.*/g, "");
const ours = readFileSync(join(here, "portico.css"), "utf8").replace(/\/\*[^]*?\*\//g, "").replace(/\s*\n\s*/g, "");

const files = { "style.css": css + ours, "nhsuk-frontend.js": js, "portico.js": readFileSync(join(here, "portico.js"), "utf8") };
mkdirSync(out, { recursive: true });
for (const [name, text] of Object.entries(files)) {
  const bytes = Buffer.from(text);
  writeFileSync(join(out, name), bytes);
  writeFileSync(join(out, name + ".br"), brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  writeFileSync(join(out, name + ".gz"), gzipSync(bytes, { level: 9 }));
  console.log(`${name}: ${bytes.length} bytes, brotli ${readFileSync(join(out, name + ".br")).length}`);
}
