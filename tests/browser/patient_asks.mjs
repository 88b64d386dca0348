// A patient asks for help: for themselves, for a child, by the short path, with everything that goes wrong on the way.
import { ADA, FILLS, begins, fillsUntil, goesOn, pageOf } from "./harness/asking.mjs";
import { must, test } from "./harness/runner.mjs";
import { PATIENT, STAFF, somebody } from "./harness/world.mjs";

test("a patient asks for help and is told what happens next and by when", PATIENT, async (w) => {
  const v = await w.patient();
  const ada = { ...ADA, ...somebody("Ada") };
  await v.goes("/");
  await v.looks("start");
  await v.follows("Start");
  v.names.push(ada.family);
  const seen = await fillsUntil(v, ada, "done", (page) => v.looks(`ask ${page}`));
  must(seen.length === 14, `14 pages for oneself, not ${seen.length}: ${seen.join(", ")}`);
  await v.sees("Request sent");
  await v.sees(/We tell you what happens next by .*(today|tomorrow|Monday|Tuesday|Wednesday|Thursday|Friday|day)/);
  must(/[0-9A-Z]{4}-[0-9A-Z]{4}/.test(await v.page.locator("main").innerText()), "the reference is shown");
  await v.looks("ask done");
  await v.follows("Your private page");
  await v.sees("What happens next");
});

test("a parent asks for a child", PATIENT, async (w) => {
  const v = await w.patient();
  const child = { ...ADA, ...somebody("Tom"), who: "A child" };
  await begins(v, child);
  const seen = await fillsUntil(v, child, "done", (page) => ["asker", "name", "birth-date", "check"].includes(page) && v.looks(`ask for a child, ${page}`));
  must(seen.includes("asker"), "the parent is asked who they are");
  const desk = await w.staff("sam");
  await desk.goes(`/desk?q=${child.family}`);
  await desk.page.locator("[data-row]").first().click();
  await desk.sees("Robin Field (mother)");
});

test("a fit note is asked for on fewer pages", PATIENT, async (w) => {
  const v = await w.patient();
  const ada = { ...ADA, ...somebody("Ada"), kind: "Fit (sick) note", words: "I need a note from 3 to 14 November for a back strain." };
  await begins(v, ada);
  const seen = await fillsUntil(v, ada, "done", (page) => page === "words" && v.looks("ask for a fit note, words"));
  must(!seen.includes("duration") && !seen.includes("worse"), `what makes no sense is not asked: ${seen.join(", ")}`);
});

/** The error summary is read first, says what to do, and leads to the field. */
async function isTold(v, page) {
  const summary = v.page.locator(".nhsuk-error-summary");
  await summary.waitFor();
  must((await v.page.title()).startsWith("Error: "), `the title of “${page}” says that there is an error`);
  if (v.setting.js) must(await summary.evaluate((e) => e.contains(document.activeElement)), `the error summary of “${page}” has the focus`);
  const target = await summary.locator("a").first().getAttribute("href");
  must((await v.page.locator(target).count()) === 1, `the error summary of “${page}” leads to ${target}, which is not there`);
  await v.looks(`ask ${page}, nothing filled in`);
  if (!v.setting.js) return;
  await summary.locator("a").first().click();
  must(await v.page.locator(target).evaluate((e) => e === document.activeElement), `the link in the error summary of “${page}” puts the focus on ${target}`);
}

test("Continue on an empty page says what is missing", PATIENT, async (w) => {
  const v = await w.patient();
  const child = { ...ADA, ...somebody("Tom"), who: "A child" };
  const optional = ["duration", "wish", "needs", "check"];
  await begins(v, child);
  const told = [];
  for (let page = pageOf(v); page !== "done"; page = await goesOn(v)) {
    if (!optional.includes(page)) {
      must((await goesOn(v)) === page, `an empty “${page}” is not gone past`);
      await isTold(v, page);
      told.push(page);
    }
    await FILLS[page](v, child);
  }
  must(told.length === 11, `11 pages need an answer, not ${told.length}: ${told.join(", ")}`);
});

test("Back shows what was typed", PATIENT, async (w) => {
  const v = await w.patient();
  const ada = { ...ADA, ...somebody("Ada") };
  await begins(v, ada);
  await fillsUntil(v, ada, "worse");
  await v.goesBack();
  await v.goesBack();
  must(pageOf(v) === "words", `two steps back from “worse” is “words”, not ${pageOf(v)}`);
  must((await v.page.locator("#words").inputValue()) === ada.words, "the words are there after Back");
  await v.follows("Back");
  must(pageOf(v) === "kind", "the page's own Back leads to the page before");
  must(await v.page.getByLabel(ada.kind, { exact: true }).isChecked(), "the kind is still chosen");
  await fillsUntil(v, { ...ada, words: "Changed my words." }, "check");
  await v.sees("Changed my words.");
  await v.page.locator("a[href='/ask/phone']").first().click();
  must((await v.page.locator("#phone").inputValue()) === ada.phone, "Change leads to the page with its answer");
});

test("nothing is lost when the browser forgets its cookies", PATIENT, async (w) => {
  const v = await w.patient();
  const ada = { ...ADA, ...somebody("Ada") };
  await begins(v, ada);
  await fillsUntil(v, ada, "words");
  await v.page.locator("#words").fill("Typed before the cookies went.");
  await v.context.clearCookies();
  await goesOn(v);
  must(pageOf(v) === "duration", `the form goes on after the cookies went, not to ${v.page.url()}`);
  await fillsUntil(v, ada, "check");
  await v.sees("Typed before the cookies went.");
  await v.sees(`${ada.given} ${ada.family}`);
});

test("sending twice makes one request", PATIENT, async (w) => {
  const v = await w.patient();
  const ada = { ...ADA, ...somebody("Ada") };
  await begins(v, ada);
  await fillsUntil(v, ada, "check");
  const form = v.page.locator("form[action='/ask/check']");
  const fields = await form.locator("input[type=hidden]").evaluateAll((all) => Object.fromEntries(all.map((i) => [i.name, i.value])));
  const send = () => v.context.request.post(`${w.url}/ask/check`, { form: fields });
  await Promise.all([send(), send(), send()]);
  await v.presses("Send request");
  must(pageOf(v) === "done", "a form that was sent shows that it was sent");
  await v.goesBack();
  must(pageOf(v) === "done" || pageOf(v) === "check", `Back after sending is safe, not ${v.page.url()}`);
  const desk = await w.staff("sam");
  await desk.goes(`/desk?q=${ada.family}`);
  must((await desk.page.locator("[data-row]").count()) === 1, "the desk has one item for a form that was sent four times");
});

test("20,001 characters are refused in words and kept", PATIENT, async (w) => {
  const v = await w.patient();
  const ada = { ...ADA, ...somebody("Ada") };
  await begins(v, ada);
  await fillsUntil(v, ada, "words");
  const long = "word ".repeat(4000) + "x";
  await v.page.locator("#words").fill(long);
  await goesOn(v);
  await v.sees(/Shorten this by 1 character/);
  must((await v.page.locator("#words").inputValue()).length === 20_001, "all that was typed is still in the box");
  await v.looks("ask words, too long");
  await v.page.locator("#words").fill(long.slice(0, 20_000));
  must((await goesOn(v)) === "duration", "20,000 characters are taken");
  if (w.setting.js) return;
  await fillsUntil(v, ada, "check");
  await v.looks("ask check, long words");
});

test("an emergency sign shows 999 and is on the desk at once", PATIENT, async (w) => {
  const desk = await w.staff("sam");
  const red = async () => {
    await desk.goes("/desk?show=red");
    return desk.page.locator("[data-row]").evaluateAll((links) => links.map((a) => a.getAttribute("href")));
  };
  const v = await w.patient();
  const ada = { ...ADA, ...somebody("Ada") };
  await begins(v, ada);
  const before = await red();
  await v.page.locator("input[value='stroke']").check();
  await goesOn(v);
  must((await v.heading()) === "Call 999 now", "the page says to call 999");
  must((await v.page.locator("a[href='tel:999']").count()) === 1, "999 is one press away");
  await v.looks("call 999");
  must((await red()).some((item) => !before.includes(item)), "the desk shows it before anything else is asked");
  await desk.looks("desk, red only");
  await v.follows("Tell us who you are");
  await fillsUntil(v, ada, "find");
  await desk.goes(`/desk?q=${ada.family}`);
  await desk.page.locator(".app-item--red", { hasText: ada.family }).first().waitFor();
  await fillsUntil(v, ada, "done");
  await v.sees("Call 999 now if you have not");
  await v.looks("ask done, red");
});

test("the pages that patients may read are there", STAFF, async (w) => {
  const v = await w.patient();
  for (const page of ["accessibility", "privacy"]) {
    await v.goes(`/help/${page}`);
    await v.looks(page);
  }
});

test("a patient's first visit weighs at most 60 KB over the wire", [PATIENT[0]], async (w) => {
  const v = await w.patient();
  const session = await v.context.newCDPSession(v.page);
  await session.send("Network.enable");
  let bytes = 0;
  session.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await v.page.goto(`${w.url}/`, { waitUntil: "networkidle" });
  must(bytes > 20_000 && bytes <= 60 * 1024, `the first visit weighs ${bytes} bytes`);
  console.log(`       first visit of a patient: ${(bytes / 1024).toFixed(1)} KB`);
  bytes = 0;
  await v.page.goto(`${w.url}/ask`, { waitUntil: "networkidle" });
  must(bytes <= 10 * 1024, `the second page weighs ${bytes} bytes`);
});
