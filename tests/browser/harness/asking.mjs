// The pages of the form that patients fill in, and going through them.
import { must } from "./runner.mjs";

/** Somebody with a swollen knee, for whom nothing special is asked. */
export const ADA = {
  emergency: "None of these",
  who: "Me",
  asker: { name: "Robin Field", relationship: "mother" },
  phone: "07700 900982",
  kind: "New health problem",
  words: "My left knee has been swollen since Tuesday and it hurts on the stairs.",
  worse: "Not sure",
  answer: "Phone call",
};

/** How each page is filled in. */
export const FILLS = {
  emergency: (v, a) => v.ticks(a.emergency),
  who: (v, a) => v.ticks(a.who),
  asker: async (v, a) => {
    await v.fills("Your name", a.asker.name);
    await v.page.locator("#relationship").fill(a.asker.relationship);
  },
  name: async (v, a) => {
    await v.fills("First name", a.given);
    await v.fills("Last name", a.family);
  },
  "birth-date": async (v) => {
    await v.fills("Day", "15");
    await v.fills("Month", "3");
    await v.fills("Year", "1984");
  },
  find: (v) => v.fills("Postcode", "ls1 4ap"),
  phone: (v, a) => v.fills("Telephone number", a.phone),
  kind: (v, a) => v.ticks(a.kind),
  words: (v, a) => v.page.locator("#words").fill(a.words),
  duration: async (v) => {
    await v.fills("How long has it been going on?", "Since Tuesday");
    await v.fills("What have you tried so far? (optional)", "Ice and rest");
  },
  worse: (v, a) => v.ticks(a.worse),
  wish: (v) => v.page.locator("#wish").fill("A call"),
  answer: async (v, a) => {
    await v.ticks(a.answer);
    await v.fills("When is best? (optional)", "After 3pm");
    await v.ticks("Do not leave a message");
  },
  needs: async (v) => {
    await v.ticks("An interpreter");
    await v.fills("Which language?", "Polish");
  },
  safety: (v, a) => v.ticks(a.safety ?? "No"),
  check: () => {},
};

/** The page of the form that is open. */
export const pageOf = (v) => (v.path() === "/ask" ? "emergency" : v.path().replace("/ask/", ""));

/** Sends the page that is open; answers the page that comes. */
export async function goesOn(v) {
  await v.presses(pageOf(v) === "check" ? "Send request" : "Continue");
  return pageOf(v);
}

/** Fills in page after page until one of these is open; answers the pages that were seen. */
export async function fillsUntil(v, answers, end, looks) {
  const seen = [];
  for (let page = pageOf(v); page !== end; ) {
    must(page === "safety" || !seen.includes(page), `the page “${page}” came twice: ${seen.join(", ")}`);
    seen.push(page);
    await looks?.(page);
    await FILLS[page](v, answers);
    page = await goesOn(v);
  }
  return seen;
}

/** Opens the first page. */
export function begins(v, person) {
  v.names.push(person.family);
  return v.goes("/ask");
}
