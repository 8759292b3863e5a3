/** Workers: many calls, aborts, traps, deadlines, ends. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { scene, thumbox } from "./support.js";

const photo = scene(400, 300);
// Seconds of work for one call.
const slow = scene(3000, 3000);
const PANIC = 0xffff_ffff;

async function pool(t, options, which) {
  const { Pool } = await thumbox(which);
  const made = new Pool(options);
  t.after(() => made.close());
  return made;
}

test("many calls at once are answered by few workers, each with its own reply", async (t) => {
  const two = await pool(t, { size: 2 });
  const widths = Array.from({ length: 50 }, (_, index) => 10 + index);
  const made = await Promise.all(widths.map((width) => two.thumbnail(photo, { width })));
  assert.deepEqual(made.map(({ width }) => width), widths);
  const { workers, busy, waiting, calls, errors } = two.stats;
  assert.deepEqual({ workers, busy, waiting, calls, errors }, { workers: 2, busy: 0, waiting: 0, calls: 50, errors: 0 });
});

test("formats that are not allowed are refused, also after a trap, and on this thread by load()", async (t) => {
  const { load, thumbnail } = await thumbox("TESTING_PACKAGE");
  const png = (await thumbnail(photo, { format: "png" })).data;
  const one = await pool(t, { size: 1, formats: ["png", "webp"] }, "TESTING_PACKAGE");
  const jpeg = (await one.thumbnail(png)).data;
  const refused = { code: 203, message: /the image is a JPEG; allowed formats: PNG, WebP/ };
  await assert.rejects(one.thumbnail(jpeg), refused);
  await assert.rejects(one.probe(jpeg), refused);
  await assert.rejects(one.callRaw(PANIC, new Uint8Array([1])), { code: 11 });
  await assert.rejects(one.thumbnail(jpeg), refused);
  for (const [formats, name, message] of [
    [[], "RangeError", /formats is empty; one or more of jpeg, png, webp, gif, bmp, tiff, avif, heic, raw, ico, qoi, pnm, tga, psd, cur is allowed/],
    [["png", "PNG"], "RangeError", /formats has "PNG"/],
    ["png", "TypeError", /formats is "png"; an array/],
  ]) {
    await assert.rejects(pool(t, { formats }, "TESTING_PACKAGE"), { name, message });
    await assert.rejects(load({ formats }), { name, message });
  }
  await load({ formats: ["png"] });
  await assert.rejects(thumbnail(jpeg), { code: 203 });
  await assert.rejects(async () => (await thumbox("TESTING_PACKAGE")).callRaw(PANIC, new Uint8Array([1])), { code: 11 });
  await assert.rejects(thumbnail(jpeg), { code: 203 });
  await load({ formats: ["jpeg", "png", "webp", "gif", "bmp", "tiff", "avif", "heic", "raw", "ico", "qoi", "pnm", "tga", "psd", "cur"] });
  assert.equal((await thumbnail(jpeg)).format, "jpeg");
});

test("limits hold for a pool, also after a trap, and name the option that raises them", async (t) => {
  const { load, thumbnail, thumbnails } = await thumbox("TESTING_PACKAGE");
  for (const [limit, image, message] of [
    [{ maxPixels: 100 }, photo, /400 x 300 = 120000 pixels; the limit is 100/],
    [{ maxMemory: 100_000 }, photo, /working memory; [0-9]+ of the 100000 that maxMemory allows are left/],
    [{ maxReply: 30 }, photo, /the reply has [0-9]+ bytes; maxReply allows 30/],
  ]) {
    const one = await pool(t, { size: 1, ...limit }, "TESTING_PACKAGE");
    await assert.rejects(one.thumbnail(image), { name: "ThumboxError", message });
    await assert.rejects(one.callRaw(PANIC, new Uint8Array([1])), { code: 11 });
    await assert.rejects(one.thumbnail(image), { message });
  }
  for (const [limit, message] of [
    [{ maxPixels: 2 ** 29 + 1 }, /maxPixels is 536870913; a whole number from 1 to 536870912/],
    [{ maxMemory: 0 }, /maxMemory is 0/],
    [{ maxReply: 1.5 }, /maxReply is 1.5/],
  ]) {
    await assert.rejects(pool(t, limit, "TESTING_PACKAGE"), { name: "RangeError", message });
  }
  await load({ maxMemory: 100_000 });
  await assert.rejects(thumbnail(photo), { code: 301, message: /that maxMemory allows/ });
  await assert.rejects(thumbnails(photo, [{ width: 9 }]), { code: 301, message: /that maxMemory allows/ });
  // What is not given stays as it was.
  await load({ maxPixels: 100 });
  await load({ maxMemory: 2 ** 32 - 1 });
  await assert.rejects(thumbnail(photo), { code: 300 });
  await load({ maxPixels: 2 ** 28 });
  assert.equal((await thumbnail(photo)).width, 100);
});

test("a worker and this thread answer with the same bytes", async (t) => {
  const { thumbnail } = await thumbox();
  const one = await pool(t, { size: 1 });
  assert.deepEqual((await one.thumbnail(photo, { width: 99 })).data, (await thumbnail(photo, { width: 99 })).data);
});

test("the caller's bytes stay, unless they are given away", async (t) => {
  const one = await pool(t, { size: 1 });
  const own = new Uint8Array(photo);
  await one.thumbnail(own);
  assert.equal(own.length, photo.length);
  await one.thumbnail(own, { transfer: true });
  assert.equal(own.length, 0);
});

test("an abort ends the call that runs, and only that one", async (t) => {
  const one = await pool(t, { size: 1 });
  const running = new AbortController();
  const waiting = new AbortController();
  const calls = [
    one.thumbnail(slow, { width: 2000, format: "webp", signal: running.signal }),
    one.thumbnail(photo, { width: 11, signal: waiting.signal }),
    one.thumbnail(photo, { width: 12 }),
  ];
  while (one.stats.busy === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  waiting.abort(new Error("no longer wanted"));
  running.abort();
  const [first, second, third] = await Promise.allSettled(calls);
  assert.equal(first.reason.name, "AbortError");
  assert.equal(second.reason.message, "no longer wanted");
  assert.equal(third.value.width, 12);
  assert.equal(one.stats.aborts, 2);
  await assert.rejects(one.thumbnail(photo, { signal: AbortSignal.abort() }), { name: "AbortError" });
});

test("onStart is called when a worker takes the call, and not while it waits", async (t) => {
  const one = await pool(t, { size: 1 });
  const started = [];
  const call = (name, image, options) =>
    one.thumbnail(image, { width: 100, ...options, onStart: () => started.push([name, one.stats.waiting]) });
  const unwanted = new AbortController();
  const calls = [call("first", slow), call("unwanted", photo, { signal: unwanted.signal }), call("last", photo)];
  assert.deepEqual(started, []);
  while (started.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  unwanted.abort();
  const ends = await Promise.allSettled(calls);
  assert.deepEqual(ends.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  assert.deepEqual(started, [["first", 2], ["last", 0]]);
});

test("every kind of call has onStart, on this thread too, and what it throws fails the call", async (t) => {
  const here = await thumbox();
  await here.load();
  const one = await pool(t, { size: 1 });
  let started = 0;
  const onStart = () => started++;
  for (const { thumbnail, thumbnails, probe, placeholder } of [one, here]) {
    await thumbnail.call(one, photo, { width: 9, onStart });
    await thumbnails.call(one, photo, [{ width: 9 }], { onStart });
    await probe.call(one, photo, { onStart });
    await placeholder.call(one, photo, { onStart });
  }
  await one.callRaw(1, photo, { onStart });
  assert.equal(started, 9);
  const wrong = () => {
    throw new Error("not now");
  };
  for (const caller of [one, here]) {
    await assert.rejects(caller.thumbnail(photo, { onStart: wrong }), { message: "not now" });
    await assert.rejects(caller.thumbnail(photo, { onStart: 5 }), { name: "TypeError" });
    assert.equal((await caller.thumbnail(photo, { width: 9 })).width, 9);
  }
});

test("a call may be aborted, or the pool closed, from onStart", async (t) => {
  const one = await pool(t, { size: 1 });
  const controller = new AbortController();
  const aborted = one.thumbnail(slow, { signal: controller.signal, onStart: () => controller.abort() });
  const next = one.thumbnail(photo, { width: 9 });
  await assert.rejects(aborted, { name: "AbortError" });
  assert.equal((await next).width, 9);
  await assert.rejects(one.thumbnail(slow, { onStart: () => one.close() }), { code: 1 });
});

test("a trap fails its call with the panic's words, and a new worker takes over", async (t) => {
  const one = await pool(t, { size: 1 }, "TESTING_PACKAGE");
  const calls = [one.callRaw(1, photo), one.callRaw(PANIC, photo), one.callRaw(1, photo)];
  const [first, second, third] = await Promise.allSettled(calls);
  assert.equal(first.status, "fulfilled");
  assert.equal(second.reason.code, 11);
  assert.match(second.reason.message, /^the module panicked: .*a panic that a test asked for/s);
  assert.equal(third.status, "fulfilled");
  assert.equal(one.stats.traps, 1);
});

test("a trap on this thread leaves the next call a fresh instance", async () => {
  const { callRaw, load } = await thumbox("TESTING_PACKAGE");
  await load();
  for (let round = 0; round < 3; round++) {
    assert.throws(() => callRaw(PANIC, photo), { name: "ThumboxError", code: 11, message: /a panic that a test asked for/ });
    assert.deepEqual(callRaw(1, new Uint8Array([1, 2])), new Uint8Array([1, 2]));
  }
});

test("what ships has no message that panics", async (t) => {
  const one = await pool(t, { size: 1 });
  await assert.rejects(one.callRaw(PANIC, photo), { code: 6 });
  assert.equal(one.stats.traps, 0);
});

test("a call beyond its time fails with code 10, and the next works", async (t) => {
  const one = await pool(t, { size: 1, timeout: 30 });
  await assert.rejects(one.thumbnail(slow, { width: 2500, format: "webp" }), { code: 10, message: /longer than 30 ms/ });
  assert.equal(one.stats.timeouts, 1);
  assert.deepEqual(await one.callRaw(1, new Uint8Array([7])), new Uint8Array([7]));
});

test("a worker that has grown is replaced, and idle ones end", async (t) => {
  const one = await pool(t, { size: 1, keepMemory: 1 << 20, idle: 20 });
  await one.thumbnail(slow, { width: 100 });
  assert.equal(one.stats.workers, 0);
  const other = await pool(t, { size: 2, idle: 20 });
  await other.thumbnail(photo);
  assert.equal(other.stats.workers, 1);
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.deepEqual([other.stats.workers, other.stats.memory], [0, 0]);
  assert.equal((await other.thumbnail(photo, { width: 5 })).width, 5);
});

test("a closed pool fails what it had, and all later calls, with code 1", async (t) => {
  const one = await pool(t, { size: 1 });
  const calls = [one.thumbnail(slow, { width: 2000 }), one.thumbnail(photo)];
  one.close();
  for (const call of calls) await assert.rejects(call, { code: 1, message: /was closed/ });
  await assert.rejects(one.thumbnail(photo), { code: 1, message: /is closed/ });
});

test("a file that cannot be read fails its call alone", async (t) => {
  const { thumbnail } = await thumbox();
  const gone = new Blob([photo]);
  gone.arrayBuffer = () => Promise.reject(new Error("it was moved"));
  await assert.rejects(thumbnail(gone), { code: 7, message: "the file cannot be read: it was moved" });
});
