// A small runner: a test is a name, the settings it runs in, and what it does.
import { World } from "./world.mjs";

// Only a test that hangs takes this long: a slow machine is not a failure.
const LIMIT = 300_000;
const AT_ONCE = 2;
const tests = [];
let stopped = false;

/** Starts no more tests. */
export function stopTests() {
  stopped = true;
}

/** Declares a test; `advice` is the mode of triage advice of the practice that it runs on. */
export function test(name, settings, work, advice = "off") {
  tests.push(...settings.map((setting) => ({ name: `${name} [${setting.name}]`, setting, work, advice })));
}

/** Says what must be true, in words. */
export function must(truth, sentence) {
  if (!truth) throw new Error(sentence);
}

function inTime(promise) {
  let timer;
  const late = new Promise((_, failed) => (timer = setTimeout(() => failed(new Error(`it took longer than ${LIMIT / 1000} seconds`)), LIMIT)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function runOne({ name, setting, work, advice }, given) {
  const url = (await given.practice(advice)).url;
  const world = new World({ ...given, url, setting });
  const begun = Date.now();
  const problems = [];
  try {
    await inTime(work(world));
  } catch (error) {
    problems.push(error.message.replace(/\u001b\[\d+m/g, ""));
    const page = world.visitors.at(-1)?.page;
    if (given.shots && page) await page.screenshot({ path: `${given.shots}/failed-${name.replace(/[^a-z0-9]+/gi, "-")}.png`, fullPage: true }).catch(() => {});
  }
  problems.push(...(await world.ends()));
  const seconds = ((Date.now() - begun) / 1000).toFixed(1);
  console.log(`${problems.length ? "FAILED" : "ok    "} ${name} (${seconds} s)`);
  for (const problem of problems) console.log(`       ${problem.replaceAll("\n", "\n       ")}`);
  return problems.length === 0;
}

/** Runs the tests whose name contains `only`; answers how many passed and failed. */
export async function runAll(only, given) {
  const queue = tests.filter((t) => t.name.toLowerCase().includes(only.toLowerCase()));
  if (queue.length === 0) throw new Error(`No test has “${only}” in its name.`);
  const results = [];
  const worker = async () => {
    for (let next = queue.shift(); next && !stopped; next = queue.shift()) results.push(await runOne(next, given));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const passed = results.filter(Boolean).length;
  return { passed, failed: results.length - passed };
}
