// Booking: hold a slot, book it, move it, cancel it; two people and one slot.
import { must, test } from "./harness/runner.mjs";
import { STAFF, somebody } from "./harness/world.mjs";

/** Settings run side by side; each takes slots of its own part of the list. */
const part = (w) => STAFF.indexOf(w.setting) * 8;

test("a slot is held, booked, moved and cancelled, and the patient is told", STAFF, async (w) => {
  const v = await w.staff("sam");
  const asked = await w.triaged(v, "GP");
  await v.looks("booking, free slots");
  await v.page.getByRole("button", { name: /^Hold / }).nth(part(w)).click();
  await v.sees("Held for this patient");
  await v.looks("booking, held");
  await v.presses("Let it go");
  await v.seesNot("Held for this patient");
  await v.page.getByRole("button", { name: /^Hold / }).nth(part(w)).click();
  await v.presses("Book it");
  await v.sees("See the patient, then record it");
  await v.looks("item, booked");
  const patient = await w.patient();
  patient.names.push(asked.family);
  await patient.goes(asked.link);
  await patient.sees("You have an appointment");
  await patient.looks("private page, booked");
  await patient.follows("I no longer need this");
  await patient.sees("Your appointment is cancelled too.");
  await patient.looks("private page, cancel with an appointment?");
  await v.follows("Move or cancel the appointment");
  await v.looks("booking, booked");
  await v.page.getByRole("button", { name: /^Move here/ }).nth(part(w) + 2).click();
  await v.sees(/moved/i, v.page.locator("#item-history"));
  await v.follows("Move or cancel the appointment");
  await v.fills("Why it is cancelled (the patient reads this)", "The doctor is ill");
  await v.presses("Cancel appointment");
  await v.sees("Free slots that fit");
  await patient.goes(asked.link);
  await patient.sees("The doctor is ill");
  await patient.looks("private page, appointment cancelled");
});

test("of two people who take the same slot the second is told in words", STAFF, async (w) => {
  const sam = await w.staff("sam");
  const lee = await w.staff("lee");
  await w.triaged(sam, "Nurse");
  await w.triaged(lee, "Nurse");
  const slot = await sam.page.locator("#slots input[name='slot-id']").nth(part(w) * 2).inputValue();
  const take = (v) => v.page.locator("#slots li").filter({ has: v.page.locator(`input[value='${slot}']`) }).getByRole("button", { name: /^Book/ }).click();
  await take(sam);
  await sam.sees("See the patient, then record it");
  await take(lee);
  await lee.sees("Somebody has just taken that slot. Choose another one.");
  await lee.looks("booking, somebody was faster");
  must((await lee.page.locator(`#slots input[value='${slot}']`).count()) === 0, "the slot that was taken is no longer offered");
  await lee.page.getByRole("button", { name: /^Book/ }).nth(part(w)).click();
  await lee.sees("See the patient, then record it");
});

test("booking before triage says what to do first", STAFF, async (w) => {
  const asked = await w.asked(somebody());
  const v = await w.staff("sam");
  await v.goes(`/desk?q=${asked.reference}`);
  await v.follows(asked.name);
  await v.follows("Find a slot");
  await v.sees("Choose an urgency and a pathway before you book.");
  await v.looks("booking, not triaged");
});
