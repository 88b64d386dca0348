// Choosing an appointment by link, the day's list, changing the rota, capacity, giving out slots, writing to many.
import { must, test } from "./harness/runner.mjs";
import { PATIENT, STAFF, somebody } from "./harness/world.mjs";

/** A request that is triaged and whose patient is invited to choose. */
async function invited(w, pathway = "GP") {
  const v = await w.staff("sam");
  const asked = await w.triaged(v, pathway);
  await v.presses("Send a link to choose");
  await v.sees("Patient to choose an appointment");
  return { asked, v };
}

async function givesBirthDate(p, year = "1984") {
  await p.fills("Day", "15");
  await p.fills("Month", "3");
  await p.fills("Year", year);
  await p.presses("Continue");
}

test("a patient chooses an appointment by link, changes it and gives it up", PATIENT, async (w) => {
  const { asked, v } = await invited(w);
  const p = await w.patient();
  p.names.push(asked.family);
  await p.goes(asked.link);
  await p.sees("Please choose an appointment");
  await p.looks("private page, invited to choose");
  await p.follows("Choose an appointment");
  await p.looks("choosing, who are you");
  await givesBirthDate(p, "1985");
  await p.sees("That is not the date of birth that we have.");
  await p.looks("choosing, wrong date of birth");
  await givesBirthDate(p);
  await p.page.locator(".app-time").first().waitFor();
  await p.looks("choosing, free times");
  // The second day is whole; of the first some hours may be over.
  const times = async () => {
    const day = p.page.locator("#slots details").nth(1);
    await day.locator("summary").click();
    return day.locator(".app-time");
  };
  const octets = (await (await p.page.request.get(p.page.url())).body()).length;
  must(octets < 60 * 1024, `the page has ${octets} octets before it is compressed`);
  if (w.setting.js) {
    // The document with its style sheet, scripts and pictures, as they come over the wire to somebody who has none of them.
    const wire = await p.page.evaluate(() =>
      [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].reduce((sum, e) => sum + e.encodedBodySize, 0),
    );
    must(wire > 10 * 1024 && wire < 60 * 1024, `everything that the page needs has ${wire} octets`);
  }
  // Settings run side by side on one practice; each takes a time of its own.
  const place = PATIENT.indexOf(w.setting) * 5;
  await (await times()).nth(place).click();
  await p.sees("Is this right?");
  await p.looks("choosing, is this right");
  await p.page.locator("#needs").fill("I use a wheelchair.");
  await p.presses("Book this appointment");
  await p.sees("Appointment booked");
  await p.looks("choosing, booked");
  await p.goes(asked.link);
  await p.follows("Change or cancel your appointment");
  await givesBirthDate(p);
  await p.sees("Change your appointment");
  await p.looks("choosing, change");
  await (await times()).nth(place + 2).click();
  await p.presses("Book this appointment");
  await p.sees("Appointment booked");
  await p.goes(asked.link);
  await p.follows("Change or cancel your appointment");
  await givesBirthDate(p);
  await p.presses("Cancel my appointment");
  await p.sees("Your appointment is cancelled");
  await p.looks("choosing, given up");
  await v.goes(`/desk?q=${asked.reference}`);
  await v.follows(asked.name);
  await v.sees("I use a wheelchair.");
  // What they wrote is read before another appointment is looked for.
  await v.sees("Read the patient's answer", v.page.locator("#item-next"));
});

test("a change of the rota is tried, done and undone", STAFF, async (w) => {
  // Each setting has a clinician of its own, whose clinic nobody else changes.
  const who = { "js 1280": "Beth Evans", "no js 1280": "Grace Bello", "js 320": "Kasia Nowak" }[w.setting.name];
  // A patient of that clinic loses the appointment and gets it back.
  const pathway = { "js 1280": "Mental health", "no js 1280": "Nurse", "js 320": "Healthcare assistant" }[w.setting.name];
  const sam = await w.staff("sam");
  const asked = await w.triaged(sam, pathway);
  await sam.page.getByRole("button", { name: /^Book/ }).last().click();
  await sam.sees("See the patient, then record it");
  const [, said] = /(\d{1,2} [A-Z][a-z]+ 20\d\d) at/.exec(await sam.page.locator("main").innerText());
  const text = new Date(`${said} 12:00 UTC`).toISOString().slice(0, 10);
  const v = await w.staff("manager");
  await v.goes("/rota");
  await v.looks("rota");
  const away = v.page.locator("section", { has: v.page.locator("#away") });
  await away.getByLabel("Who", { exact: true }).selectOption({ label: who });
  await v.presses("See what it does", away);
  await v.sees("Enter the first and the last day.");
  await v.looks("rota, days missing");
  await away.getByLabel("Who", { exact: true }).selectOption({ label: who });
  await away.getByLabel("First day", { exact: true }).fill(text);
  await away.getByLabel("Last day", { exact: true }).fill(text);
  await v.presses("See what it does", away);
  await v.sees("Nothing has been changed yet.");
  v.names.push(asked.family);
  await v.sees("Who is affected, most urgent first");
  await v.sees(asked.name);
  await v.looks("rota, what it does");
  await v.presses("Do it");
  await v.sees("Say why.");
  await v.looks("rota, reason missing");
  const why = `Learning day ${w.setting.name}`;
  await v.page.locator("#reason").fill(why);
  await v.presses("Do it");
  await v.sees("What became of each");
  await v.looks("rota, change done");
  await v.goes(`/rota/day?on=${text}`);
  await v.sees("Sessions");
  await v.looks("rota, sessions of a day");
  await v.goes("/rota");
  await v.follows(why);
  await v.presses("Undo");
  await v.sees(/Undone/);
  await v.sees("Has the old appointment again");
  await v.looks("rota, change undone");
});

test("a session template is written, refused and tried", STAFF, async (w) => {
  const v = await w.staff("manager");
  await v.goes("/rota/templates/new");
  await v.looks("template, new");
  await v.presses("See what it does");
  await v.sees("Choose who sees the patients.");
  await v.looks("template, refused");
  await v.goes("/rota");
  await v.page.locator(".app-item__name").first().click();
  await v.sees("Session template");
  await v.looks("template, edit");
});

test("the day's list marks who came", STAFF, async (w) => {
  const v = await w.staff("jo");
  await v.goes("/day?free=yes");
  await v.sees(/slots are booked/);
  await v.looks("day list");
});

test("capacity shows today, the levers and the weeks ahead", STAFF, async (w) => {
  const v = await w.staff("manager");
  await v.goes("/capacity");
  await v.sees("Levers");
  await v.sees("Promises kept");
  await v.looks("capacity");
  await v.page.locator("#growth").fill("plenty");
  await v.presses("Save");
  await v.sees("Enter a per cent from -50 to 50");
  await v.looks("capacity, growth refused");
});

test("free slots are given out and the coordinator accepts some", STAFF, async (w) => {
  const asked = await w.asked(somebody());
  const v = await w.staff("sam");
  v.names.push(asked.family);
  await v.goes(`/desk?q=${asked.reference}`);
  await v.follows(asked.name);
  await v.page.locator("#urgency").selectOption({ label: "Green: Routine" });
  await v.page.locator("#pathway").selectOption({ label: "Pharmacist" });
  await v.presses("Save triage");
  await v.goes("/allocate?ahead=28");
  await v.sees("This is the best way to give them out");
  await v.looks("allocation");
  for (const box of await v.page.locator("input[name='pair']").all()) await box.uncheck();
  // A colleague may have done the same in another setting; then the page says so, and the next try books.
  await v.page.getByLabel(new RegExp(asked.family)).check();
  await v.presses("Book the ticked ones");
  await v.sees(/1 booked\.|0 booked, 1 not/);
  await v.looks("allocation, booked");
});

test("what somebody gives up is offered to whoever waits", STAFF, async (w) => {
  const v = await w.staff("sam");
  await v.goes("/offers");
  await v.looks("freed slots");
  await v.fills("To how many at once", "30");
  await v.presses("Save");
  await v.sees("Offer a slot to 1 to 10 people at once.");
});

test("a message to many is refused, previewed, and released by somebody else", STAFF, async (w) => {
  const v = await w.staff("sam");
  await v.goes("/batches");
  await v.looks("messages to many");
  await v.presses("Make the list");
  await v.sees("Write what patients read.");
  await v.looks("messages to many, refused");
  const name = `Flu ${w.setting.name}`;
  await v.fills("What staff call it", name);
  await v.page.locator("#text").fill("Come for your flu jab on Saturday.");
  await v.fills("Or: from age", "65");
  await v.presses("Make the list");
  await v.sees("Not released");
  await v.sees("A colleague opens this page and releases it.");
  await v.looks("message to many, preview");
  const here = v.path();
  const lee = await w.staff("lee");
  await lee.goes(here);
  await lee.page.getByRole("button", { name: /^Release to/ }).click();
  await lee.sees(/The first message goes/);
  await lee.looks("message to many, released");
  await lee.presses("Stop");
  await lee.sees("Stopped");
});

test("online hours are tried before they are set", STAFF, async (w) => {
  const v = await w.staff("manager");
  await v.goes("/opening");
  await v.looks("online hours");
  await v.page.locator("#daily").fill("many");
  await v.presses("Try it on last month");
  await v.sees("Enter limits as whole numbers");
  await v.looks("online hours, refused");
  await v.page.locator("#daily").fill("100");
  await v.presses("Try it on last month");
  await v.sees(/On the last month/);
  await v.looks("online hours, tried");
});

test("how a patient may be reached stands on their page", STAFF, async (w) => {
  const v = await w.staff("sam");
  await v.goes("/patients?q=Smith");
  await v.page.locator("main a[href^='/patients/']").first().click();
  await v.page.getByText("How they may be reached", { exact: true }).click();
  await v.looks("patient, how they may be reached");
});
