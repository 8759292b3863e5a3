/** The demo page as a person uses it. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { card, file, open, settled, start } from "./chromium.js";
import { apng, corpus, golden, inner, native, need, scene, thumbox } from "./support.js";

const running = await start();
const { server } = running;
const { thumbnailHeader } = await inner("request.js");

const sha256 = (data) => createHash("sha256").update(data).digest("hex");

/** What the native build makes of a photo: the thumbnail's bytes, or its code. */
async function made(data, options) {
  const reply = await native(server, 100, Buffer.concat([thumbnailHeader({ refuseTruncated: true, ...options }, data.length), data]));
  return reply instanceof Buffer ? reply.subarray(20) : reply;
}

test("every golden case, in Chromium", async (t) => {
  const { page, context } = await open(running);
  t.after(() => context.close());
  // What the base answers with 204 the pool takes to the module for AVIF.
  const cases = golden().filter(({ code }) => code !== 204);
  const answers = await page.evaluate(
    async (cases) => {
      const { Pool } = await import("./thumbox/src/index.js");
      const pool = new Pool({ size: 2 });
      const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
      const answers = await Promise.all(
        cases.map(async ({ messageId, request }) => {
          const bytes = Uint8Array.from(atob(request), (character) => character.charCodeAt(0));
          try {
            return { code: 0, answer: base64(await pool.callRaw(messageId, bytes)) };
          } catch ({ code, message }) {
            return { code, answer: base64(new TextEncoder().encode(message)) };
          }
        }),
      );
      pool.close();
      return answers;
    },
    cases.map(({ messageId, request }) => ({ messageId, request: request.toString("base64") })),
  );
  cases.forEach(({ name, code, answer }, index) => {
    assert.deepEqual(answers[index], { code, answer: answer.toString("base64") }, name);
  });
});

test("every picture of the corpus, chosen in the page, has the native build's bytes", async (t) => {
  const { page, context, complaints } = await open(running);
  t.after(() => context.close());
  const pictures = corpus();
  await page.getByLabel("Width").fill("256");
  await page.getByLabel("Height").fill("200");
  await page.getByLabel("Choose photos").setInputFiles(pictures.map(({ path }) => path));
  await settled(page, pictures.length);
  for (const [index, format] of ["jpeg", "webp", "png"].entries()) {
    if (index > 0) {
      await page.getByLabel("Format").selectOption(format);
      await page.getByRole("button", { name: "Make again" }).click();
      await settled(page, pictures.length);
    }
    const shown = await page.locator("li.photo").evaluateAll((cards) =>
      cards.map((card) => ({
        state: card.dataset.state,
        sum: card.querySelector(".sum code").textContent,
        reason: card.querySelector(".reason").textContent,
      })),
    );
    for (const [place, { name, data }] of pictures.entries()) {
      const wanted = await made(data, { width: 256, height: 200, format });
      const { state, sum, reason } = shown[place];
      if (wanted instanceof Buffer) {
        assert.deepEqual([state, sum], ["done", sha256(wanted)], `${name} as ${format}: ${reason}`);
      } else {
        assert.deepEqual([state, reason], ["failed", `${wanted.message} (code ${wanted.code})`], name);
      }
    }
  }
  // The page's own button says the same of each.
  await page.getByRole("button", { name: "Check all" }).click();
  const done = await page.locator('li.photo[data-state="done"]').count();
  await page.waitForFunction((done) => document.querySelectorAll(".verdict.good, .verdict.bad").length === done, done);
  assert.equal(await page.locator(".verdict.good").count(), done);
  // What a browser cannot show as a picture (TIFF) it complains about to nobody.
  assert.deepEqual(complaints, []);
});

test("choose, see progress, look, download one and all", async (t) => {
  const { page, context, complaints, requests } = await open(running);
  t.after(() => context.close());
  const photos = { "one.png": scene(900, 600), "two.png": scene(640, 640) };
  assert.equal(await page.getByRole("progressbar", { name: "All photos" }).isVisible(), false);
  const states = await page.evaluateHandle(() => {
    const seen = new Set();
    const look = () => document.querySelectorAll("li.photo").forEach((card) => seen.add(card.querySelector(".state").textContent));
    new MutationObserver(look).observe(document.querySelector("#photos"), { childList: true, subtree: true, characterData: true });
    return seen;
  });
  await page.getByLabel("Choose photos").setInputFiles(Object.entries(photos).map(([name, data]) => file(name, data)));
  await settled(page, 2);
  assert.deepEqual(await states.evaluate((seen) => [...seen].sort()), ["done", "waiting", "working"]);
  assert.match(await page.locator("#summary").textContent(), /^2 of 2 done · .* became /);
  assert.match(await page.getByRole("status").last().textContent(), /^2 of 2 done, /);
  assert.equal(await page.locator("#progress").evaluate((progress) => progress.value), 1);
  const one = card(page, "one.png");
  assert.deepEqual(await one.locator("figcaption").allTextContents().then((all) => all.map((text) => text.split(" · ")[0])), [
    "900 × 600",
    "512 × 341",
  ]);
  assert.match(await one.locator(".saved").textContent(), / · \d+ ms$/);
  assert.ok(await one.getByAltText("one.png, after").evaluate((image) => image.decode().then(() => image.naturalWidth === 512)));

  const wanted = await made(photos["one.png"], { width: 512, height: 512 });
  const [download] = await Promise.all([page.waitForEvent("download"), one.getByRole("link", { name: /Download/ }).click()]);
  assert.equal(download.suggestedFilename(), "one.thumb.jpg");
  assert.ok(readFileSync(await download.path()).equals(wanted));

  const [all] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download all" }).click()]);
  const folder = mkdtempSync(join(tmpdir(), "thumbox-"));
  t.after(() => rmSync(folder, { recursive: true }));
  execFileSync(need("PYTHON"), ["-m", "zipfile", "-e", await all.path(), folder]);
  assert.ok(readFileSync(join(folder, "one.thumb.jpg")).equals(wanted));
  assert.ok(readFileSync(join(folder, "two.thumb.jpg")).equals(await made(photos["two.png"], { width: 512, height: 512 })));

  // Nothing was asked of another server, and nothing sent.
  assert.ok(requests.every(({ url }) => url.startsWith(server) || url.startsWith("blob:")), JSON.stringify(requests));
  assert.ok(requests.every(({ method }) => method === "GET"));
  assert.deepEqual(complaints, []);
});

test("the time of a photo is its work's, not the queue's", async (t) => {
  const { page, context } = await open(running, {}, () => {
    // One worker for all.
    Object.defineProperty(navigator, "hardwareConcurrency", { value: 2 });
  });
  t.after(() => context.close());
  const count = 8;
  const start = await page.evaluate(
    ({ photo, count }) => {
      const bytes = Uint8Array.from(atob(photo), (character) => character.charCodeAt(0));
      const files = new DataTransfer();
      for (let index = 0; index < count; index++) files.items.add(new File([bytes], `${index}.png`, { type: "image/png" }));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
      return performance.now();
    },
    { photo: scene(900, 900).toString("base64"), count },
  );
  await settled(page, count);
  const all = (await page.evaluate(() => performance.now())) - start;
  const times = (await page.locator(".saved").allTextContents()).map((text) => Number(text.match(/ (\d+) ms$/)[1]));
  assert.equal(await page.evaluate(() => kept.workers.length), 1);
  const sum = times.reduce((total, time) => total + time, 0);
  assert.ok(Math.min(...times) > 0 && sum <= all + count, `${times.join(" + ")} ms of work in ${all} ms`);
});

test("a photo is sent to the server only when somebody asks for the check", async (t) => {
  const { page, context, requests } = await open(running);
  t.after(() => context.close());
  await page.getByLabel("Choose photos").setInputFiles([file("mine.png", scene(300, 200))]);
  await settled(page, 1);
  assert.equal(requests.filter(({ method }) => method === "POST").length, 0);
  await card(page, "mine.png").getByRole("button", { name: /^Check/ }).click();
  await page.getByText("The same bytes as from the server").waitFor();
  assert.deepEqual(requests.filter(({ method }) => method === "POST").map(({ url }) => url), [`${server}call/100`]);
});

test("without the demo's server nothing offers to ask it", async (t) => {
  const { page, context } = await open(running, {}, () => {
    const { fetch } = globalThis;
    globalThis.fetch = (what, ...more) => (what === "build" ? Promise.resolve(new Response("", { status: 404 })) : fetch(what, ...more));
  });
  t.after(() => context.close());
  await page.getByLabel("Choose photos").setInputFiles([file("mine.png", scene(300, 200))]);
  await settled(page, 1);
  assert.equal(await page.getByRole("button", { name: /check/i }).count(), 0);
});

test("photos are dropped and pasted", async (t) => {
  const { page, context } = await open(running);
  t.after(() => context.close());
  const bytes = [...scene(120, 90)];
  for (const kind of ["drop", "paste"]) {
    await page.evaluate(
      ({ kind, bytes }) => {
        const files = new DataTransfer();
        files.items.add(new File([new Uint8Array(bytes)], `${kind}.png`, { type: "image/png" }));
        const event =
          kind === "drop"
            ? new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true })
            : new ClipboardEvent("paste", { clipboardData: files, bubbles: true });
        document.body.dispatchEvent(event);
      },
      { kind, bytes },
    );
    await card(page, `${kind}.png`).and(page.locator('[data-state="done"]')).waitFor();
  }
});

test("settings reach the thumbnails, and one that is wrong stops nothing else", async (t) => {
  const { page, context } = await open(running);
  t.after(() => context.close());
  const photo = scene(300, 200);
  await page.getByLabel("Choose photos").setInputFiles([file("mine.png", photo)]);
  await settled(page, 1);
  await page.getByLabel("Width").fill("80");
  await page.getByLabel("Height").fill("80");
  await page.getByLabel("Format").selectOption("webp");
  await page.getByLabel("Fit").selectOption("cover");
  await page.getByRole("slider", { name: "Quality" }).fill("40");
  assert.equal(await page.locator('output[name="quality-shown"]').textContent(), "40");
  await page.getByRole("button", { name: "Make again" }).click();
  await settled(page, 1);
  const sum = sha256(await made(photo, { width: 80, height: 80, format: "webp", fit: "cover", quality: 40 }));
  assert.equal(await page.locator(".sum code").textContent(), sum);
  await page.getByLabel("Width").fill("0");
  await page.getByRole("button", { name: "Make again" }).click();
  await settled(page, 1);
  assert.match(await page.locator(".reason").textContent(), /fit is "cover" with a box of 0 x 80/);
});

test("a click or an arrow key says what a crop keeps, and the crop is drawn", async (t) => {
  const { page, context, complaints } = await open(running);
  t.after(() => context.close());
  const photo = scene(300, 100);
  const settings = { width: 80, height: 80, fit: "cover" };
  await page.getByLabel("Width").fill("80");
  await page.getByLabel("Height").fill("80");
  assert.ok(await page.getByLabel("Crop keeps").isDisabled());
  await page.getByLabel("Fit").selectOption("cover");
  await page.getByLabel("Choose photos").setInputFiles([file("mine.png", photo)]);
  await settled(page, 1);
  const mine = card(page, "mine.png");
  const drawn = () => mine.locator(".crop").evaluate(({ style }) => [style.left, style.top, style.width, style.height].map(Number.parseFloat));
  const sum = async (position) => assert.equal(await mine.locator(".sum code").textContent(), sha256(await made(photo, { ...settings, position })));
  // The preview is 4 to 3, the picture 3 to 1 in the middle of it, and the crop a third of that.
  assert.deepEqual(await drawn(), [33.333, 27.778, 33.333, 44.444]);
  const point = mine.getByRole("button", { name: "Choose what the crop of mine.png keeps" });
  const box = await point.boundingBox();
  await point.click({ position: { x: box.width - 2, y: box.height / 2 } });
  await settled(page, 1);
  assert.deepEqual(await drawn(), [66.667, 27.778, 33.333, 44.444]);
  await sum("right");
  await point.focus();
  await page.keyboard.press("ArrowLeft");
  await settled(page, 1);
  assert.deepEqual(await drawn(), [61.667, 27.778, 33.333, 44.444]);
  assert.ok(await point.evaluate((element) => element === document.activeElement));
  await page.getByLabel("Crop keeps").selectOption("left");
  await page.getByRole("button", { name: "Make again" }).click();
  await settled(page, 1);
  assert.deepEqual(await drawn(), [0, 27.778, 33.333, 44.444]);
  await sum("left");
  await page.getByLabel("Crop keeps").selectOption("attention");
  await page.getByRole("button", { name: "Make again" }).click();
  await settled(page, 1);
  await sum("attention");
  assert.ok(await mine.locator(".crop").isHidden());
  assert.deepEqual(complaints, []);
});

test("an animation moves in Chromium as it did", async (t) => {
  const { page, context, complaints } = await open(running);
  t.after(() => context.close());
  const ball = (at) => (x, y) => (Math.floor(x / 40) === at && y > 40 ? [230, 60, 40] : [(x * y) % 128, (x * 7) % 256, 90]);
  const frames = [70, 120, 40, 1000].map((ms, at) => ({ colour: ball(at), ms }));
  await page.getByLabel("Width").fill("120");
  assert.ok(await page.getByLabel("Animations move").isDisabled());
  await page.getByLabel("Format").selectOption("webp");
  await page.getByLabel("Animations move").check();
  await page.getByLabel("Choose photos").setInputFiles([file("moving.png", apng(160, 120, 3, frames))]);
  await settled(page, 1);
  assert.match(await page.locator("figcaption").first().textContent(), /^160 × 120 · .* · 4 frames in 1\.2 s$/);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /Download/ }).click()]);
  const shown = await page.evaluate(async (base64) => {
    const data = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const decoder = new ImageDecoder({ data, type: "image/webp" });
    await decoder.tracks.ready;
    const { frameCount, repetitionCount } = decoder.tracks.selectedTrack;
    const found = [];
    for (let frameIndex = 0; frameIndex < frameCount; frameIndex++) {
      const { image } = await decoder.decode({ frameIndex });
      const canvas = new OffscreenCanvas(image.displayWidth, image.displayHeight).getContext("2d", { willReadFrequently: true });
      canvas.drawImage(image, 0, 0);
      const red = [0, 1, 2, 3].map((at) => canvas.getImageData(at * 30 + 15, 80, 1, 1).data[0] > 200);
      found.push({ ms: image.duration / 1000, at: red.indexOf(true), balls: red.filter(Boolean).length });
    }
    return { found, repetitionCount };
  }, readFileSync(await download.path(), "base64"));
  assert.deepEqual(shown, {
    found: [70, 120, 40, 1000].map((ms, at) => ({ ms, at, balls: 1 })),
    repetitionCount: 2,
  });
  assert.deepEqual(complaints, []);
});

test("a placeholder is shown with its hash", async (t) => {
  const { page, context, complaints } = await open(running);
  t.after(() => context.close());
  const photo = scene(300, 200);
  await page.getByLabel("Placeholders").check();
  await page.getByLabel("Choose photos").setInputFiles([file("mine.png", photo)]);
  await settled(page, 1);
  const { hash, sides } = await page.locator("canvas").evaluate(async (canvas) => ({
    hash: document.querySelector(".hash code").textContent,
    sides: [canvas.width, canvas.height],
  }));
  const { placeholder, thumbHashToRGBA } = await thumbox();
  const wanted = (await placeholder(photo)).hash;
  assert.equal(hash, Buffer.from(wanted).toString("base64"));
  const { w, h } = thumbHashToRGBA(wanted);
  assert.deepEqual(sides, [w, h]);
  await page.getByLabel("Placeholders").uncheck();
  await page.getByRole("button", { name: "Make again" }).click();
  await settled(page, 1);
  assert.ok(await page.locator(".hash").isHidden());
  assert.deepEqual(complaints, []);
});
