/** The demo page with many photos at once: what its main thread does, and what it keeps. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { need, npm, ROOT } from "../../hosts/browser/tests/support.js";

const PHOTOS = 200;

/**
 * @returns {Promise<{ seconds: number, longest: number, heap: number[], workers: number }>} `longest` in milliseconds of
 *   the thread's own time, which does not count what other programs take; `heap` in bytes
 */
export async function batch() {
  const script = join(ROOT, "hosts/browser/demo/server.py");
  const server = spawn(need("PYTHON"), [script, need("SITE"), "--until-input-ends"], { stdio: ["pipe", "pipe", "inherit"] });
  const { chromium } = npm("playwright-core");
  const browser = await chromium.launch({ executablePath: need("CHROMIUM"), args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const page = await browser.newPage();
    const [address] = await once(server.stdout, "data");
    await page.goto(String(address).trim());
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable");
    const heap = async () => {
      await session.send("HeapProfiler.collectGarbage");
      const { metrics } = await session.send("Performance.getMetrics");
      return metrics.find(({ name }) => name === "JSHeapUsedSize").value;
    };
    await page.evaluate(choose, readFileSync(need("PHOTO")).toString("base64"));
    const before = await heap();
    await browser.startTracing(page, { categories: ["toplevel", "disabled-by-default-devtools.timeline"] });
    const start = performance.now();
    await page.evaluate((photos) => globalThis.dropped(photos), PHOTOS);
    const done = (photos) => document.querySelectorAll('[data-state="done"]').length === photos;
    await page.waitForFunction(done, PHOTOS, { timeout: 600_000, polling: 100 });
    const seconds = (performance.now() - start) / 1000;
    const trace = JSON.parse(String(await browser.stopTracing()));
    const full = await heap();
    await page.getByRole("button", { name: "Clear" }).click();
    for (let tries = 0; page.workers().length > 0 && tries < 100; tries++) await page.waitForTimeout(100);
    return { seconds, longest: longest(trace), heap: [before, full, await heap()], workers: page.workers().length };
  } finally {
    await browser.close();
    server.stdin.end();
  }
}

/** In the page: keeps the photo, and a function that drops it many times, each as a file of its own. */
function choose(photo) {
  const bytes = new Blob([Uint8Array.from(atob(photo), (character) => character.charCodeAt(0))]);
  globalThis.dropped = (photos) => {
    const files = new DataTransfer();
    for (let index = 0; index < photos; index++) files.items.add(new File([bytes], `${index}.jpg`, { type: "image/jpeg" }));
    const event = new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true });
    // As a task of its own, as a person's drop is.
    setTimeout(() => document.body.dispatchEvent(event));
  };
}

function longest({ traceEvents }) {
  const thread = ({ pid, tid }) => `${pid} ${tid}`;
  const main = traceEvents.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain").map(thread);
  const tasks = traceEvents.filter((event) => event.tdur && main.includes(thread(event)));
  if (tasks.length === 0) throw new Error("the trace has no task of the main thread");
  return Math.max(...tasks.map(({ tdur }) => tdur)) / 1000;
}
