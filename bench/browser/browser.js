/**
 * `cargo xtask bench browser`: time beside what a page has today, and memory, in Node and in Chromium.
 *
 * The bars: 3 times as fast as wasm-vips and 15 times as fast as jSquash on baseline JPEGs of 5 to 15 megapixels; linear
 * memory of the file and 8 MiB for 12 megapixels, and of 64 MiB for 48 megapixels in up to 20 MB; with 200 photos at
 * once no task of the page's main thread over 50 ms.
 */

import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { parseArgs } from "node:util";

import { inChromium } from "./in-chromium.js";
import { inNode, linearMemory } from "./in-node.js";
import { batch } from "./in-page.js";
import { need, thumbox } from "../../hosts/browser/tests/support.js";

const BARS = { "wasm-vips": 3, jSquash: 15 };
const MEBIBYTE = 1 << 20;

const { values } = parseArgs({
  options: {
    corpus: { type: "string" },
    size: { type: "string", default: "256" },
    rounds: { type: "string", default: "9" },
  },
});
const [size, rounds] = [Number(values.size), Number(values.rounds)];

const pictures = await jpegs(values.corpus);
console.log(`Baseline and progressive JPEGs to ${size} px, quality 85; medians of ${rounds} rounds in alternation, in ms`);
for (const [place, measured] of [["Node", await inNode(pictures, size, rounds)], ["Chromium", await inChromium(pictures, size, rounds)]]) {
  table(place, measured);
}
await memory();
await responsiveness();

/** The JPEGs of a folder, or the two that were painted. */
async function jpegs(folder) {
  const { load, probe } = await thumbox();
  await load();
  const files = folder
    ? readdirSync(folder, { recursive: true }).map(String).filter((name) => [".jpg", ".jpeg"].includes(extname(name).toLowerCase()))
    : [need("PHOTO"), need("LARGE_PHOTO")];
  const found = [];
  for (const file of files.sort()) {
    const path = folder ? join(folder, file) : file;
    const data = readFileSync(path);
    try {
      const { width, height, progressive } = await probe(data);
      const megapixels = (width * height) / 1e6;
      if (megapixels >= 1 && megapixels < 100) {
        found.push({ name: relative(folder ?? join(path, ".."), path), data, megapixels, progressive });
      }
    } catch {
      console.log(`left out, since no header can be read: ${file}`);
    }
  }
  return found;
}

/** @param {{ picture: object, times: Record<string, number[]> | string }[]} measured */
function table(place, measured) {
  console.log(`\n${place}`);
  const ratios = {};
  for (const { picture, times } of measured) {
    const kind = `${picture.megapixels.toFixed(1)} MP${picture.progressive ? " progressive" : ""}`;
    if (typeof times === "string") {
      console.log(`  ${picture.name} (${kind}): ${times}`);
      continue;
    }
    const ours = median(times.thumbox.rounds);
    const cells = Object.entries(times).map(([name, { rounds: all }]) => {
      const spread = `${Math.min(...all).toFixed(1)}-${Math.max(...all).toFixed(1)}`;
      const ratio = name === "thumbox" ? "" : `, ${(median(all) / ours).toFixed(1)}x`;
      return `${name} ${median(all).toFixed(1)} (${spread}${ratio})`;
    });
    console.log(`  ${picture.name} (${kind}): ${cells.join("; ")}`);
    if (picture.progressive || picture.megapixels < 5 || picture.megapixels > 15) continue;
    for (const name of Object.keys(times)) (ratios[name] ??= []).push(median(times[name].rounds) / ours);
  }
  for (const [name, bar] of Object.entries(BARS)) {
    const all = ratios[name];
    if (!all) continue;
    const worst = Math.min(...all);
    const verdict = median(all) < bar ? "MISSED" : worst < bar ? "met in the median, not by all" : "met";
    console.log(`  against ${name}, baseline of 5 to 15 MP: ${median(all).toFixed(1)}x, the least ${worst.toFixed(1)}x; the bar is ${bar}x: ${verdict}`);
  }
}

async function memory() {
  console.log(`\nLinear memory after one thumbnail of ${size} px, in MiB`);
  for (const [name, path, bar] of [
    ["12 MP", need("PHOTO"), (file) => file + 8 * MEBIBYTE],
    ["48 MP", need("LARGE_PHOTO"), () => 64 * MEBIBYTE],
  ]) {
    const data = readFileSync(path);
    const used = await linearMemory(data, size);
    const most = bar(data.length);
    const show = (bytes) => (bytes / MEBIBYTE).toFixed(1);
    console.log(`  ${name}, a file of ${show(data.length)}: ${show(used)}; the bar is ${show(most)}: ${used <= most ? "met" : "MISSED"}`);
  }
}

async function responsiveness() {
  const { seconds, longest, heap, workers } = await batch();
  console.log(`\nThe demo page with ${need("PHOTO").split("/").at(-1)} 200 times at once, in Chromium`);
  console.log(`  all done in ${seconds.toFixed(1)} s`);
  const verdict = longest <= 50 ? "met" : "MISSED";
  console.log(`  the main thread's longest task: ${longest.toFixed(1)} ms of its own time; the bar is 50: ${verdict}`);
  console.log(`  JavaScript's heap before, with all, and cleared: ${heap.map((bytes) => (bytes / MEBIBYTE).toFixed(1)).join(", ")} MiB; workers left: ${workers}`);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
