// Starts a demonstration practice of its own in a temporary folder on a free port, and stops it by its process id.
import { spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const START_SECONDS = 60;

function freePort() {
  return new Promise((done, failed) => {
    const server = createServer().once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

/** Starts `portico demo` with this mode of triage advice; answers its address and how to stop it. */
export async function startPortico(binary, advice) {
  const folder = mkdtempSync(join(tmpdir(), "portico-browser-"));
  const listen = `127.0.0.1:${await freePort()}`;
  // Every browser here has the same address, so the limits per address must not stop them.
  writeFileSync(join(folder, "portico.toml"), "forms_a_minute = 100000\nsign_in_tries = 100000\n");
  const log = openSync(join(folder, "log.txt"), "w");
  const env = { ...process.env, PORTICO_LISTEN: listen, DATABASE_URL: "sqlite:portico.db" };
  const child = spawn(resolve(binary), ["demo", "--advice", advice], { cwd: folder, env, stdio: ["ignore", log, log] });
  let ended;
  const end = new Promise((done) => {
    child.once("error", (error) => done((ended = error.message)));
    child.once("exit", (code, signal) => done((ended = `it ended with ${signal ?? code}`)));
  });
  // However this process ends, by a closed pipe for example, the product does not outlive it.
  process.once("exit", () => ended || process.kill(child.pid, "SIGTERM"));
  const logText = () => readFileSync(join(folder, "log.txt"), "utf8");
  const stop = async () => {
    if (!ended) {
      process.kill(child.pid, "SIGTERM");
      const late = setTimeout(() => ended || process.kill(child.pid, "SIGKILL"), 5000);
      await end;
      clearTimeout(late);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://${listen}`;
  for (const until = Date.now() + START_SECONDS * 1000; Date.now() < until && !ended; await pause(100)) {
    const answer = await fetch(`${url}/health`).catch(() => null);
    if (answer?.ok) return { url, stop, log: logText };
  }
  const why = ended ?? `it did not answer within ${START_SECONDS} seconds`;
  const said = logText();
  await stop();
  throw new Error(`${binary} did not start: ${why}.\n${said}`);
}
