/** A headless Chromium with the demo page in it. What the page says on its console, or asks of others, is kept. */

import { after } from "node:test";

import { need, npm, serve } from "./support.js";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** Runs in the page before its own scripts: counts what has to be given back, and knows the workers. */
function watch() {
  const kept = { addresses: new Set(), workers: [], longest: 0 };
  const { createObjectURL, revokeObjectURL } = URL;
  URL.createObjectURL = (object) => {
    const address = createObjectURL.call(URL, object);
    kept.addresses.add(address);
    return address;
  };
  URL.revokeObjectURL = (address) => {
    kept.addresses.delete(address);
    revokeObjectURL.call(URL, address);
  };
  if (globalThis.Worker) {
    globalThis.Worker = class extends Worker {
      constructor(...given) {
        super(...given);
        kept.workers.push(this);
      }
    };
  }
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) kept.longest = Math.max(kept.longest, duration);
  }).observe({ type: "longtask" });
  globalThis.kept = kept;
}

/** Starts the browser and the demo's server, until the tests of this file are over. */
export async function start() {
  const server = await serve(need("SITE"));
  const browser = await npm("playwright-core").chromium.launch({ executablePath: need("CHROMIUM"), args: ARGUMENTS });
  after(() => browser.close());
  return { server, browser };
}

/** Opens the page in a context of its own. `complaints` stays empty where all is well. */
export async function open({ server, browser }, options = {}, script = undefined) {
  const context = await browser.newContext({ acceptDownloads: true, ...options });
  const complaints = [];
  const requests = [];
  context.on("request", (request) => requests.push({ method: request.method(), url: request.url() }));
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.addInitScript(watch);
  if (script) await page.addInitScript(script);
  await page.goto(server);
  return { page, context, complaints, requests };
}

/** A file as `setInputFiles` takes it. */
export function file(name, buffer, mimeType = "application/octet-stream") {
  return { name, mimeType, buffer: Buffer.from(buffer) };
}

/** The card of a photo. */
export function card(page, name) {
  return page.locator("li.photo").filter({ has: page.getByRole("heading", { name, exact: true }) });
}

/** Waits until nothing is waiting or working. */
export async function settled(page, count) {
  await page.waitForFunction(
    (count) => {
      const states = [...document.querySelectorAll("li.photo")].map((card) => card.dataset.state);
      return states.length === count && !states.some((state) => state === "waiting" || state === "working");
    },
    count,
    { timeout: 300_000 },
  );
  // The summary follows with the next frame.
  await page.waitForFunction(() => document.querySelector("#cancel").disabled);
}
