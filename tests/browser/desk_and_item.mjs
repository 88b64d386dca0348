// The coordinator's day: the desk, its filters and keys, and everything that can be done to an item.
import { must, test } from "./harness/runner.mjs";
import { STAFF, WITH_JS, somebody } from "./harness/world.mjs";

/** Opens an item from the desk by its reference. */
async function opens(v, asked) {
  v.names.push(asked.family);
  await v.goes(`/desk?q=${asked.reference}`);
  await v.follows(asked.name);
  await v.sees("In their words");
}

const unfold = (v, words) => v.page.locator("summary", { hasText: words }).click();

async function triages(v, urgency, pathway, reason) {
  await v.page.locator("#urgency").selectOption({ label: urgency });
  if (pathway) await v.page.locator("#pathway").selectOption({ label: pathway });
  if (reason) await v.page.locator("#reason").fill(reason);
  await v.presses("Save triage");
}

test("the desk lists red first, then by due time, and filters", STAFF, async (w) => {
  await w.asked(somebody(), { sign: "chest-pain" });
  const v = await w.staff("sam");
  await v.goes("/desk");
  await v.looks("desk");
  const reds = await v.page.locator(".app-item").evaluateAll((rows) => rows.map((row) => row.classList.contains("app-item--red")));
  must(reds[0] && reds.lastIndexOf(true) === reds.indexOf(false) - 1, "every red row stands above every other");
  must((await v.page.locator(".app-item--red .nhsuk-tag").first().innerText()).startsWith("Red: "), "red is said in words, not only in colour");
  await v.page.locator(".app-counts a", { hasText: "Not triaged yet" }).click();
  await v.sees("Not triaged yet", v.page.locator(".app-item"));
  await v.page.locator("#kind").selectOption({ label: "Test result" });
  await v.presses("Show");
  const kinds = await v.page.locator(".app-item").allInnerTexts();
  must(kinds.length > 0 && kinds.every((row) => row.includes("Test result")), "only test results are shown");
  await v.looks("desk, filtered");
  await v.page.locator("#q").fill("nobodyhasthisname");
  await v.presses("Show");
  await v.sees("Nothing matches.");
  await v.looks("desk, nothing matches");
  await v.follows("Clear filters");
  await v.page.locator(".app-item--red").first().waitFor();
});

test("the desk goes on to the next page and back", STAFF, async (w) => {
  const v = await w.staff("sam");
  await v.goes("/desk");
  const first = await v.page.locator("[data-row]").first().getAttribute("href");
  await v.follows("Next 50");
  must((await v.page.locator(`[data-row][href="${first}"]`).count()) === 0, "the second page goes on where the first ended");
  await v.looks("desk, second page");
  await v.follows("Back to the top");
  await v.page.locator(".app-item--red").first().waitFor();
});

test("a view of the desk is saved, used and removed", STAFF, async (w) => {
  const v = await w.staff("nair");
  const name = `Medicines ${w.setting.name}`;
  await v.goes("/desk?kind=medicine");
  await unfold(v, "Saved views");
  await v.page.locator("#name").fill(name);
  await v.presses("Save view");
  await unfold(v, "Saved views");
  await v.looks("desk, saved views");
  await v.goes("/desk");
  await unfold(v, "Saved views");
  await v.follows(name);
  must((await v.page.locator("#kind").inputValue()) === "medicine", "the view has its filters");
  await unfold(v, "Saved views");
  await v.presses(`Remove view ${name}`);
  await unfold(v, "Saved views");
  await v.seesNot(name);
});

test("an item is found by its reference, open or closed", STAFF, async (w) => {
  const asked = await w.asked(somebody());
  const v = await w.staff("sam");
  await opens(v, asked);
  await unfold(v, "Close");
  await v.page.locator("#outcome").selectOption({ index: 1 });
  await v.page.locator("#close-text").fill("Done at once.");
  await v.presses("Close item");
  await v.sees(/^Closed: /);
  await v.goes(`/desk?q=${asked.reference}`);
  await v.sees("A closed item has this reference");
  await v.looks("desk, a closed item");
  await v.follows("open it");
  await v.sees("Recorded: ");
  await v.looks("item, closed");
});

test("the coordinator triages; a change of urgency needs a reason", STAFF, async (w) => {
  const asked = await w.asked(somebody(), { needs: "large-print" });
  const v = await w.staff("sam");
  await opens(v, asked);
  await v.sees("Large print");
  await v.looks("item, not triaged");
  await v.presses("Save triage");
  await v.sees("Choose an urgency.");
  await v.looks("item, triage refused");
  await triages(v, "Green: Routine", "GP");
  await v.sees("Green: Routine");
  await v.sees("Book an appointment");
  await v.looks("item, triaged");
  await triages(v, "Amber: Same day");
  await v.sees("Say why you are changing the urgency.");
  must((await v.page.locator("#urgency").inputValue()) === "same_day", "the urgency that was chosen is kept");
  await v.looks("item, no reason");
  await v.page.locator("#reason").fill("Cannot put weight on it since noon");
  await v.presses("Save triage");
  await v.sees("Upgraded from Routine to Same day");
  await v.sees("Amber: Same day");
});

test("a red item is lowered only when a second person confirms", STAFF, async (w) => {
  const asked = await w.asked(somebody(), { sign: "stroke" });
  const sam = await w.staff("sam");
  await opens(sam, asked);
  await sam.sees("Emergency signs ticked");
  await sam.looks("item, red");
  await triages(sam, "Amber: Soon (1 to 3 working days)", null, "Spoke to her: it was a dental injection");
  await sam.sees("A second person must decide");
  await sam.sees("Red: Emergency");
  await sam.looks("item, a second person must decide");
  await sam.presses("Confirm the lower urgency");
  await sam.sees("You proposed this. A second person must confirm it.");
  const lee = await w.staff("lee");
  await opens(lee, asked);
  await lee.presses("Confirm the lower urgency");
  await lee.sees("Amber: Soon");
  await lee.sees("Was red");
  await lee.looks("item, was red");
});

test("the patient is asked, answered and written about", STAFF, async (w) => {
  const asked = await w.asked(somebody());
  const v = await w.staff("sam");
  await opens(v, asked);
  await unfold(v, "Note to colleagues");
  await v.page.locator("#note-text").fill("Rang twice, no answer.");
  await v.presses("Add note");
  await v.sees("Rang twice, no answer.");
  await unfold(v, "Ask for more");
  await v.presses("Ask the patient");
  await v.sees("Write something first.");
  await v.looks("item, nothing to ask");
  await v.page.locator("#ask-text").fill("Which knee is it?");
  await v.presses("Ask the patient");
  await v.sees("Patient to answer");
  await unfold(v, "Reply to the patient");
  await v.page.locator("#template").selectOption({ index: 1 });
  await v.presses("Use");
  must((await v.page.locator("#reply-text").inputValue()).includes(asked.given), "the template is filled in with the patient's first name");
  await v.looks("item, reply from a template");
  await v.presses("Send reply");
  await v.page.locator("#item-thread", { hasText: "Which knee is it?" }).waitFor();
  await v.looks("item, conversation");
});

test("an item is assigned, closed with an outcome, and the closing undone", STAFF, async (w) => {
  const asked = await w.asked(somebody());
  const v = await w.staff("sam");
  await opens(v, asked);
  await v.page.locator("#to").selectOption({ label: "Team: Reception" });
  await v.presses("Assign");
  await v.sees("Reception", v.page.locator("#item-next"));
  await unfold(v, "Close");
  await v.page.locator("#close-text").fill("Advice given by phone.");
  await v.presses("Close item");
  await v.sees("Choose an outcome.");
  must((await v.page.locator("#close-text").inputValue()) === "Advice given by phone.", "what was done is kept");
  await v.looks("item, close refused");
  await v.page.locator("#outcome").selectOption({ index: 1 });
  await v.presses("Close item");
  await v.sees(/^Closed: /);
  await v.page.locator("a", { hasText: "Summary to copy" }).first().click();
  await v.sees("Advice given by phone.");
  await v.looks("summary");
  await v.follows("Back to the item");
  await v.presses("Undo the last change");
  await v.sees("Closing undone");
  await v.sees("(withdrawn)");
  await v.looks("item, closing undone");
});

test("a repeat contact is shown beside the earlier one and not closed unread", STAFF, async (w) => {
  const person = somebody();
  await w.asked(person, { words: "First: my knee hurts." });
  const again = await w.asked(person, { words: "Again: it is worse." });
  const v = await w.staff("sam");
  await opens(v, again);
  if ((await v.page.locator("#repeat").count()) === 0) throw new Error("the second request within 14 days is not shown as a repeat contact");
  await v.sees("First: my knee hurts.");
  await v.looks("item, repeat contact");
  await unfold(v, "Close");
  await v.page.locator("#outcome").selectOption({ index: 1 });
  await v.page.locator("#close-text").fill("Same thing.");
  await v.presses("Close item");
  await v.sees("Mark the earlier request as read before you close this one.");
  await v.presses("I have read the earlier request");
  await v.sees("The earlier request has been read.");
});

test("a colleague sees who else has the item open", STAFF, async (w) => {
  const asked = await w.asked(somebody());
  const lee = await w.staff("lee");
  await opens(lee, asked);
  const sam = await w.staff("sam");
  await opens(sam, asked);
  await sam.sees("Lee Morgan has this open too.");
  await sam.looks("item, somebody else is here");
  await sam.goes(`/desk?q=${asked.reference}`);
  await sam.sees("Open with Lee Morgan");
  await sam.looks("desk, open with somebody");
});

test("a request made by a patient appears on an open desk without a reload", WITH_JS, async (w) => {
  const person = somebody();
  const v = await w.staff("sam");
  await v.goes(`/desk?q=${person.family}`);
  await v.sees("Nothing matches.");
  await v.page.evaluate(() => (window.stayed = true));
  await w.asked(person, { sign: "chest-pain" });
  await v.page.locator(".app-item--red", { hasText: person.family }).waitFor();
  must(await v.page.evaluate(() => window.stayed), "the page was not loaded again");
  must((await v.page.locator("[data-said]").innerText()) === "A new red item is on the list.", "a new red item is said to screen readers");
});

test("an open item shows what a colleague does to it", WITH_JS, async (w) => {
  const asked = await w.asked(somebody());
  const sam = await w.staff("sam");
  await opens(sam, asked);
  await unfold(sam, "Note to colleagues");
  await sam.page.locator("#note-text").fill("Half a sentence");
  const lee = await w.staff("lee");
  await opens(lee, asked);
  await sam.sees("Lee Morgan has this open too.");
  await unfold(lee, "Note to colleagues");
  await lee.page.locator("#note-text").fill("I ring her now.");
  await lee.presses("Add note");
  await sam.sees("I ring her now.");
  must((await sam.page.locator("#note-text").inputValue()) === "Half a sentence", "what Sam is typing is left alone");
});

test("the desk and the item work by keyboard", WITH_JS, async (w) => {
  const asked = await w.asked(somebody());
  const v = await w.staff("sam");
  const key = (name) => v.page.keyboard.press(name);
  const focused = () => v.page.evaluate(() => [...document.querySelectorAll("[data-row]")].indexOf(document.activeElement));
  await v.goes("/desk");
  await key("j");
  await key("j");
  must((await focused()) === 1, "j moves down the list");
  await key("k");
  must((await focused()) === 0, "k moves up the list");
  await v.looks("desk, a row has the focus");
  await key("/");
  must(await v.page.evaluate(() => document.activeElement.id === "q"), "/ goes to the search");
  await v.page.keyboard.type(`${asked.reference}j`);
  must((await v.page.locator("#q").inputValue()).endsWith("j"), "letters typed in a box are letters");
  await key("Backspace");
  await key("Enter");
  await v.page.waitForURL(/found=/);
  await key("j");
  await key("Enter");
  await v.sees("In their words");
  await key("n");
  must(await v.page.evaluate(() => document.activeElement.id === "note-text"), "n unfolds the note and goes to its box");
  await v.page.keyboard.type("Typed by keyboard");
  await key("Tab");
  await key("Enter");
  await v.sees("Typed by keyboard");
  await key("u");
  must(await v.page.evaluate(() => document.activeElement.id === "urgency"), "u goes to the urgency");
  await v.goes("/desk");
  await key("?");
  await v.page.waitForURL("**/help");
});
