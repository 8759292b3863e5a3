/** The layouts, against the core's own tables, and what is made with them. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { inner, ROOT } from "./support.js";

const wire = await inner("wire.js");
const { placeholderHeader, probeHeader, setHeader, thumbnailHeader } = await inner("request.js");
const layouts = JSON.parse(readFileSync(join(ROOT, "testdata/golden/layouts.json"), "utf8"));

for (const { name, size, fields } of layouts) {
  test(`${name} is the core's`, () => {
    const layout = wire[name];
    assert.equal(layout.size, size);
    assert.deepEqual(
      layout.fields.map(([name, offset, size]) => ({ name, offset, size })),
      fields,
    );
  });
}

test("numbers that the core has, too, are the same", () => {
  const source = readFileSync(join(ROOT, "protocol/src/messages.rs"), "utf8");
  for (const name of ["MSG_ECHO", "MSG_THUMBNAIL_CREATE", "MSG_IMAGE_PROBE", "MSG_THUMBNAIL_SET", "MAX_SET"]) {
    const [, value] = new RegExp(`pub const ${name}: u32 = (\\d+);`).exec(source);
    assert.equal(wire[name], Number(value), name);
  }
});

test("headers are little-endian with zeros in reserve", () => {
  const header = wire.ThumbnailRequestHeader.write({ target_width: 1, target_height: 2, output_format: 2, quality: 80, payload_size: 5 });
  assert.equal(Buffer.from(header).toString("hex"), "010000000100000002000000020000005000000005000000");
  const second = wire.ThumbnailRequestHeaderV2.write({ fit: 1, flags: 4, background: wire.background(1, 2, 3), max_pixels: 9 });
  assert.equal(second[0], 2);
  assert.equal(Buffer.from(second.subarray(24)).toString("hex"), "01040000010203ff0900000000000000");
});

test("what is written is what is read, also in the middle of other bytes", () => {
  for (const { name, fields } of layouts) {
    const values = Object.fromEntries(fields.map(({ name, size }, index) => [name, 2 ** (8 * size) - 60 + index]));
    const bytes = wire[name].write(values);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    assert.deepEqual(wire[name].read(shifted, 3), values);
    assert.throws(() => wire[name].read(shifted, 4), RangeError);
    assert.throws(() => wire[name].read(shifted.subarray(0, -1), 3), RangeError);
    assert.throws(() => wire[name].read(shifted.subarray(3), -1), { message: /bytes are there; the structure has/ });
    assert.deepEqual(wire[name].read(shifted.subarray(3)), values);
  }
});

test("a value that its field cannot hold is refused and not cut off", () => {
  assert.throws(() => wire.ThumbnailRequestHeader.write({ quality: 2 ** 32 }), {
    name: "RangeError",
    message: "quality is 4294967296; 0 to 4294967295 is allowed",
  });
  assert.throws(() => wire.SetRecord.write({ flags: 256 }), /flags is 256; 0 to 255 is allowed/);
  assert.throws(() => wire.SetRecord.write({ quality: 1.5 }), RangeError);
  assert.throws(() => wire.SetRecord.write({ quality: -1 }), { name: "RangeError", message: /^quality is -1; 0 to/ });
  assert.equal(wire.SetRecord.read(wire.SetRecord.write({ flags: 255 })).flags, 255);
});

const { ThumbnailRequestHeader: V1, ThumbnailRequestHeaderV2: V2, ThumbnailRequestHeaderV3: V3 } = wire;

test("a thumbnail's header is of the first version that can say it, with what it says", () => {
  const box = { width: 5, height: 6 };
  const cover = { ...box, fit: "cover" };
  for (const [options, layout, values] of [
    [{}, V1, { target_width: 0, target_height: 0, output_format: 0, quality: 85, payload_size: 9 }],
    [{ ...box, format: "webp", quality: 1 }, V1, { target_width: 5, target_height: 6, output_format: 2, quality: 1 }],
    [{ position: "centre", effort: 4, frames: "first", page: 0, colour: "srgb" }, V1, {}],
    [cover, V2, { fit: 1, flags: 0, background: 0, max_pixels: 0 }],
    [{ enlarge: true }, V2, { flags: wire.FLAG_ENLARGE }],
    [{ format: "webp", lossless: true }, V2, { flags: wire.FLAG_LOSSLESS }],
    [{ refuseTruncated: true }, V2, { flags: wire.FLAG_REFUSE_TRUNCATED }],
    [{ background: "#01F203" }, V2, { background: 0xff03f201 }],
    [{ background: [1, 242, 3] }, V2, { background: 0xff03f201 }],
    [{ maxPixels: 7 }, V2, { max_pixels: 7, payload_size: 9 }],
    [{ ...box, fit: "contain" }, V3, { fit: 3, effort: 0, flags2: 0, payload_size: 9, max_pixels: 0 }],
    [{ ...cover, position: "left" }, V3, { gravity: wire.POSITIONS.left, focal_x: 0, focal_y: 0 }],
    [{ ...cover, position: [0, 1] }, V3, { gravity: wire.FOCAL, focal_x: 0, focal_y: 65_535 }],
    [{ ...cover, position: [0.99999, 0.5] }, V3, { focal_x: 65_534, focal_y: 32_768 }],
    [{ effort: 0 }, V3, { effort: 1 }],
    [{ effort: 6 }, V3, { effort: 7 }],
    [{ format: "webp", frames: "all" }, V3, { frames: 1 }],
    [{ colour: "keep" }, V3, { colour: 1 }],
    [{ subsampling: "4:4:4" }, V3, { subsampling: 2 }],
    [{ progressive: true }, V3, { flags2: wire.FLAG_PROGRESSIVE }],
    [{ progressive: false }, V3, { flags2: wire.FLAG_BASELINE }],
    [{ format: "png", palette: true }, V3, { flags2: wire.FLAG_PALETTE }],
    [{ page: 65_535, maxPixels: 7 }, V3, { page: 65_535, max_pixels: 7 }],
  ]) {
    const header = thumbnailHeader(options, 9);
    const what = JSON.stringify(options);
    assert.equal(header.length, layout.size, what);
    const read = layout.read(header);
    assert.equal(read.version, layout.version, what);
    for (const [name, value] of Object.entries(values)) assert.equal(read[name], value, `${what}: ${name}`);
  }
});

test("a set's header is of the first version that can say it; what one size says of all holds for all", () => {
  /** The start and the records. */
  const parts = (sizes, common, [start, record]) => {
    const header = setHeader(sizes, common, 9);
    assert.equal(header.length, start.size + sizes.length * record.size);
    return [start.read(header), ...sizes.map((_, index) => record.read(header, start.size + index * record.size))];
  };
  const first = [wire.SetRequestHeader, wire.SetRecord];
  const second = [wire.SetRequestHeaderV2, wire.SetRecordV2];
  const common = { quality: 60, height: 7, background: [1, 2, 3] };
  const [start, one, two] = parts([{ width: 5 }, { width: 6, height: 8, fit: "cover", enlarge: true }], common, first);
  assert.deepEqual([start.version, start.count, start.payload_size], [1, 2, 9]);
  assert.deepEqual([one.target_width, one.target_height, one.quality, one.fit, one.flags], [5, 7, 60, 0, 0]);
  assert.deepEqual([two.target_width, two.target_height, two.fit, two.flags], [6, 8, 1, wire.FLAG_ENLARGE]);
  assert.deepEqual([one.background, two.background], [0xff030201, 0xff030201]);
  const webp = { format: "webp" };
  for (const [sizes, common, values] of [
    [[{}, {}], { maxPixels: 7 }, { count: 2, payload_size: 9, max_pixels: 7, page: 0, frames: 0, colour: 0 }],
    [[{}, { page: 3 }], {}, { page: 3 }],
    [[{ ...webp, frames: "all" }, webp], {}, { frames: 1 }],
    [[{}, { colour: "keep" }], {}, { colour: 1 }],
    [[{}, { effort: 5 }], {}, { max_pixels: 0 }],
  ]) {
    const [start, ...records] = parts(sizes, common, second);
    assert.equal(start.version, 2);
    for (const [name, value] of Object.entries(values)) assert.equal(start[name], value, name);
    for (const record of records) {
      for (const name of ["page", "frames", "colour"]) assert.ok(!record[name], name);
    }
  }
  assert.equal(parts([{}, { effort: 5 }], {}, second)[2].effort, 6);
});

test("what is wrong with a set is said, with the size's place", () => {
  const many = (count) => Array.from({ length: count }, () => ({}));
  assert.equal(wire.SetRequestHeader.read(setHeader(many(32), {}, 9)).count, 32);
  for (const [sizes, common, name, message] of [
    [many(0), {}, "RangeError", "sizes has 0 members; 1 to 32 are allowed"],
    [many(33), {}, "RangeError", "sizes has 33 members; 1 to 32 are allowed"],
    [{ length: 1 }, {}, "TypeError", "sizes is of the type Object; an array of options is allowed"],
    ["x", {}, "TypeError", 'sizes is "x"; an array of options is allowed'],
    [[{}, { widht: 5 }], {}, "TypeError", /^sizes\[1\]: there is no option "widht"; there is width/],
    [[{}, { maxPixels: 5 }], {}, "TypeError", /^sizes\[1\]: there is no option "maxPixels"/],
    [[null], {}, "TypeError", "sizes[0]: the options are null; an object is allowed"],
    [[5], {}, "TypeError", "sizes[0]: the options are 5; an object is allowed"],
    [[{}], { widht: 5 }, "TypeError", /^there is no option "widht"/],
    [[{}], { maxPixels: -1 }, "RangeError", /^maxPixels is -1/],
  ]) {
    assert.throws(() => setHeader(sizes, common, 9), { name, message });
  }
});

test("headers of probes and placeholders say what follows", () => {
  const probe = wire.ProbeRequestHeaderV2.read(probeHeader(9));
  assert.deepEqual([probe.version, probe.payload_size], [2, 9]);
  const placeholder = wire.PlaceholderRequestHeader.read(placeholderHeader({ maxPixels: 7 }, 9));
  assert.deepEqual([placeholder.version, placeholder.max_pixels, placeholder.payload_size], [1, 7, 9]);
});

test("options that are no object, or almost one that is allowed, are refused", () => {
  const cover = { width: 5, height: 6, fit: "cover" };
  for (const [options, name, message] of [
    ["width", "TypeError", 'the options are "width"; an object is allowed'],
    [null, "TypeError", "the options are null; an object is allowed"],
    [{ ...cover, position: "constructor" }, "RangeError", /^position is "constructor"; "centre", "attention"/],
    [{ ...cover, position: [0, 0, 0] }, "TypeError", /^position is \[0,0,0\]/],
    [{ ...cover, position: [0, NaN] }, "RangeError", /^position is \[0,null\]/],
    [{ background: "#0102034" }, "RangeError", /^background is "#0102034"/],
    [{ background: "x#010203" }, "RangeError", /^background is/],
    [{ background: [1, 2, 3, 4] }, "TypeError", /^background is of the type Array/],
    [{ ...cover, fit: "stretch", position: "top" }, "RangeError", /with fit "stretch"; only "cover" has that choice/],
  ]) {
    assert.throws(() => thumbnailHeader(options, 9), { name, message });
  }
});
