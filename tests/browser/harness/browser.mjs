// Finds and starts Chromium, and reads axe-core; both come from assets/node_modules.
import { accessSync, constants, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const packages = createRequire(join(root, "assets/package.json"));

function installed(name) {
  try {
    return packages.resolve(name);
  } catch {
    throw new Error(`${name} is not installed. Run “npm ci” in ${join(root, "assets")}.`);
  }
}

function runs(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function chromiumPath() {
  const onPath = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => ["chromium", "chromium-browser", "google-chrome"].map((name) => join(folder, name)));
  const found = [process.env.CHROMIUM, "/usr/bin/chromium", ...onPath].find((path) => path && runs(path));
  if (!found) throw new Error("There is no Chromium. Install it (on Debian: apt-get install chromium), or name one in the environment variable CHROMIUM.");
  return found;
}

const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Starts the browser; a missing one is an error with a sentence that says what to install. */
export async function startBrowser() {
  const { chromium } = packages(installed("playwright-core"));
  return chromium.launch({ executablePath: chromiumPath(), headless: true, args: ARGS });
}

/** The text of axe-core, to run inside a page. */
export const axeSource = () => readFileSync(installed("axe-core/axe.min.js"), "utf8");
