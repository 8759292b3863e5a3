/** Replies, also those that no build of ours makes: a module that an image has taken over may say anything. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { apng, inner, png, ROOT, scene, thumbox } from "./support.js";

const { parsePlaceholder, parseProbe, parseSet, parseThumbnail } = await inner("reply.js");
const wire = await inner("wire.js");
const { PlaceholderResponseHeader, ProbeResponseV2, SetResponseHeader, ThumbnailResponseHeader } = wire;
const { placeholder, probe } = await thumbox();

const bytes = (...parts) => new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));
const malformed = { name: "ThumboxError", code: 900, message: /please report it: the reply of [0-9]+ bytes is none$/ };

test("a probe's reply says what it says, and no other length, version or format is one", () => {
  const values = { orientation: 6, stored_width: 1, stored_height: 2, upright_width: 3, upright_height: 4, format: 3 };
  const write = (more) => ProbeResponseV2.write({ ...values, frames: 5, duration_ms: 6, ...more });
  const flags = (number) => {
    const { alpha, animated, icc, progressive } = parseProbe(write({ flags: number }));
    return [alpha, animated, icc, progressive];
  };
  const { alpha, animated, icc, progressive, ...rest } = parseProbe(write({}));
  assert.deepEqual([alpha, animated, icc, progressive], [false, false, false, false]);
  assert.deepEqual(rest, {
    ...{ format: "gif", width: 3, height: 4, storedWidth: 1, storedHeight: 2 },
    ...{ orientation: 6, frames: 5, durationMs: 6 },
  });
  [1, 2, 4, 8].forEach((flag, place) => assert.deepEqual(flags(flag), [0, 1, 2, 3].map((index) => index === place)));
  for (const wrong of [
    new Uint8Array(),
    write({}).subarray(1),
    bytes(write({}), [0]),
    write({ version: 1 }),
    write({ version: 3 }),
    write({ format: 255 }),
  ]) {
    assert.throws(() => parseProbe(wrong), malformed);
  }
});

test("a placeholder's reply has one whole hash, and no byte besides", async () => {
  const { hash } = await placeholder(scene(90, 60));
  const header = { upright_width: 7, upright_height: 8, average_red: 1, average_green: 2, average_blue: 3 };
  const write = (more, then = hash) =>
    bytes(PlaceholderResponseHeader.write({ ...header, hash_length: then.length, ...more }), then);
  const made = parsePlaceholder(write({ flags: 1 }));
  assert.deepEqual([made.width, made.height, made.hasAlpha, made.average], [7, 8, true, [1, 2, 3]]);
  assert.deepEqual(made.hash, hash);
  assert.equal(parsePlaceholder(write({ flags: 2 })).hasAlpha, false);
  for (const wrong of [
    new Uint8Array(),
    new Uint8Array(PlaceholderResponseHeader.size - 1),
    write({ version: 2 }),
    write({ hash_length: hash.length - 1 }),
    write({ hash_length: hash.length + 1 }),
    write({}, new Uint8Array()),
    write({}, hash.subarray(1)),
    write({}, bytes(hash, [0])),
  ]) {
    assert.throws(() => parsePlaceholder(wrong), malformed);
  }
});

test("a thumbnail's reply is its header and its file, up to the end", () => {
  const header = { width: 3, height: 4, format: 2, payload_size: 5 };
  const write = (more, length = 5) =>
    bytes(ThumbnailResponseHeader.write({ ...header, ...more }), Buffer.alloc(length, 9));
  const { width, height, format, data } = parseThumbnail(write({}));
  assert.deepEqual([width, height, format, [...data]], [3, 4, "webp", [9, 9, 9, 9, 9]]);
  assert.equal(parseThumbnail(write({ payload_size: 0 }, 0)).data.length, 0);
  for (const wrong of [
    new Uint8Array(),
    write({}).subarray(0, ThumbnailResponseHeader.size - 1),
    write({ version: 2 }),
    write({ format: 3 }),
    write({}, 4),
    write({}, 6),
    write({ payload_size: 2 ** 32 - 1 }),
  ]) {
    assert.throws(() => parseThumbnail(wrong), malformed);
  }
});

test("a set's reply has as many members as were asked for, each within it", () => {
  const start = (more) => SetResponseHeader.write({ count: 2, ...more });
  const member = (more) => ThumbnailResponseHeader.write({ width: 3, height: 4, payload_size: 1, ...more });
  const files = Buffer.from([8, 9]);
  const made = parseSet(bytes(start(), member(), member({ width: 5, format: 1 }), files), 2);
  assert.deepEqual(made.map(({ width, format, data }) => [width, format, ...data]), [[3, "jpeg", 8], [5, "png", 9]]);
  for (const wrong of [
    new Uint8Array(),
    start().subarray(1),
    start(),
    bytes(start(), member()),
    bytes(start({ version: 2 }), member(), member(), files),
    bytes(start({ count: 1 }), member(), member(), files),
    bytes(start({ count: 3 }), member(), member(), files),
    bytes(start(), member(), member({ version: 2 }), files),
    bytes(start(), member(), member({ format: 3 }), files),
    bytes(start(), member({ payload_size: 3 }), member({ payload_size: 0 }), files),
    bytes(start(), member(), member(), files, files),
    bytes(start(), member(), member(), files.subarray(1)),
  ]) {
    assert.throws(() => parseSet(wrong, 2), malformed);
  }
});

test("probe() says all that a picture's headers say", async () => {
  const source = (name) => probe(readFileSync(join(ROOT, "testdata/golden/sources", name)));
  const turned = await source("orientation-6");
  assert.deepEqual([turned.orientation, turned.width, turned.height], [6, turned.storedHeight, turned.storedWidth]);
  assert.notEqual(turned.width, turned.height);
  const { progressive, icc, alpha, animated, frames, durationMs } = await source("jpeg-progressive");
  assert.deepEqual([progressive, icc, alpha, animated, frames, durationMs], [true, false, false, false, 1, 0]);
  assert.equal((await source("jpeg-p3")).icc, true);
  assert.equal((await probe(png(3, 2, () => [1, 2, 3, 4]))).alpha, true);
  const moving = await probe(apng(3, 2, 0, [10, 20, 30].map((ms) => ({ colour: () => [ms, 0, 0], ms }))));
  assert.deepEqual([moving.animated, moving.frames, moving.durationMs], [true, 3, 60]);
});
