// What goes out in writing: letters that are drafted and signed, templates of replies, and several appointments at once.
import { must, test } from "./harness/runner.mjs";
import { STAFF, somebody } from "./harness/world.mjs";

/** A line of a list of letters or templates, by its name. */
const line = (v, name) => v.page.locator("[data-row]", { hasText: name });

test("a letter is drafted, signed by a clinician, printed and posted", STAFF, async (w) => {
  const asked = await w.asked(somebody());
  const v = await w.staff("sam");
  v.names.push(asked.family);
  await v.goes(`/desk?q=${asked.reference}`);
  await v.follows(asked.name);
  await v.page.locator("main").getByRole("link", { name: "Letters", exact: true }).click();
  await v.sees("Draft a letter");
  await v.looks("letters of a request");
  await v.fills("To", `${asked.name}\n1 High Street\nLS1 4AP`);
  await v.fills("What it is about", `Travel ${asked.reference}`);
  await v.fills("Letter", "Dear patient 🎉");
  await v.presses("Save the draft");
  await v.sees("signs that cannot be printed here");
  await v.looks("letter, signs that cannot be printed");
  await v.fills("Letter", "Dear patient\n\nYou may travel.\n\nYours sincerely");
  await v.presses("Save the draft");
  await v.sees("A clinician has to sign it.");
  await v.looks("letter, draft");
  const here = v.path();
  const doctor = await w.staff("osei");
  await doctor.goes("/letters");
  await doctor.looks("letters");
  await line(doctor, asked.reference).click();
  await doctor.presses("Sign as it stands");
  await doctor.sees("Signed, to be posted");
  await doctor.looks("letter, signed");
  await v.goes(here);
  const pdf = await v.page.request.get(new URL(`${here}/letter.pdf`, v.page.url()).href);
  must(pdf.headers()["content-type"] === "application/pdf", "the letter is a PDF");
  must((await pdf.body()).subarray(0, 5).toString() === "%PDF-", "and begins as one");
  await v.presses("It has been posted");
  await v.sees(/Posted by/);
});

test("a template of a reply is written, and approved by somebody else", STAFF, async (w) => {
  const v = await w.staff("sam");
  const title = `Knee ${w.setting.name}`;
  await v.goes("/reply-templates");
  await v.looks("templates of replies");
  await v.follows("Write a template");
  await v.looks("write a template");
  await v.fills("Title, as staff choose it", title);
  await v.fills("Words", "Hello {{ naem }}");
  await v.presses("Save as a draft");
  await v.sees("is not known here");
  await v.looks("template, refused");
  await v.fills("Words", "Hello {{ patient_first_name }}. Please rest.");
  await v.presses("Save as a draft");
  await v.sees("Hello Ada. Please rest.");
  const here = v.path();
  const doctor = await w.staff("osei");
  await doctor.goes(here);
  await doctor.presses("Approve for a year");
  await doctor.sees(/Approved by/);
  await doctor.looks("template, approved");
  await v.goes(here);
  await v.presses("No longer use it");
  await v.goes("/reply-templates");
  await v.seesNot(title);
});

test("a series is found and booked at once", STAFF, async (w) => {
  const v = await w.staff("lee");
  await w.triaged(v, "GP");
  await v.follows("Book a series, something after it, or somebody else in the same visit");
  await v.looks("several that belong together");
  await v.page.locator("summary", { hasText: "The same again" }).click();
  await v.fills("How many appointments", "50");
  await v.presses("Find a series");
  await v.sees("2 to 12");
  await v.looks("series, refused");
  await v.fills("How many appointments", "2");
  await v.fills("Days between two of them", "1");
  await v.presses("Find a series");
  await v.page.getByRole("button", { name: /^Book 2/ }).nth(STAFF.indexOf(w.setting)).waitFor();
  await v.looks("series, ways to book it");
  await v.page.getByRole("button", { name: /^Book 2/ }).nth(STAFF.indexOf(w.setting)).click();
  await v.sees("See the patient, then record it");
});

test("the online limits of one day are set", STAFF, async (w) => {
  const v = await w.staff("manager");
  await v.goes("/opening");
  await v.sees("Days ahead that are not as usual");
  await v.looks("online hours and limits, days ahead");
});
