// On paper there is only what is read: no navigation, no forms.
import { must, test } from "./harness/runner.mjs";
import { PATIENT, STAFF, WITH_JS, somebody } from "./harness/world.mjs";

async function onPaper(v, words) {
  await v.page.emulateMedia({ media: "print" });
  for (const hidden of [".nhsuk-header", ".nhsuk-footer", "nav", "main form", ".app-noprint"]) {
    for (const part of await v.page.locator(hidden).all()) must(!(await part.isVisible()), `${hidden} is not printed on ${v.path()}`);
  }
  await v.sees(words);
  if (v.world.shots) await v.page.screenshot({ path: `${v.world.shots}/print-${words.replace(/\W+/g, "-")}-${v.setting.name.replace(" ", "-")}.png`, fullPage: true });
  await v.page.emulateMedia({ media: null });
}

test("an item and its summary print without navigation and forms", STAFF, async (w) => {
  const asked = await w.asked(somebody());
  const v = await w.staff("sam");
  await v.goes(`/desk?q=${asked.reference}`);
  await v.follows(asked.name);
  await onPaper(v, "My knee hurts since Tuesday.");
  await v.page.locator("a", { hasText: "Summary to copy" }).first().click();
  await onPaper(v, "In their words");
  must((await v.page.pdf().catch((e) => e.message)).length > 1000, "the summary is saved as PDF");
});

test("a patient's private page prints", [PATIENT[0], PATIENT[2]], async (w) => {
  const asked = await w.asked(somebody());
  const v = await w.patient();
  await v.goes(asked.link);
  await onPaper(v, "What happens next");
});

test("a printed desk has its rows", WITH_JS, async (w) => {
  const v = await w.staff("sam");
  await v.goes("/desk");
  await onPaper(v, "Red: Emergency");
});
