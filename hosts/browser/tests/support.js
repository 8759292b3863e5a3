/** What the tests share: where things are, the server with the native build, and pictures. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, join, relative } from "node:path";
import { after } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { crc32, deflateSync } from "node:zlib";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Set by `cargo xtask test`; a test without what it needs fails. */
export function need(name) {
  const value = process.env[`THUMBOX_${name}`];
  if (!value) throw new Error(`THUMBOX_${name} is not set: run these tests by \`cargo xtask test\``);
  return value;
}

/** The package as Node imports it: "PACKAGE" for what people get, "TESTING_PACKAGE" for the one that can panic. */
export function thumbox(which = "PACKAGE") {
  return import(pathToFileURL(join(need(which), "src/node.js")).href);
}

/** A module of the package that nobody but itself imports, by its name in `src`. */
export function inner(name, which = "PACKAGE") {
  return import(pathToFileURL(join(need(which), "src", name)).href);
}

/** The address of the add-on's module for HEIC. */
export async function heicModule() {
  const { default: address } = await import(pathToFileURL(join(need("HEIC_PACKAGE"), "index.js")).href);
  return address;
}

/** A small picture for a further module: "tiny.heic" or "tiny.avif". */
export function heif(name) {
  return readFileSync(join(ROOT, "testdata/heif", name));
}

/** A module of npm's. */
export function npm(name) {
  return createRequire(join(need("NODE_MODULES"), "tests.js"))(name);
}

/** Starts the demo's server with a folder of files, until the tests of this file are over. */
export async function serve(site) {
  const script = join(ROOT, "hosts/browser/demo/server.py");
  const child = spawn(need("PYTHON"), [script, site, "--until-input-ends"], { stdio: ["pipe", "pipe", "inherit"] });
  after(() => child.stdin.end());
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the demo's server ended with exit code ${code}`);
  });
  // Not of interest any more once it has said where it listens.
  ended.catch(() => {});
  const [line] = await Promise.race([once(child.stdout, "data"), ended]);
  return String(line).trim();
}

/** The native build's answer: the reply's bytes, or `{ code, message }`. */
export async function native(server, messageId, request) {
  const response = await fetch(`${server}call/${messageId}`, { method: "POST", body: request });
  if (response.status === 422) return response.json();
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return Buffer.from(await response.arrayBuffer());
}

/** Each golden case: its request and the answer that every build gives. */
export function golden() {
  const folder = join(ROOT, "testdata/golden");
  const lines = readFileSync(join(folder, "cases.tsv"), "utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const [name, messageId, code, header, source] = line.split("\t");
    const parts = [Buffer.from(header.replace("-", ""), "hex")];
    if (source !== "-") parts.push(readFileSync(join(folder, "sources", source)));
    const answer = readFileSync(join(folder, "replies", name));
    return { name, messageId: Number(messageId), code: Number(code), request: Buffer.concat(parts), answer };
  });
}

/** That a way of calling gives the answer of a golden case: the bytes, or the error's code and message. */
export function isAnswered({ name, messageId, code, request, answer }, callRaw, ThumboxError) {
  let got;
  try {
    got = { code: 0, bytes: callRaw(messageId, request) };
  } catch (error) {
    assert.ok(error instanceof ThumboxError, String(error));
    got = { code: error.code, bytes: Buffer.from(error.message) };
  }
  assert.equal(got.code, code, name);
  assert.ok(Buffer.from(got.bytes).equals(answer), `${name}: the answer differs`);
}

const ENDINGS = new Set([
  ...[".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".psd", ".psb", ".ico", ".cur"],
  ...[".pnm", ".pbm", ".pgm", ".ppm", ".pam", ".tga", ".qoi"],
]);

/** The pictures of the folder that the tests were given, or those that scikit-image brings. */
export function corpus() {
  const folder = need("CORPUS");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ENDINGS.has(extname(entry.name).toLowerCase()))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return files.sort().map((path) => ({ path, name: relative(folder, path), data: readFileSync(path) }));
}

/** A PNG of RGB or RGBA pixels, each as `colour(x, y)` says (PNG, third edition, section 11). */
export function png(width, height, colour) {
  const rows = rowsOf(width, height, colour);
  return pngFile(width, height, deflateSync(rows), rows.length === height * (1 + width * 4) ? RGBA : RGB);
}

function rowsOf(width, height, colour) {
  const rows = Buffer.alloc(height * (1 + width * 4));
  let at = 0;
  for (let y = 0; y < height; y++) {
    rows[at++] = 0;
    for (let x = 0; x < width; x++) for (const value of colour(x, y)) rows[at++] = value;
  }
  return rows.subarray(0, at);
}

/** An animated PNG of RGB frames, each `{ colour, ms }`, that is played so many times (PNG, third edition, section 11.3.6). */
export function apng(width, height, plays, frames) {
  let sequence = 0;
  const numbers = (...values) => {
    const bytes = Buffer.alloc(values.length * 4);
    values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4));
    return bytes;
  };
  const parts = frames.flatMap(({ colour, ms }, index) => {
    const place = numbers(sequence++, width, height, 0, 0);
    const rest = Buffer.alloc(6);
    rest.writeUInt16BE(ms, 0);
    rest.writeUInt16BE(1000, 2);
    const packed = deflateSync(rowsOf(width, height, colour));
    const control = chunk("fcTL", Buffer.concat([place, rest]));
    if (index === 0) return [control, chunk("IDAT", packed)];
    return [control, chunk("fdAT", Buffer.concat([numbers(sequence++), packed]))];
  });
  const start = [SIGNATURE, header(width, height, RGB), chunk("acTL", numbers(frames.length, plays))];
  return Buffer.concat([...start, ...parts, chunk("IEND", Buffer.alloc(0))]);
}

/** A PNG of a few bytes whose header claims any dimensions. */
export function pngClaiming(width, height) {
  return pngFile(width, height, deflateSync(Buffer.alloc(100)));
}

const [RGB, RGBA] = [2, 6];

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function pngFile(width, height, packed, colours = RGB) {
  const parts = [header(width, height, colours), chunk("IDAT", packed), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([SIGNATURE, ...parts]);
}

function header(width, height, colours) {
  const data = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, colours, 0, 0, 0]);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  return chunk("IHDR", data);
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body) >>> 0, 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** A picture with something to see in it. */
export function scene(width, height) {
  return png(width, height, (x, y) => [
    (x * 255) / width,
    (y * 255) / height,
    128 + 100 * Math.sin((x * x + y * y) / (width * 6)),
  ].map(Math.floor));
}
