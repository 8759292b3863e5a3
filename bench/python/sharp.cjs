// Answers each line of JSON with one: {file} reads a picture, {size, quality} makes a thumbnail of it and says how long
// that took, {size, quality, animated} gives an animated WebP of it, too, {size, pixels} gives the reduction itself,
// {raw, quality, subsampling} takes the file's bytes for samples and gives mozjpeg's file of them. Argument: the folder
// that sharp is in.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");

const [modules] = process.argv.slice(2);
const sharp = require(path.join(modules, "sharp"));
sharp.concurrency(1);
sharp.cache(false);

let image = Buffer.alloc(0);

function reduced(size, options = {}) {
  const picture = sharp(image, { limitInputPixels: false, ...options }).autoOrient();
  return picture.resize(size, size, { fit: "inside", withoutEnlargement: true });
}

async function timed(picture) {
  const start = process.hrtime.bigint();
  const data = await picture.toBuffer();
  return { data, seconds: Number(process.hrtime.bigint() - start) / 1e9 };
}

async function answer({ file, raw, size, pixels, animated, quality, subsampling }) {
  if (file) {
    image = fs.readFileSync(file);
  } else if (pixels) {
    const flat = reduced(size).toColourspace("srgb").removeAlpha().raw();
    const { data, info } = await flat.toBuffer({ resolveWithObject: true });
    return { ...info, data: data.toString("base64") };
  } else if (animated) {
    const { data, seconds } = await timed(reduced(size, { animated }).webp({ quality }));
    return { seconds, data: data.toString("base64") };
  } else if (size) {
    const { seconds } = await timed(reduced(size).jpeg({ quality }));
    return { seconds };
  } else if (raw) {
    const options = { quality, mozjpeg: true, chromaSubsampling: subsampling };
    const { data, seconds } = await timed(sharp(image, { raw }).jpeg(options));
    return { seconds, data: data.toString("base64") };
  }
  return {};
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const reply = await answer(JSON.parse(line)).catch((error) => ({ error: error.message }));
    process.stdout.write(JSON.stringify(reply) + "\n");
  }
}

main();
