// The patient's private page: what happens next, adding something, answering, cancelling.
import { must, test } from "./harness/runner.mjs";
import { PATIENT, somebody } from "./harness/world.mjs";

/** The smallest picture there is. */
const ONE_PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

test("a patient adds something and cancels by the private link", PATIENT, async (w) => {
  const asked = await w.asked(somebody());
  const v = await w.patient();
  v.names.push(asked.family);
  await v.goes(asked.link);
  await v.sees(asked.reference);
  await v.sees("A person reads your request.");
  await v.looks("private page");
  await v.presses("Send");
  await v.sees("Write something first.");
  await v.looks("private page, nothing written");
  await v.fills("Add something", "It is my right knee, sorry.");
  await v.presses("Send");
  await v.sees("It is my right knee, sorry.", v.page.locator(".app-thread"));
  await v.looks("private page, something added");
  await v.follows("I no longer need this");
  await v.looks("private page, cancel?");
  await v.presses("Cancel my request");
  await v.sees(/This request was closed/);
  await v.looks("private page, closed");
  await v.fills("Add something", "I need it after all.");
  await v.presses("Send");
  await v.sees("We have what you wrote and read it.");
});

test("a patient answers what the practice asked", PATIENT, async (w) => {
  const asked = await w.asked(somebody());
  const desk = await w.staff("sam");
  await desk.goes(`/desk?q=${asked.reference}`);
  await desk.follows(asked.name);
  await desk.page.getByText("Ask for more").click();
  await desk.fills("What do you need to know?", "Which knee is it?");
  await desk.presses("Ask the patient");
  await desk.sees("Patient to answer");
  const v = await w.patient();
  v.names.push(asked.family);
  await v.goes(asked.link);
  await v.sees("We asked you something and wait for your answer");
  await v.sees("Which knee is it?");
  await v.looks("private page, asked");
  await v.fills("Your answer", "The right one.");
  await v.presses("Send answer");
  await v.sees("We have what you wrote and read it.");
  await desk.goes(`/desk?q=${asked.reference}`);
  await desk.sees("Read the patient's answer");
});

test("a patient sends a photo, and the desk sees it", PATIENT, async (w) => {
  const asked = await w.asked(somebody());
  const v = await w.patient();
  v.names.push(asked.family);
  await v.goes(asked.link);
  await v.follows("Send photos or documents");
  await v.looks("private page, send photos");
  await v.presses("Send");
  await v.sees("Choose a photo or a PDF.");
  await v.looks("private page, no photo chosen");
  await v.page.locator("#files").setInputFiles({ name: "rash.png", mimeType: "image/png", buffer: ONE_PIXEL });
  await v.fills("What do they show? (optional)", "My arm");
  await v.presses("Send");
  await v.sees("Sent 1 file: rash.jpg");
  await v.looks("private page, photo sent");
  const desk = await w.staff("sam");
  desk.names.push(asked.family);
  await desk.goes(`/desk?q=${asked.reference}`);
  await desk.follows(asked.name);
  const photo = desk.page.locator("img.app-photo");
  await photo.scrollIntoViewIfNeeded();
  await desk.page.waitForFunction(() => document.querySelector("img.app-photo")?.complete);
  must((await photo.evaluate((i) => i.naturalWidth)) === 1, "the picture is shown");
  await desk.looks("item, with a photo");
});

test("a patient fills in a questionnaire", PATIENT, async (w) => {
  const asked = await w.asked(somebody());
  const desk = await w.staff("sam");
  desk.names.push(asked.family);
  await desk.goes(`/desk?q=${asked.reference}`);
  await desk.follows(asked.name);
  await desk.page.getByText("Send a questionnaire").click();
  await desk.page.locator("#questionnaire").selectOption({ label: "Alcohol questionnaire (AUDIT-C)" });
  await desk.presses("Send it");
  await desk.sees("Patient to answer");
  const v = await w.patient();
  v.names.push(asked.family);
  await v.goes(asked.link);
  await v.looks("private page, a questionnaire waits");
  await v.follows("Fill in: Alcohol questionnaire (AUDIT-C)");
  await v.looks("questionnaire");
  await v.presses("Send answers");
  await v.sees("Answer “How often do you have a drink containing alcohol?”");
  await v.looks("questionnaire, nothing answered");
  await v.page.getByLabel("Monthly or less", { exact: true }).check();
  await v.presses("Send answers");
  await v.sees("How many units of alcohol do you drink on a typical day");
  await v.page.getByLabel("3 to 4", { exact: true }).check();
  await v.page.getByLabel("Less than monthly", { exact: true }).check();
  await v.presses("Send answers");
  await v.sees("Answers sent");
  await v.looks("questionnaire, sent");
  await desk.goes(`/desk?q=${asked.reference}`);
  await desk.follows(asked.name);
  await desk.sees("AUDIT-C score 3: lower risk");
  await desk.looks("item, questionnaire answered");
});

test("a private link that is not one says so", PATIENT, async (w) => {
  const v = await w.patient();
  await v.goes("/r/0000000000000000");
  must((await v.heading()) === "Page not found", "nothing is shown for a link that was made up");
  await v.looks("private page, not there");
});
