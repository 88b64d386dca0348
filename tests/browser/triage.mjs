// Triage advice: what patients are asked because of their words, what staff read, and the rules behind it.
import { ADA, begins, fillsUntil, goesOn, pageOf } from "./harness/asking.mjs";
import { must, test } from "./harness/runner.mjs";
import { PATIENT, STAFF, somebody } from "./harness/world.mjs";

const ADVICE = "advice";
const HEART = "Crushing pain in my chest going down my left arm and I am sweating.";

test(
  "words that mean an emergency show 999 and are red on the desk at once",
  PATIENT,
  async (w) => {
    const v = await w.patient();
    const ada = { ...ADA, ...somebody("Ada"), words: HEART };
    await begins(v, ada);
    await fillsUntil(v, ada, "call-999");
    must((await v.heading()) === "Call 999 now", "the page says to call 999");
    await v.looks("call 999 for what was written");
    const desk = await w.staff("sam");
    await desk.goes(`/desk?q=${ada.family}`);
    await desk.page.locator(".app-item--red", { hasText: ada.family }).first().waitFor();
    await v.follows("Go on with your request");
    must(pageOf(v) === "duration", `the form goes on where it stopped, not on “${pageOf(v)}”`);
    await fillsUntil(v, ada, "done");
    await v.sees("Call 999 now if you have not");
  },
  ADVICE,
);

test(
  "a patient is asked only what could change how soon somebody must act",
  PATIENT,
  async (w) => {
    const v = await w.patient();
    const ada = { ...ADA, ...somebody("Ada"), words: "I have had a headache for three days and I feel a bit sick." };
    await begins(v, ada);
    await fillsUntil(v, ada, "safety");
    await v.looks("ask safety");
    must((await goesOn(v)) === "safety", "a question without an answer is not gone past");
    await v.sees("Choose yes, no or not sure.");
    await v.looks("ask safety, nothing chosen");
    const seen = await fillsUntil(v, ada, "done");
    const asked = seen.filter((page) => page === "safety").length;
    must(asked >= 1 && asked <= 5, `one to five questions, not ${asked}`);
  },
  ADVICE,
);

test(
  "staff read what is advised, why, and what would change it, and agree with one press",
  STAFF,
  async (w) => {
    const asked = await w.asked(somebody(), { words: "Itchy watery eyes and sneezing, my usual hay fever." });
    const v = await w.staff("sam");
    v.names.push(asked.family);
    await v.goes(`/desk?q=${asked.reference}`);
    await v.looks("desk, advice on");
    await v.follows(asked.name);
    await v.sees("Triage advice");
    must((await v.page.locator("mark").count()) > 0, "what was understood is marked in the patient's words");
    await v.looks("item with advice");
    if (w.setting.js) await v.page.keyboard.press("g");
    else await v.page.getByRole("button", { name: /^Agree/ }).click();
    await v.sees(/as advised/);
    await v.looks("item, advice agreed");
  },
  ADVICE,
);

test(
  "the rule book is searched and read, and a signature needs its parts",
  STAFF,
  async (w) => {
    const v = await w.staff("osei");
    await v.goes("/triage");
    await v.looks("triage rules");
    await v.page.getByRole("searchbox").fill("meningitis");
    await v.page.keyboard.press("Enter");
    await v.page.locator("[data-row]").first().waitFor();
    await v.looks("triage rules found");
    await v.page.locator("[data-row]").first().click();
    await v.sees("Fires when");
    await v.looks("a rule");
    await v.goes("/triage?q=nosuchrule");
    await v.sees("0 rules");
    await v.looks("triage rules, none found");
    await v.presses("Sign");
    await v.sees("Choose a mode.");
    await v.looks("triage, signature refused");
  },
  ADVICE,
);

test(
  "a change to a rule is proposed, replayed and thrown away",
  // A practice has one draft, so this is done in one setting: the narrow one.
  STAFF.slice(2),
  async (w) => {
    const v = await w.staff("nair");
    // Each change builds an engine, which takes a program without optimisation some seconds.
    v.page.setDefaultTimeout(40_000);
    await v.goes("/triage/changes");
    await v.looks("changes, none proposed");
    await v.goes("/triage/rules/hay-fever-self-care");
    await v.page.locator("#tell").fill(`Ask our own pharmacist, ${w.setting.name}.`);
    await v.presses("Propose these words");
    await v.sees(/Ask our own pharmacist/);
    await v.looks("changes, a draft");
    await v.presses("Replay the draft");
    await v.sees("Requests read");
    await v.looks("changes, replayed");
    await v.presses("Throw the draft away");
    await v.sees(/Thrown away/);
    await v.looks("changes, thrown away");
  },
  ADVICE,
);

test(
  "closed requests are read a second time",
  STAFF,
  async (w) => {
    const v = await w.staff("osei");
    await v.goes("/triage/second-readings");
    await v.looks("second readings");
    await v.fills("Percentage of closed requests", "200");
    await v.presses("Save");
    await v.sees("Enter a percentage from 0 to 100.");
    await v.looks("second readings, refused");
    await v.fills("Percentage of closed requests", "100");
    await v.presses("Save");
    await v.sees(/100 % are read again/);
    const asked = await w.asked(somebody(), { words: "A cough for three weeks." });
    const sam = await w.staff("sam");
    sam.names.push(asked.family);
    await sam.goes(`/desk?q=${asked.reference}`);
    await sam.follows(asked.name);
    const item = new URL(sam.page.url()).pathname.split("/").pop();
    await sam.page.locator("#urgency").selectOption({ label: "Amber: Soon (1 to 3 working days)" });
    await sam.presses("Save triage");
    await sam.page.locator("summary", { hasText: "Close" }).click();
    await sam.page.locator("#outcome").selectOption({ label: "Advice given" });
    await sam.presses("Close item");
    await v.goes("/triage/second-readings");
    // Its own request: the other browsers read at the same desk.
    await v.page.locator(`[data-row][href$="${item}"]`).click();
    await v.sees("Read this request");
    await v.looks("a second reading");
    await v.presses("Save my reading");
    await v.sees("Choose how urgent it is.");
    await v.looks("a second reading, nothing chosen");
    await v.ticks("Same day");
    await v.presses("Save my reading");
    await v.sees("Under-triage");
    await v.looks("second readings, compared");
  },
  ADVICE,
);

test(
  "reception asks what could make a call more urgent while the caller is there",
  STAFF,
  async (w) => {
    const v = await w.staff("jo");
    const person = somebody("Omar");
    await v.goes("/front-desk");
    await v.fills("First name", person.given);
    await v.fills("Last name", person.family);
    await v.fills("Day", "1");
    await v.fills("Month", "2");
    await v.fills("Year", "1980");
    await v.chooses("What for", "New health problem");
    await v.fills("In their words", "I have a headache since this morning.");
    await v.presses("Put on the desk");
    await v.sees(/Before they go/);
    await v.looks("front desk, ask before they go");
    await v.page.getByRole("link", { name: /questions? whose answer/ }).click();
    await v.sees("What would change it");
    const question = v.page.locator("form[action$='/safety'] fieldset").first();
    await v.looks("item, questions to ask the caller");
    await question.getByLabel("Not sure", { exact: true }).check();
    await v.presses("Keep the answers");
    await v.sees(/with the answers to the safety questions/);
    await v.looks("item, an answer made it red");
  },
  ADVICE,
);
