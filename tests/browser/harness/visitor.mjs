// A person with a browser: what they do and see, and a record of everything that their pages complained about.
import { problemsOf } from "./checks.mjs";

const PATIENCE = 20_000;
/** States that have been checked in a setting; a state looks the same the second time. */
const looked = new Set();

export class Visitor {
  constructor(world, context, page) {
    Object.assign(this, { world, context, page, setting: world.setting, names: [], problems: [] });
    page.setDefaultTimeout(PATIENCE);
    this.listen();
  }

  /** Console errors and broken policies count; the browser's own remark that a page was answered 4xx does not. */
  listen() {
    const pages = new Set();
    this.page.on("response", (answer) => answer.request().isNavigationRequest() && pages.add(answer.url()));
    this.page.on("pageerror", (error) => this.problems.push(`a script broke: ${error.message}`));
    this.page.on("console", (message) => {
      const { url } = message.location();
      const remark = message.text().startsWith("Failed to load resource") && pages.has(url);
      if (message.type() === "error" && !remark) this.problems.push(`console: ${message.text()} (${url})`);
    });
  }

  async goes(path) {
    await this.page.goto(this.world.url + path);
    return this;
  }

  path() {
    return new URL(this.page.url()).pathname;
  }

  /** Checks the page once a state and setting, in every scheme of colours unless told; the name of the state is what a screenshot is called. */
  async looks(state, schemes) {
    const key = `${state} ${this.setting.name}`;
    if (looked.has(key)) return;
    looked.add(key);
    this.problems.push(...(await problemsOf(this, state, this.world.shots, schemes)));
  }

  async fills(label, text) {
    await this.page.getByLabel(label, { exact: true }).fill(text);
  }

  async ticks(label) {
    await this.page.getByLabel(label, { exact: true }).check();
  }

  async chooses(label, option) {
    await this.page.getByLabel(label, { exact: true }).selectOption({ label: option });
  }

  async presses(name, among = this.page) {
    await among.getByRole("button", { name, exact: true }).click();
  }

  async follows(name, among = this.page) {
    // A link that looks like a button is one to assistive technology.
    await among.getByRole("link", { name, exact: true }).or(among.getByRole("button", { name, exact: true })).first().click();
  }

  /** The browser's own Back; Chromium now and then refuses it while it swaps pages. */
  async goesBack() {
    await this.page.goBack().catch(async (error) => {
      if (!error.message.includes("Not attached")) throw error;
      await this.page.waitForLoadState();
      await this.page.goBack();
    });
  }

  /** Waits until a text is on the page. */
  async sees(text, among = this.page) {
    const found = among.getByText(text).first();
    await found.waitFor({ state: "visible" }).catch(async () => {
      const shown = (await this.page.locator("main").innerText().catch(() => "")).slice(0, 1500);
      throw new Error(`${this.page.url()} does not show ${text}. It shows:\n${shown}`);
    });
  }

  async seesNot(text, among = this.page) {
    await among.getByText(text).first().waitFor({ state: "hidden" }).catch(() => {
      throw new Error(`${this.page.url()} shows ${text}`);
    });
  }

  heading() {
    return this.page.locator("h1").innerText();
  }

  async leaves() {
    await this.context.close();
  }
}
