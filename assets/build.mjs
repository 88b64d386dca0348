// Takes style sheets and scripts from the npm packages, strips what may not be shipped, compresses, and writes crates/web/dist.
import { brotliCompressSync, gzipSync, constants } from "node:zlib";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../crates/web/dist");
const nhsuk = join(here, "node_modules/nhsuk-frontend/dist/nhsuk");
const version = JSON.parse(readFileSync(join(here, "node_modules/nhsuk-frontend/package.json"))).version;

// The Frutiger font is licensed to NHS organisations and lies on a foreign host; Arial takes its place.
const css = readFileSync(join(nhsuk, `nhsuk-frontend-${version}.min.css`), "utf8")
  .replace(/@font-face\s*\{[^}]*\}/g, "")
  .replace(/\/\*# sourceMappingURL=.*\*\//g, "")
  .replace(/Frutiger W01\s*,?/g, "")
  .replace(/url\(\/assets\/images\/([a-z-]+\.svg)\)/g, (_, name) => `url(data:image/svg+xml;base64,${readFileSync(join(nhsuk, "assets/images", name)).toString("base64")})`);
const js = readFileSync(join(nhsuk, `nhsuk-frontend-${version}.min.js`), "utf8").replace(/\/\/# sourceMappingURL=.*/g, "");
if (css.includes("@font-face") || css.includes("https://assets.nhs.uk")) throw new Error("the style sheet still names the licensed font");

const files = {
  "style.css": css + "\n" + readFileSync(join(here, "portico.css"), "utf8").replace(/\/\*[^]*?\*\//g, "").replace(/\s*\n\s*/g, ""),
  "nhsuk-frontend.js": js,
  "portico.js": readFileSync(join(here, "portico.js"), "utf8"),
};
mkdirSync(out, { recursive: true });
for (const [name, text] of Object.entries(files)) {
  const bytes = Buffer.from(text);
  writeFileSync(join(out, name), bytes);
  writeFileSync(join(out, name + ".br"), brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  writeFileSync(join(out, name + ".gz"), gzipSync(bytes, { level: 9 }));
  console.log(`${name}: ${bytes.length} bytes, brotli ${readFileSync(join(out, name + ".br")).length}`);
}
