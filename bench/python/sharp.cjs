// Answers each line of JSON with one: {file} reads a picture, {size} makes a thumbnail of it and says how long that
// took, {size, pixels} gives the reduction itself. Arguments: the folder that sharp is in, and the JPEG's quality.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");

const [modules, quality] = process.argv.slice(2);
const sharp = require(path.join(modules, "sharp"));
sharp.concurrency(1);
sharp.cache(false);

let image = Buffer.alloc(0);

function reduced(size) {
  const picture = sharp(image, { limitInputPixels: false }).autoOrient();
  return picture.resize(size, size, { fit: "inside", withoutEnlargement: true });
}

async function answer({ file, size, pixels }) {
  if (file) {
    image = fs.readFileSync(file);
  } else if (pixels) {
    const flat = reduced(size).toColourspace("srgb").removeAlpha().raw();
    const { data, info } = await flat.toBuffer({ resolveWithObject: true });
    return { ...info, data: data.toString("base64") };
  } else if (size) {
    const start = process.hrtime.bigint();
    await reduced(size).jpeg({ quality: Number(quality) }).toBuffer();
    return { seconds: Number(process.hrtime.bigint() - start) / 1e9 };
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
