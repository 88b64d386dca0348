// One test in one setting: its visitors, and shortcuts for what is not the test's point.
import { randomUUID } from "node:crypto";
import { Visitor } from "./visitor.mjs";

const settings = {
  wide: { name: "js 1280", js: true, width: 1280, height: 800 },
  wideWithout: { name: "no js 1280", js: false, width: 1280, height: 800 },
  narrow: { name: "js 320", js: true, width: 320, height: 640 },
  narrowWithout: { name: "no js 320", js: false, width: 320, height: 640 },
};

/** Patients come with any phone. */
export const PATIENT = Object.values(settings);
/** Staff pages work without JavaScript, and on a phone. */
export const STAFF = [settings.wide, settings.wideWithout, settings.narrow];
/** What only JavaScript adds. */
export const WITH_JS = [settings.wide];

const PASSWORD = "demonstration";
/** Cookies of those who have signed in, so that each does it once. */
const signedIn = new Map();
let people = 0;

/** A made-up person whose name nobody else has. */
export function somebody(given = "Zora") {
  const letters = (people++).toString(26).replace(/./g, (d) => String.fromCharCode(97 + parseInt(d, 26)));
  return { given, family: `Quill${letters}${randomUUID().slice(0, 4).replace(/\d/g, (d) => "abcdefghij"[d])}` };
}

export class World {
  constructor({ browser, url, setting, shots }) {
    Object.assign(this, { browser, url, setting, shots, visitors: [] });
  }

  async visitor(storageState) {
    const { js, width, height } = this.setting;
    const context = await this.browser.newContext({ javaScriptEnabled: js, viewport: { width, height }, storageState, locale: "en-GB", timezoneId: "Europe/London", reducedMotion: "reduce" });
    const visitor = new Visitor(this, context, await context.newPage());
    this.visitors.push(visitor);
    return visitor;
  }

  patient() {
    return this.visitor();
  }

  /** A member of staff who has signed in: "sam", "jo", "osei" … */
  async staff(who) {
    const key = `${who} at ${this.url}`;
    if (!signedIn.has(key)) signedIn.set(key, this.signIn(who));
    return this.visitor(await signedIn.get(key));
  }

  /** Somebody's request, triaged as routine, with the page of its free slots open. */
  async triaged(v, pathway) {
    const asked = await this.asked(somebody());
    v.names.push(asked.family);
    await v.goes(`/desk?q=${asked.reference}`);
    await v.follows(asked.name);
    await v.page.locator("#urgency").selectOption({ label: "Green: Routine" });
    await v.page.locator("#pathway").selectOption({ label: pathway });
    await v.presses("Save triage");
    await v.follows("Find a slot");
    await v.sees("Free slots that fit");
    return asked;
  }

  async signIn(who) {
    const context = await this.browser.newContext();
    const answer = await context.request.post(`${this.url}/sign-in`, { form: { email: `${who}@example.com`, password: PASSWORD, to: "/help" } });
    if (!answer.ok()) throw new Error(`${who} cannot sign in: ${answer.status()}`);
    const state = await context.storageState();
    await context.close();
    return state;
  }

  /** A patient asks by plain forms, as a test's beginning: answers the reference and the private link. */
  async asked(person, more = {}) {
    let cookie = "";
    const send = async (path, fields) => {
      const body = new URLSearchParams({ _key: randomUUID(), _draft: cookie.replace(/^ask=/, ""), ...fields });
      const answer = await fetch(this.url + path, { method: "POST", body, redirect: "manual", headers: { cookie } });
      if (answer.status !== 303) throw new Error(`${path} answered ${answer.status}`);
      cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? cookie;
    };
    const fields = {
      emergency: { emergency: more.sign ?? "none" },
      who: { who: "self" },
      name: person,
      "birth-date": { "birth-date-day": "15", "birth-date-month": "3", "birth-date-year": "1984" },
      find: { postcode: "LS1 4AP" },
      phone: { phone: "07700 900982" },
      kind: { kind: more.kind ?? "new_problem" },
      words: { words: more.words ?? "My knee hurts since Tuesday." },
      duration: { duration: "Since Tuesday", tried: "Rest" },
      worse: { worse: "no" },
      wish: { wish: "A call" },
      answer: { "answer-by": "phone" },
      needs: { needs: more.needs ?? "" },
      check: {},
    };
    for (const [page, typed] of Object.entries(fields)) {
      if (page === "check") await this.answersSafety(cookie, send);
      await send(`/ask/${page}`, typed);
    }
    const done = await (await fetch(`${this.url}/ask/done`, { headers: { cookie } })).text();
    const [reference] = done.match(/\b[0-9A-Z]{4}-[0-9A-Z]{4}\b/) ?? [];
    const [link] = done.match(/\/r\/[0-9a-f]+/) ?? [];
    if (!reference || !link) throw new Error(`the request was not taken: ${done.slice(0, 500)}`);
    return { ...person, name: `${person.given} ${person.family}`, reference, link };
  }

  /** Answers no to whatever is asked because of the words. */
  async answersSafety(cookie, send) {
    for (;;) {
      const page = await (await fetch(`${this.url}/ask/safety`, { headers: { cookie } })).text();
      const [, concept] = page.match(/name="concept" value="([^"]+)"/) ?? [];
      if (!concept) return;
      await send("/ask/safety", { concept, safety: "no" });
    }
  }

  /** Closes every visitor; answers what their pages complained about. */
  async ends() {
    await Promise.all(this.visitors.map((v) => v.leaves().catch(() => {})));
    return this.visitors.flatMap((v) => v.problems);
  }
}
