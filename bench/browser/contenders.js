/**
 * Ways to make a JPEG thumbnail in JavaScript, in Node and in a page alike.
 *
 * Each is `{ name, make }`: from a JPEG file's bytes to those of a thumbnail that fits in a square box, quality 85.
 * All work on one thread. `import_` gives the modules, which lie elsewhere in a page than in Node.
 */

const QUALITY = 85;

/** @param {(name: string) => Promise<any>} import_ */
export async function contenders(import_, prepareSquash = async () => {}) {
  const { load, thumbnail } = await import_("thumbox");
  await load();
  const all = [
    { name: "thumbox", make: async (bytes, size) => (await thumbnail(bytes, { width: size, height: size, quality: QUALITY })).data },
    await vips(import_),
    await squash(import_, prepareSquash),
  ];
  if (typeof OffscreenCanvas === "function") all.push({ name: "canvas", make: canvas });
  return all;
}

async function vips(import_) {
  const { default: Vips } = await import_("wasm-vips");
  const vips = await Vips({ dynamicLibraries: [] });
  vips.concurrency(1);
  vips.Cache.max(0);
  const make = async (bytes, size) => {
    const image = vips.Image.thumbnailBuffer(bytes, size, { height: size, size: "down" });
    const made = image.writeToBuffer(".jpg", { Q: QUALITY });
    image.delete();
    return made;
  };
  return { name: "wasm-vips", make, end: () => vips.shutdown() };
}

async function squash(import_, prepare) {
  const [decoder, encoder, resizer] = await Promise.all(
    ["@jsquash/jpeg/decode.js", "@jsquash/jpeg/encode.js", "@jsquash/resize/index.js"].map(import_),
  );
  await prepare({ decoder, encoder, resizer });
  const make = async (bytes, size) => {
    const picture = await decoder.default(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    const scale = Math.min(size / picture.width, size / picture.height, 1);
    const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * scale)));
    const small = await resizer.default(picture, { width, height });
    return new Uint8Array(await encoder.default(small, { quality: QUALITY }));
  };
  return { name: "jSquash", make };
}

async function canvas(bytes, size) {
  const blob = new Blob([bytes], { type: "image/jpeg" });
  const whole = await createImageBitmap(blob);
  const scale = Math.min(size / whole.width, size / whole.height, 1);
  const [width, height] = [whole.width, whole.height].map((side) => Math.max(1, Math.round(side * scale)));
  const small = await createImageBitmap(whole, { resizeWidth: width, resizeHeight: height, resizeQuality: "high" });
  const target = new OffscreenCanvas(width, height);
  target.getContext("2d").drawImage(small, 0, 0);
  whole.close();
  small.close();
  const made = await target.convertToBlob({ type: "image/jpeg", quality: QUALITY / 100 });
  return new Uint8Array(await made.arrayBuffer());
}

/** Rounds that do not count: until then engines run code that they have not optimised yet. */
const WARM_UP = 10;

/**
 * Milliseconds of each contender in alternation: the very first call's, and those of the rounds after the warm-up.
 *
 * @returns {Promise<Record<string, { first: number, rounds: number[] }>>}
 */
export async function measure(all, bytes, size, rounds) {
  const times = Object.fromEntries(all.map(({ name }) => [name, { first: 0, rounds: [] }]));
  for (let round = 0; round < WARM_UP + rounds; round++) {
    for (const { name, make } of all) {
      const start = performance.now();
      const made = await make(bytes, size);
      const took = performance.now() - start;
      if (!(made.length > 100 && made[0] === 0xff && made[1] === 0xd8)) throw new Error(`${name} made no JPEG`);
      if (round === 0) times[name].first = took;
      if (round >= WARM_UP) times[name].rounds.push(took);
    }
  }
  return times;
}
