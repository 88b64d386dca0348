// Pages that staff read: duty, people, patients, history, audit, help, signing in.
import { SCHEMES } from "./harness/checks.mjs";
import { must, test } from "./harness/runner.mjs";
import { STAFF, WITH_JS, somebody } from "./harness/world.mjs";

test("staff sign in, and a wrong password is told in words", STAFF, async (w) => {
  const v = await w.visitor();
  await v.goes("/desk");
  must(v.path() === "/sign-in", "the desk asks to sign in first");
  await v.looks("sign in");
  await v.fills("E-mail address", "lee@example.com");
  await v.fills("Password", "wrong");
  await v.presses("Sign in");
  await v.sees("The e-mail address or the password is not right.");
  await v.looks("sign in refused");
  must((await v.page.getByLabel("E-mail address", { exact: true }).inputValue()) === "lee@example.com", "the address is kept");
  await v.fills("Password", "demonstration");
  await v.presses("Sign in");
  must((await v.heading()) === "Desk", "they come to the page they wanted");
  if (!w.setting.js) return v.presses("Sign out");
  await v.page.getByRole("button", { name: "Sign out" }).first().click();
  await v.page.waitForURL("**/sign-in");
});

test("the duty screen shows red and amber, slots left and who is at work", STAFF, async (w) => {
  const v = await w.staff("osei");
  await v.goes("/duty");
  await v.sees(/Red and amber now/);
  await v.sees(/At work \(/);
  await v.sees(/Received .* = open/);
  await v.looks("duty");
});

test("a manager marks somebody away and plans a closure", STAFF, async (w) => {
  const v = await w.staff("manager");
  await v.goes("/staff");
  await v.looks("people");
  // Tests run two at once on one practice, so each setting has a person of its own.
  const who = { "js 1280": "Beth Evans", "no js 1280": "Imran Shah", "js 320": "Kasia Nowak" }[w.setting.name] ?? "Beth Evans";
  const person = v.page.locator(".app-item", { hasText: who });
  await person.getByRole("button", { name: /^Away/ }).click();
  await person.locator("strong", { hasText: "Away" }).waitFor();
  await v.looks("people, somebody away");
  await person.getByRole("button", { name: /^At work/ }).click();
  await person.locator("strong", { hasText: "At work" }).waitFor();
  const reason = `Learning afternoon ${w.setting.name}`;
  await v.page.locator("#from-date").fill("2028-06-01");
  await v.page.locator("#to-date").fill("2028-06-01");
  await v.fills("Reason that patients read", reason);
  await v.presses("See what closing does");
  await v.sees("Nothing has been changed yet.");
  await v.sees(/Online requests that came in these hours/);
  await v.looks("closure, tried");
  await v.presses("Do it");
  await v.sees(reason);
  await v.goes("/staff");
  await v.looks("people with a closure");
  await v.presses(`Remove closure: ${reason}`);
  await v.seesNot(reason);
  await v.presses("See what closing does");
  await v.sees("Enter both days and times");
  await v.looks("closure refused");
});

test("a patient is found, with their timeline and who did what", STAFF, async (w) => {
  const v = await w.staff("sam");
  await v.goes("/patients");
  await v.looks("patients");
  await v.page.getByRole("searchbox").fill("nobodyhasthisname");
  await v.page.keyboard.press("Enter");
  await v.sees("Nobody found.");
  await v.looks("patients, nobody found");
  await v.page.getByRole("searchbox").fill("smith");
  await v.page.keyboard.press("Enter");
  await v.page.locator("[data-row]").first().waitFor();
  await v.looks("patients found");
  await v.page.locator("[data-row]").first().click();
  await v.sees("Timeline");
  await v.looks("timeline");
  await v.follows("Who did what");
  await v.sees("Timeline read");
  await v.looks("history of a patient");
});

test("an auditor reads the log and checks it", STAFF, async (w) => {
  const v = await w.staff("auditor");
  await v.goes("/audit");
  await v.looks("audit log");
  await v.presses("Check the whole log");
  await v.sees(/All \d+ events are as they were written\./);
  await v.looks("audit log checked");
});

/** The help pages are many and made alike, so they are read in parts, and past the first of a part in one scheme of colours. */
const HELP_PARTS = 4;
for (let part = 0; part < HELP_PARTS; part++) {
  test(`every help page is there, part ${part + 1} of ${HELP_PARTS}`, [STAFF[0], STAFF[2]], async (w) => {
    const v = await w.staff("sam");
    await v.goes("/help");
    await v.looks("help");
    const pages = await v.page.locator("main a[href^='/help/duty/']").evaluateAll((links) => links.map((a) => a.getAttribute("href")));
    must(pages.length >= 10 * HELP_PARTS, "there is a help page for each duty");
    const mine = pages.filter((_, i) => i % HELP_PARTS === part);
    for (const [i, page] of mine.entries()) {
      await v.goes(page);
      must((await v.heading()).length > 3, `${page} has a heading`);
      await v.looks(`help ${page.split("/").pop()}`, i === 0 ? undefined : SCHEMES.slice(0, 1));
    }
  });
}

test("single-letter keys can be turned off", WITH_JS, async (w) => {
  const v = await w.staff("sam");
  await v.goes("/help");
  await v.presses("Turn single-letter keys off");
  await v.goes("/desk");
  await v.page.keyboard.press("j");
  must(await v.page.evaluate(() => document.activeElement === document.body), "j does nothing when keys are off");
  await v.goes("/help");
  await v.presses("Turn single-letter keys on");
  await v.goes("/desk");
  await v.page.keyboard.press("j");
  must(await v.page.evaluate(() => document.activeElement.matches("[data-row]")), "j moves when keys are on");
});

test("the practice makes a questionnaire", STAFF, async (w) => {
  const v = await w.staff("sam");
  await v.goes("/questionnaires");
  await v.sees("Mood questionnaire (PHQ-9)");
  await v.looks("questionnaires");
  await v.follows("Make a questionnaire");
  await v.fills("Title, as patients read it", "Inhaler check");
  await v.fills("Questions", "How often?");
  await v.presses("Preview");
  await v.sees("Line 1: say what answers it");
  await v.looks("questionnaire, a line that does not read");
  await v.fills("Questions", "How often? [Never=0; Every day=2!]\nDo you smoke? [yes/no]");
  await v.presses("Preview");
  await v.sees("As the patient sees it");
  await v.looks("questionnaire, preview");
  await v.presses("Save as a draft");
  await v.sees("waits for somebody to approve it");
  await v.looks("questionnaire, draft");
});

test("the calls to make are a page, and every list has a link to it", STAFF, async (w) => {
  const v = await w.staff("sam");
  await v.goes("/duty");
  await v.follows("Calls to make");
  await v.looks("calls to make");
  await v.goes("/duty");
  await v.follows("Messages to many");
  must(v.path() === "/batches", "messages to many open");
});

test("who takes what, working hours and private work are set and seen", STAFF, async (w) => {
  const v = await w.staff("sam");
  await v.goes("/practice");
  await v.sees("Emergencies always go to");
  await v.looks("who takes what");
  await v.presses("Set it");
  await v.sees("Say why, for the log.");
  await v.looks("who takes what, refused");
  await v.goes("/staff");
  const hours = await v.page.locator("main a[href$='/hours']").first().getAttribute("href");
  await v.goes(hours);
  await v.looks("working hours");
  const asked = await w.asked(somebody(), { words: "I need a medical for my lorry licence." });
  v.names.push(asked.family);
  await v.goes(`/desk?q=${asked.reference}`);
  await v.follows(asked.name);
  await v.follows("Private work");
  await v.fills("What is done", "Medical");
  await v.fills("Fee in pounds", "120");
  await v.presses("Log it");
  await v.sees("Fee told, not agreed");
  await v.looks("private work of a request");
  await v.goes("/private-work");
  await v.sees("£120.00");
  await v.looks("private work");
});
