// What goes wrong is told in a sentence that says what to do, and keeps what was typed.
import { must, test } from "./harness/runner.mjs";
import { PATIENT, STAFF, somebody } from "./harness/world.mjs";

test("a page that is not there says so", PATIENT, async (w) => {
  const v = await w.patient();
  await v.goes("/nothing/here");
  must((await v.heading()) === "Page not found", "the heading says it");
  await v.looks("page not found");
  await v.goes("/items/3f2504e0-4f89-11d3-9a0c-0305e82c3301");
  await v.looks("item without signing in");
});

test("an item that is not there says so", STAFF, async (w) => {
  const v = await w.staff("sam");
  for (const id of ["00000000-0000-4000-8000-000000000000", "not-an-id"]) {
    await v.goes(`/items/${id}`);
    must((await v.heading()) === "Page not found", `the heading says it for ${id}`);
  }
  await v.looks("item not found");
});

test("a page that a colleague made stale is refused and keeps what was typed", STAFF, async (w) => {
  const asked = await w.asked(somebody());
  const [sam, lee] = [await w.staff("sam"), await w.staff("lee")];
  for (const v of [sam, lee]) {
    v.names.push(asked.family);
    await v.goes(`/desk?q=${asked.reference}`);
    await v.follows(asked.name);
  }
  const text = "Please put ice on it four times a day and rest it until Monday, then tell us how it is.";
  await sam.page.locator("summary", { hasText: "Reply to the patient" }).click();
  await sam.page.locator("#reply-text").fill(text);
  await lee.page.locator("#to").selectOption({ label: "Team: Reception" });
  await lee.presses("Assign");
  await lee.sees("Reception", lee.page.locator("#item-next"));
  await sam.presses("Send reply");
  await sam.sees("This has changed");
  await sam.sees(text);
  await sam.looks("stale");
  await sam.follows("Open the item again");
  await sam.sees("Reception", sam.page.locator("#item-next"));
});

test("an auditor reads an item and may change nothing", STAFF, async (w) => {
  const asked = await w.asked(somebody());
  const v = await w.staff("auditor");
  v.names.push(asked.family);
  await v.goes(`/desk?q=${asked.reference}`);
  await v.follows(asked.name);
  must((await v.page.locator("main form[method=post]").count()) === 0, "an auditor's page has nothing to send");
  await v.looks("item, as an auditor sees it");
  const item = v.path();
  await v.page.evaluate((action) => {
    const form = document.querySelector("form[action='/sign-out']");
    form.action = `${action}/note`;
    form.append(Object.assign(document.createElement("input"), { name: "text", value: "I should not be able to write." }));
    form.submit();
  }, item);
  await v.sees("You may not do this");
  await v.sees("Ask a colleague whose role does.");
  await v.looks("wrong role, sent");
  await v.goes("/duty");
  await v.sees("You may not do this");
  await v.looks("wrong role, read");
});

test("a session that has ended keeps what staff typed, and takes it after signing in again", STAFF, async (w) => {
  const person = somebody("Omar");
  const words = "He wants the letter for the housing office by Friday, and asks us to ring his sister about it.";
  const v = await w.staff("jo");
  await v.goes("/front-desk");
  await v.fills("First name", person.given);
  await v.fills("Last name", person.family);
  await v.fills("Day", "1");
  await v.fills("Month", "2");
  await v.fills("Year", "1950");
  await v.chooses("What for", "Letter or form");
  await v.fills("In their words", words);
  await v.context.clearCookies();
  await v.presses("Put on the desk");
  await v.sees("Your session has ended.");
  must((await v.page.locator("main textarea").first().inputValue()) === words, "what was typed is on the page");
  await v.looks("session ended");
  const answer = await v.context.request.post(`${w.url}/sign-in`, { form: { email: "jo@example.com", password: "demonstration", to: "/help" } });
  must(answer.ok(), "signing in again works");
  await v.presses("Try again");
  await v.sees("This form is out of date");
  await v.looks("form out of date");
  await v.presses("Try again");
  await v.sees(/is on the desk/);
  await v.goes(`/desk?q=${person.family}`);
  await v.sees("Letter or form, phone");
});

test("a page that asks to sign in comes back to where one was", STAFF, async (w) => {
  const v = await w.visitor();
  await v.goes("/audit");
  must(v.path() === "/sign-in" && new URL(v.page.url()).searchParams.get("to") === "/audit", "the way back is remembered");
});
