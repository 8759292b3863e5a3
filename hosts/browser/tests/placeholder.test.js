/**
 * Placeholders, beside the npm package `thumbhash`, which is the format's reference. Both have the same bytes where the
 * engine's cosine is fdlibm's, as V8's is: of another engine's flat pictures, what rounding leaves would differ.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import { corpus, need, png, scene, thumbox } from "./support.js";

const { MSG_PLACEHOLDER, Placeholder, placeholder, Pool, thumbHashToDataURL, thumbHashToRGBA, thumbnail } = await thumbox();
const reference = await import(pathToFileURL(join(need("NODE_MODULES"), "thumbhash/thumbhash.js")).href);

/** Numbers from 0 to 255 that are the same in each run. */
function noise(seed) {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24;
}

/** Pictures that fit the box, so that their pixels are what is hashed: each with `colour(x, y)` of 3 or 4 samples. */
const PICTURES = [];
for (const [width, height] of [[1, 1], [2, 1], [1, 100], [100, 100], [100, 67], [67, 100], [99, 41], [13, 100], [100, 15], [37, 38]]) {
  const random = noise(width * 128 + height);
  const clear = (x) => [0, 255][x & 1];
  const kinds = {
    ramp: (x, y) => [(x * 255) / width, (y * 255) / height, ((x + y) * 127) / (width + height)],
    noise: () => [random(), random(), random()],
    flat: () => [200, 30, 90],
    white: () => [255, 255, 255],
    black: () => [0, 0, 0],
    faint: (x, y) => [100 + ((x * y) % 2), 100, 101],
    edge: (x) => (x * 2 < width ? [255, 0, 0] : [0, 255, 255]),
    grey: (x, y) => Array(3).fill((x * 7 + y * 3) % 256),
    shade: (x, y) => [(x * 255) / width, 20, 240, (y * 255) / height],
    holes: (x) => [10, 200, 100, clear(x)],
    specks: () => [random(), random(), random(), random()],
    nothing: (x, y) => [x, y, 9, 0],
  };
  for (const [kind, colour] of Object.entries(kinds)) {
    const samples = (x, y) => colour(x, y).map(Math.floor);
    PICTURES.push({ name: `${kind} ${width} x ${height}`, width, height, samples });
  }
}

for (const { name, width, height, samples } of PICTURES) {
  test(`the reference's hash: ${name}`, async () => {
    const pixels = [];
    const file = png(width, height, (x, y) => {
      const pixel = samples(x, y);
      pixels.push(...pixel, ...(pixel.length === 3 ? [255] : []));
      return pixel;
    });
    const made = await placeholder(file);
    const expected = reference.rgbaToThumbHash(width, height, pixels);
    assert.deepEqual([...made.hash], [...expected]);
    assert.deepEqual([made.width, made.height], [width, height]);
    assert.equal(made.hasAlpha, pixels.some((value, index) => index % 4 === 3 && value < 255));
    let [opacity, sums] = [0, [0, 0, 0]];
    for (let at = 0; at < pixels.length; at += 4) {
      opacity += pixels[at + 3];
      sums = sums.map((sum, channel) => sum + pixels[at + channel] * pixels[at + 3]);
    }
    assert.deepEqual(made.average, sums.map((sum) => (opacity ? Math.round(sum / opacity) : 0)));

    const [ours, theirs] = [thumbHashToRGBA(made.hash), reference.thumbHashToRGBA(expected)];
    assert.deepEqual([ours.w, ours.h], [theirs.w, theirs.h]);
    const distance = ours.rgba.map((value, index) => Math.abs(value - theirs.rgba[index]));
    assert.ok(Math.max(...distance) <= 1);
    assert.equal(made.dataURL(), thumbHashToDataURL(made.hash));
  });
}

test("photographs are hashed as what message 100 shows of them", async () => {
  const photos = corpus().filter(({ name }) => /\.(jpe?g|png|webp)$/i.test(name)).slice(0, 20);
  assert.ok(photos.length > 3);
  for (const { name, data } of photos) {
    const [made, small] = await Promise.all([placeholder(data), thumbnail(data, { width: 100, height: 100, format: "png" })]);
    const again = await placeholder(small.data);
    assert.deepEqual([...made.hash], [...again.hash], name);
    assert.deepEqual(made.average, again.average, name);
  }
});

test("its address is a PNG of the same pixels", async () => {
  const { hash } = await placeholder(scene(90, 60));
  const address = thumbHashToDataURL(hash);
  assert.match(address, /^data:image\/png;base64,/);
  const file = Buffer.from(address.split(",")[1], "base64");
  const { w, h, rgba } = thumbHashToRGBA(hash);
  const shown = await thumbnail(file, { format: "png" });
  assert.deepEqual([shown.width, shown.height], [w, h]);
  // The same pixels from our own encoder, which has no row that is not filtered.
  const same = await thumbnail(png(w, h, (x, y) => rgba.subarray((y * w + x) * 4, (y * w + x) * 4 + 3)), { format: "png" });
  assert.deepEqual(shown.data, same.data);
});

test("a pool makes them, with its limits and its errors", async () => {
  const pool = new Pool({ size: 1 });
  try {
    const photo = scene(300, 200);
    const made = await pool.placeholder(new Blob([photo]), { maxPixels: 60_000 });
    assert.ok(made instanceof Placeholder);
    assert.deepEqual(made, await placeholder(photo));
    await assert.rejects(pool.placeholder(photo, { maxPixels: 59_999 }), { code: 300 });
    await assert.rejects(pool.placeholder(photo, { maxPixels: -1 }), { name: "RangeError", message: /maxPixels is -1/ });
    await assert.rejects(pool.placeholder(photo, { width: 5 }), { name: "TypeError", message: /no option "width"; there is maxPixels/ });
    await assert.rejects(pool.placeholder(Buffer.from("no image")), { code: 200 });
    await assert.rejects(pool.callRaw(MSG_PLACEHOLDER, new Uint8Array([1])), { code: 100 });
  } finally {
    pool.close();
  }
});

test("bytes that are no hash are refused", async () => {
  const { hash } = await placeholder(scene(90, 60));
  const wrong = [new Uint8Array(), new Uint8Array(25), hash.subarray(1), hash.subarray(0, -1), new Uint8Array([...hash, 0])];
  for (const bytes of wrong) assert.throws(() => thumbHashToRGBA(bytes), { name: "RangeError", message: /no ThumbHash/ });
  for (const value of ["3PcNNYSFeXh", undefined, [1, 2, 3]]) {
    assert.throws(() => thumbHashToDataURL(value), { name: "TypeError", message: /hash is/ });
  }
});
