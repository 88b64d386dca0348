// Reception enters what somebody asked by phone or at the front desk.
import { must, test } from "./harness/runner.mjs";
import { STAFF, somebody } from "./harness/world.mjs";

test("reception enters a phone request for a known patient", STAFF, async (w) => {
  const v = await w.staff("jo");
  await v.goes("/front-desk");
  await v.looks("front desk");
  await v.page.getByRole("searchbox").fill("smith");
  await v.page.keyboard.press("Enter");
  const first = v.page.locator("[data-row]").first();
  const name = await first.innerText();
  await v.looks("front desk, patients found");
  await first.click();
  await v.sees(name, v.page.locator(".nhsuk-inset-text"));
  await v.looks("front desk, a known patient");
  await v.chooses("What for", "Medicine or prescription");
  await v.fills("In their words", "Two inhalers left, please send more.");
  await v.presses("Put on the desk");
  await v.sees(/Request [0-9A-Z]{4}-[0-9A-Z]{4} is on the desk/);
  await v.looks("front desk, done");
  const [reference] = (await v.page.locator(".nhsuk-notification-banner").innerText()).match(/[0-9A-Z]{4}-[0-9A-Z]{4}/);
  await v.goes(`/desk?q=${reference}`);
  await v.sees(name, v.page.locator(".app-item"));
  await v.sees(/Medicine or prescription, phone/);
});

test("reception enters a request for an unknown patient, and keeps what was typed when something is missing", STAFF, async (w) => {
  const v = await w.staff("jo");
  const person = somebody("Omar");
  await v.goes(`/front-desk?q=${person.family}`);
  await v.sees("Nobody found.");
  await v.fills("First name", person.given);
  await v.fills("In their words", "A letter for the housing office.");
  await v.presses("Put on the desk");
  await v.sees("Enter the last name.");
  await v.looks("front desk, something is missing");
  must((await v.page.getByLabel("In their words", { exact: true }).inputValue()) === "A letter for the housing office.", "what was typed is kept");
  await v.fills("Last name", person.family);
  await v.fills("Day", "1");
  await v.fills("Month", "2");
  await v.fills("Year", "1990");
  await v.ticks("Front desk");
  await v.chooses("What for", "Letter or form");
  await v.presses("Put on the desk");
  await v.sees(/is on the desk/);
  await v.goes(`/desk?q=${person.family}`);
  await v.sees(/Letter or form, front desk/);
});

test("an emergency sign told by phone is red on the desk", STAFF, async (w) => {
  const v = await w.staff("jo");
  const person = somebody("Omar");
  await v.goes("/front-desk");
  await v.fills("First name", person.given);
  await v.fills("Last name", person.family);
  await v.fills("Day", "1");
  await v.fills("Month", "2");
  await v.fills("Year", "1950");
  await v.chooses("What for", "New health problem");
  await v.fills("In their words", "Face is drooping on one side.");
  await v.page.locator("summary", { hasText: "Ask first" }).click();
  await v.looks("front desk, emergency signs");
  await v.page.locator("input[value='stroke']").check();
  await v.presses("Put on the desk");
  await v.sees(/is on the desk/);
  await v.goes(`/desk?q=${person.family}`);
  await v.page.locator(".app-item--red", { hasText: person.family }).waitFor();
});
