// Browser tests: node tests/browser/run.mjs --portico target/debug/portico [--only NAME] [--shots DIR]
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { runAll, stopTests } from "./harness/runner.mjs";

const options = {
  portico: { type: "string", default: "target/debug/portico" },
  only: { type: "string", default: "" },
  shots: { type: "string" },
};

let browser;
/** A practice for each mode of triage advice that a test asks for, started when the first one does. */
const practices = new Map();
let [passed, failed] = [0, 0];

async function stop() {
  stopTests();
  await browser?.close().catch(() => {});
  await Promise.all([...practices.values()].map((starting) => starting.then((portico) => portico.stop(), () => {})));
}

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop().finally(() => process.exit(130)));

try {
  const { values } = parseArgs({ options });
  const { startBrowser } = await import("./harness/browser.mjs");
  const { startPortico } = await import("./harness/portico.mjs");
  browser = await startBrowser();
  const practice = (advice) => {
    if (!practices.has(advice)) practices.set(advice, startPortico(values.portico, advice));
    return practices.get(advice);
  };
  const journeys = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".mjs") && file !== "run.mjs").sort();
  for (const file of journeys) await import(`./${file}`);
  ({ passed, failed } = await runAll(values.only, { browser, practice, shots: values.shots && resolve(values.shots) }));
} catch (error) {
  failed += 1;
  console.log(`FAILED the browser tests cannot run\n       ${error.message}`);
} finally {
  await stop();
}

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
