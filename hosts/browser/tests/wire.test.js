/** The layouts, against the core's own tables, and what is made with them. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import { need, ROOT } from "./support.js";

const wire = await import(pathToFileURL(join(need("PACKAGE"), "src/wire.js")).href);
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
  }
});

test("a value that its field cannot hold is refused and not cut off", () => {
  assert.throws(() => wire.ThumbnailRequestHeader.write({ quality: 2 ** 32 }), {
    name: "RangeError",
    message: "quality is 4294967296; 0 to 4294967295 is allowed",
  });
  assert.throws(() => wire.SetRecord.write({ flags: 256 }), /flags is 256; 0 to 255 is allowed/);
  assert.throws(() => wire.SetRecord.write({ quality: 1.5 }), RangeError);
});
