/** What people call: options, replies, errors. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { pngClaiming, ROOT, scene, thumbox } from "./support.js";

const { callRaw, load, MSG_ECHO, Pool, probe, thumbnail, thumbnails, ThumboxError, Thumbnail } = await thumbox();
const photo = scene(300, 200);

test("before load() a call without a promise says what to do", () => {
  assert.throws(() => callRaw(MSG_ECHO, new Uint8Array([1])), { name: "ThumboxError", code: 1, message: /await load\(\)/ });
});

test("a thumbnail has its size, its format and its bytes", async () => {
  await load();
  await load();
  for (const format of ["jpeg", "png", "webp"]) {
    const made = await thumbnail(photo, { width: 100, height: 100, format, quality: 80 });
    assert.ok(made instanceof Thumbnail);
    assert.deepEqual([made.width, made.height, made.format, made.type], [100, 67, format, `image/${format}`]);
    assert.deepEqual(await probe(made.data).then(({ width, height, format }) => [width, height, format]), [100, 67, format]);
    const blob = made.blob();
    assert.deepEqual([blob.type, blob.size], [`image/${format}`, made.data.length]);
  }
});

test("every kind of source is the same picture", async () => {
  const { data } = await thumbnail(photo);
  const around = new Uint8Array(photo.length + 10);
  around.set(photo, 5);
  const sources = [
    new Blob([photo]),
    new Uint8Array(photo).buffer,
    new DataView(around.buffer, 5, photo.length),
    around.subarray(5, 5 + photo.length),
  ];
  for (const source of sources) assert.deepEqual((await thumbnail(source)).data, data);
});

test("a set has its members in order, and names the one that fails", async () => {
  const made = await thumbnails(photo, [{ width: 30 }, { width: 40, height: 40, fit: "cover", format: "png" }], { quality: 60 });
  assert.deepEqual(made.map(({ width, height, format }) => [width, height, format]), [[30, 20, "jpeg"], [40, 40, "png"]]);
  await assert.rejects(thumbnails(photo, [{ width: 30 }, { width: -1 }]), { name: "RangeError", message: /^sizes\[1\]: width is -1/ });
  const large = scene(20, 20);
  await assert.rejects(thumbnails(large, [{}, { width: 70_000, height: 1, fit: "stretch", enlarge: true }]), { code: 300, message: /^set member 1/ });
});

/** The options' names here: `refuse_truncated` is `refuseTruncated`. */
const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
const cases = JSON.parse(readFileSync(join(ROOT, "testdata/options.json"), "utf8"));
for (const { options, refused } of cases) {
  test(`options ${JSON.stringify(options)}`, async () => {
    await load();
    const ours = Object.fromEntries(Object.entries(options).map(([name, value]) => [camel(name), value]));
    if (refused === undefined) {
      assert.ok((await thumbnail(photo, ours)).data.length > 0);
    } else {
      const name = camel(refused);
      await assert.rejects(thumbnail(photo, ours), (error) => {
        assert.ok(error instanceof TypeError || error instanceof RangeError, `${error}`);
        assert.ok(error.message.startsWith(`${name} is `) || error.message.includes(`no option "${name}"`), error.message);
        return true;
      });
    }
  });
}

test("options that are wrong are named, with what is allowed", async () => {
  const wrong = [
    [{ widht: 3 }, TypeError, /there is no option "widht"; there is width/],
    [{ width: 1.5 }, RangeError, /width is 1.5; a whole number from 0 to 4294967295/],
    [{ width: "100" }, TypeError, /width is "100"; a whole number/],
    [{ quality: 0 }, RangeError, /quality is 0; a whole number from 1 to 100/],
    [{ format: "gif" }, RangeError, /format is "gif"; "jpeg", "png", "webp" are allowed/],
    [{ fit: "fill" }, RangeError, /fit is "fill"/],
    [{ fit: "cover", width: 5 }, RangeError, /5 x 0; it needs both sides/],
    [{ lossless: true }, RangeError, /lossless is true with format "jpeg"/],
    [{ enlarge: 1 }, TypeError, /enlarge is 1; true or false/],
    [{ background: "red" }, RangeError, /background is "red"; "#rrggbb"/],
    [{ background: [1, 2, 256] }, RangeError, /background is 256/],
    [null, TypeError, /Cannot destructure|null/],
  ];
  for (const [options, kind, words] of wrong) {
    await assert.rejects(thumbnail(photo, options), (error) => error instanceof kind && words.test(error.message), JSON.stringify(options));
  }
  await assert.rejects(thumbnail("photo.jpg"), { name: "TypeError", message: /image is "photo.jpg"; a Blob, a File/ });
  assert.throws(() => new Pool({ size: 0 }), /size is 0; a whole number from 1 to 64/);
  assert.throws(() => new Pool({ workers: 2 }), /there is no option "workers"/);
});

test("options reach the core", async () => {
  const clear = await thumbnail(photo, { width: 50, format: "webp", lossless: true });
  assert.equal((await thumbnail(clear.data, { width: 90, enlarge: true })).width, 90);
  assert.equal((await thumbnail(clear.data, { width: 90 })).width, 50);
  await assert.rejects(thumbnail(photo, { maxPixels: 59_999 }), { code: 300 });
  await assert.rejects(thumbnail(photo.subarray(0, photo.length / 2), { refuseTruncated: true }), { code: 202 });
});

test("bad images are errors with their codes, and the next call works", async () => {
  const bad = [
    [Buffer.from("I am a text and no image at all."), 200],
    [new Uint8Array(), 202],
    [photo.subarray(0, 20), 202],
    [pngClaiming(65_535, 65_535), 300],
    [pngClaiming(134_000_000, 2), 301],
  ];
  for (const [image, code] of bad) {
    await assert.rejects(thumbnail(image), (error) => error instanceof ThumboxError && error.code === code, String(code));
    assert.equal((await thumbnail(photo, { width: 10 })).width, 10);
  }
});

test("a request that is too long is refused before it is read", async () => {
  const huge = new Blob([new Uint8Array(1 << 20)]);
  Object.defineProperty(huge, "size", { value: 500_000_000 });
  huge.arrayBuffer = () => assert.fail("it was read");
  await assert.rejects(thumbnail(huge), { code: 100, message: "the request has 500000024 bytes; maxRequest allows 67108864" });
});

test("a request may be as long as its limit, whichever header it needs", async () => {
  for (const [options, header] of [[{}, 24], [{ enlarge: true }, 40]]) {
    for (const [short, allowed] of [[0, true], [1, false]]) {
      const pool = new Pool({ size: 1, maxRequest: photo.length + header - short });
      const made = pool.thumbnail(photo, { width: 10, ...options });
      if (allowed) assert.equal((await made).width, 10);
      else await assert.rejects(made, { code: 100, message: new RegExp(`has ${photo.length + header} bytes`) });
      pool.close();
    }
  }
});
