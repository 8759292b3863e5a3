/** The golden set, and every picture of a corpus, in Node: the bytes that the native build gives. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { corpus, golden, inner, isAnswered, native, need, serve, thumbox } from "./support.js";

const { callRaw, load, Pool, ThumboxError } = await thumbox();
const { thumbnailHeader } = await inner("request.js");
await load();

for (const one of golden()) test(`golden ${one.name}`, () => isAnswered(one, callRaw, ThumboxError));

test("every picture of the corpus has the native build's bytes", async (t) => {
  const server = await serve(need("SITE"));
  const pictures = corpus();
  assert.ok(pictures.length > 20, `there are ${pictures.length} pictures`);
  const pool = new Pool({ size: 2, timeout: 60_000 });
  t.after(() => pool.close());
  const wanted = [
    { width: 64, height: 64, format: "png" },
    { width: 100, height: 75 },
    { width: 256, height: 256, format: "webp" },
    { width: 0, height: 300, quality: 92 },
    { width: 120, height: 120, fit: "cover" },
  ];
  for (const { name, data } of pictures) {
    for (const options of wanted) {
      const request = Buffer.concat([thumbnailHeader(options, data.length), data]);
      const [ours, theirs] = await Promise.all([
        pool.callRaw(100, request).catch(({ code, message }) => ({ code, message })),
        native(server, 100, request),
      ]);
      const what = `${name} ${JSON.stringify(options)}`;
      if (theirs instanceof Buffer) assert.ok(ours instanceof Uint8Array && theirs.equals(ours), what);
      else assert.deepEqual(ours, theirs, what);
    }
  }
});
