/** The demo page where things go wrong: bad files, cancelled calls, lost workers, many photos, old browsers. */

import assert from "node:assert/strict";
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { card, file, open, settled, start } from "./chromium.js";
import { need, pngClaiming, scene } from "./support.js";

const running = await start();
const good = scene(300, 200);
// Seconds of work for one call, in a format that takes them.
const slow = scene(2600, 2600);

/** Settings that make `slow` slow. */
async function slowly(page) {
  await page.getByLabel("Width").fill("2500");
  await page.getByLabel("Height").fill("2500");
  await page.getByLabel("Format").selectOption("webp");
}

test("bad files say why next to their names, and the rest goes on", async (t) => {
  const { page, context, complaints } = await open(running);
  const folder = mkdtempSync(join(tmpdir(), "thumbox-"));
  t.after(() => context.close());
  t.after(() => rmSync(folder, { recursive: true }));
  const bad = {
    "notes.txt": [Buffer.from("I am a text and no image at all."), /not a JPEG, PNG, WebP, GIF, BMP, TIFF, camera raw, ICO, QOI, PNM, TGA, PSD or CUR image.*code 200/],
    "cut.png": [good.subarray(0, good.length / 2), /truncated.*code 202/],
    "bomb.png": [pngClaiming(65_535, 65_535), /65535 x 65535 = 4294836225 pixels; the limit is 268435456.*code 300/],
    "nothing.jpg": [Buffer.alloc(0), /truncated.*code 202/],
  };
  const files = Object.entries(bad).map(([name, [data]]) => file(name, data));
  await page.getByLabel("Choose photos").setInputFiles([...files, file("good.png", good)]);
  await settled(page, 5);
  // As a file on the disk, which is not sent through here: 500 MB of which nothing is there.
  const huge = join(folder, "huge.jpg");
  const descriptor = openSync(huge, "w");
  ftruncateSync(descriptor, 500_000_000);
  closeSync(descriptor);
  await page.getByLabel("Choose photos").setInputFiles(huge);
  await settled(page, 6);
  for (const [name, [, words]] of Object.entries(bad)) {
    assert.match(await card(page, name).locator(".reason").textContent(), words, name);
    assert.ok(await card(page, name).locator(".reason").isVisible());
  }
  const reason = await card(page, "huge.jpg").locator(".reason").textContent();
  assert.match(reason, /the request has 5000000\d\d bytes; maxRequest allows 67108864 \(code 100\)/);
  assert.equal(await card(page, "good.png").getAttribute("data-state"), "done");
  assert.match(await page.locator("#summary").textContent(), /^1 of 6 done · 5 failed/);
  assert.deepEqual(complaints, []);
});

test("a refusal names formats, and its card is as high as its sentence", async (t) => {
  const { page, context, complaints } = await open(running);
  t.after(() => context.close());
  const refused = {
    "holiday.heic": [Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic"), /^HEIC is not read by this page; save the photo as a JPEG or PNG .*\(code 204\)$/],
    "scan.pdf": [Buffer.from("%PDF-1.7\n"), /^the file is a PDF document, not a JPEG, PNG, .* \(code 200\)$/],
    "drawing.svg": [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /^the file is an SVG drawing, .* \(code 200\)$/],
    "wide.png": [pngClaiming(134_000_000, 2), / that maxMemory allows .* \(code 301\)$/],
  };
  await page.getByLabel("Choose photos").setInputFiles(Object.entries(refused).map(([name, [data]]) => file(name, data)));
  await settled(page, Object.keys(refused).length);
  for (const [name, [, words]] of Object.entries(refused)) {
    assert.match(await card(page, name).locator(".reason").textContent(), words, name);
    const [beside, between] = await card(page, name).evaluate((card) => {
      const [outer, head, reason] = [card, card.querySelector(".head"), card.querySelector(".reason")].map((part) => part.getBoundingClientRect());
      return [outer.height - head.height - reason.height, reason.top - head.bottom];
    });
    // The padding of both ends, the lines around, and one gap.
    assert.ok(beside - between <= 36 && between < 10, `${name}: ${beside} pixels beside its text`);
  }
  assert.deepEqual(complaints, []);
});

test("one photo is cancelled, then the whole batch; the page works on, and focus is not lost", async (t) => {
  const { page, context } = await open(running);
  t.after(() => context.close());
  await slowly(page);
  const names = ["a.png", "b.png", "c.png", "d.png"];
  await page.getByLabel("Choose photos").setInputFiles(names.map((name) => file(name, slow)));
  await page.locator('li.photo[data-state="working"]').first().waitFor();
  const cancel = page.getByRole("button", { name: "Cancel b.png" });
  await cancel.focus();
  await page.keyboard.press("Enter");
  await card(page, "b.png").and(page.locator('[data-state="cancelled"]')).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "b.png");
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await settled(page, 4);
  assert.equal(await page.evaluate(() => document.activeElement.id), "summary");
  const states = await page.locator("li.photo").evaluateAll((cards) => cards.map((card) => card.dataset.state));
  assert.ok(states.every((state) => state === "cancelled" || state === "done"), states.join());
  assert.ok(states.filter((state) => state === "cancelled").length >= 2, states.join());
  await page.getByLabel("Width").fill("100");
  await page.getByLabel("Choose photos").setInputFiles([file("later.png", good)]);
  await card(page, "later.png").and(page.locator('[data-state="done"]')).waitFor();
});

test("a worker that is killed in mid-call fails its call alone, at once", async (t) => {
  const { page, context } = await open(running);
  t.after(() => context.close());
  await slowly(page);
  await page.getByLabel("Choose photos").setInputFiles([file("lost.png", slow)]);
  await card(page, "lost.png").and(page.locator('[data-state="working"]')).waitFor();
  await page.evaluate(() => kept.workers.forEach((worker) => Worker.prototype.terminate.call(worker)));
  await settled(page, 1);
  assert.match(await page.locator(".reason").textContent(), /^the worker was lost: it ended without a word \(code 11\)$/);
  await page.getByLabel("Width").fill("100");
  await page.getByRole("button", { name: "Make again" }).click();
  await settled(page, 1);
  assert.equal(await card(page, "lost.png").getAttribute("data-state"), "done");
});

test("a file that is gone since it was chosen says so, and its worker goes on", async (t) => {
  const { page, context } = await open(running);
  const folder = mkdtempSync(join(tmpdir(), "thumbox-"));
  t.after(() => context.close());
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "gone.png");
  writeFileSync(path, good);
  await page.getByLabel("Choose photos").setInputFiles(path);
  await settled(page, 1);
  assert.equal(await card(page, "gone.png").getAttribute("data-state"), "done");
  rmSync(path);
  await page.getByRole("button", { name: "Make again" }).click();
  await settled(page, 1);
  assert.match(await page.locator(".reason").textContent(), /^the file cannot be read: .* \(code 7\)$/);
  writeFileSync(path, good);
  await page.getByLabel("Choose photos").setInputFiles([file("good.png", good)]);
  await settled(page, 2);
  assert.equal(await card(page, "good.png").getAttribute("data-state"), "done");
  assert.equal(await page.evaluate(() => kept.workers.length), 1);
});

test("two hundred photos at once: the page answers meanwhile, and gives back what it took", async (t) => {
  const { page, context, complaints } = await open(running);
  t.after(() => context.close());
  const session = await context.newCDPSession(page);
  await session.send("Performance.enable");
  const heap = async () => {
    await session.send("HeapProfiler.collectGarbage");
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "JSHeapUsedSize").value;
  };
  await page.getByLabel("Choose photos").setInputFiles([file("first.png", good)]);
  await settled(page, 1);
  await page.getByRole("button", { name: "Clear" }).click();
  const before = await heap();
  const photo = readFileSync(need("PHOTO")).toString("base64");
  await page.evaluate((photo) => {
    const bytes = new Blob([Uint8Array.from(atob(photo), (character) => character.charCodeAt(0))]);
    const files = new DataTransfer();
    // As many photos, and the bytes but once.
    for (let index = 0; index < 200; index++) files.items.add(new File([bytes], `${index}.jpg`, { type: "image/jpeg" }));
    kept.longest = 0;
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
  }, photo);
  await page.locator('li.photo[data-state="done"]').first().waitFor();
  // While the others are made, the page takes what a person does.
  await page.getByRole("slider", { name: "Quality" }).fill("33");
  assert.equal(await page.locator('output[name="quality-shown"]').textContent(), "33");
  assert.ok((await page.locator('li.photo[data-state="waiting"]').count()) > 0, "all were done before anybody could ask");
  await settled(page, 200);
  assert.match(await page.locator("#summary").textContent(), /^200 of 200 done/);
  t.diagnostic(`the longest task of the main thread took ${await page.evaluate(() => kept.longest)} ms`);
  await page.getByRole("button", { name: "Clear" }).click();
  assert.equal(await page.locator("li.photo").count(), 0);
  assert.equal(await page.evaluate(() => kept.addresses.size), 0);
  // Workers that have nothing to do end.
  for (let tries = 0; page.workers().length > 0 && tries < 100; tries++) await page.waitForTimeout(100);
  assert.equal(page.workers().length, 0);
  const after = await heap();
  t.diagnostic(`JavaScript's memory before and after: ${before} and ${after} bytes`);
  assert.ok(after < before + 4_000_000, `${before} bytes became ${after}`);
  assert.deepEqual(complaints, []);
});

test("offline it works as well", async (t) => {
  const { page, context } = await open(running);
  t.after(() => context.close());
  await page.getByLabel("Choose photos").setInputFiles([file("before.png", good)]);
  await settled(page, 1);
  await context.setOffline(true);
  await page.getByLabel("Choose photos").setInputFiles([file("offline.png", good)]);
  await settled(page, 2);
  assert.equal(await card(page, "offline.png").getAttribute("data-state"), "done");
});

test("a browser that lacks SIMD or WebAssembly is told so plainly", async (t) => {
  const lacks = [
    [() => (WebAssembly.validate = () => false), "WebAssembly has no SIMD here; Chrome 91, Firefox 114, Safari 16.4, Node 20 and later have it"],
    [() => delete globalThis.WebAssembly, "there is no WebAssembly here"],
  ];
  for (const [script, words] of lacks) {
    const { page, context } = await open(running, {}, script);
    t.after(() => context.close());
    await page.getByRole("alert").filter({ hasText: words }).waitFor();
    assert.ok(await page.getByLabel("Choose photos").isDisabled());
  }
});

test("a script that does not arrive, or is forbidden, is an error of the call", async (t) => {
  const { page, context } = await open(running);
  t.after(() => context.close());
  await context.route("**/worker.js", (route) => route.abort());
  await page.getByLabel("Choose photos").setInputFiles([file("mine.png", good)]);
  await settled(page, 1);
  assert.match(await page.locator(".reason").textContent(), /^the worker cannot be started: .*\(code 2\)$/);
});

/** Later, since a test's own function may do more than the page's. */
function evaluated() {
  return new Promise((resolve) => {
    setTimeout(() => {
      try {
        resolve(eval("1"));
      } catch (error) {
        resolve(error.name);
      }
    });
  });
}

test("the policy is strict, and the server answers its own page alone", async (t) => {
  const { page, context } = await open(running);
  t.after(() => context.close());
  const response = await fetch(running.server);
  const policy = response.headers.get("Content-Security-Policy");
  assert.match(policy, /default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/);
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')|https?:|\*/);
  const written = await page.locator("meta[http-equiv]").getAttribute("content");
  assert.equal(policy, `${written}; frame-ancestors 'none'`);
  assert.equal(await page.evaluate(evaluated), "EvalError");
  const refused = await fetch(`${running.server}call/1`, { method: "POST", body: "x", headers: { Origin: "http://other.example" } });
  assert.equal(refused.status, 403);
  const lost = await fetch(`${running.server}..%2fserver.py`);
  assert.equal(lost.status, 404);
});
