/** The packed files, installed into projects of their own: Node, TypeScript, a Vite build, a plain script. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { need, npm, ROOT, scene, serve, thumbox } from "./support.js";

const run = promisify(execFile);
const photo = scene(400, 300);
const project = mkdtempSync(join(tmpdir(), "thumbox-project-"));
after(() => rmSync(project, { recursive: true }));
const write = (name, content) => writeFileSync(join(project, name), content);

write("package.json", JSON.stringify({ name: "project", private: true, type: "module" }));
write("photo.png", photo);
write("photo.heic", readFileSync(join(ROOT, "testdata/heif/tiny.heic")));
await run("npm", ["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", need("PACKED"), need("PACKED_HEIC")], { cwd: project });

const { thumbnail } = await thumbox();
const wanted = Buffer.from((await thumbnail(photo, { width: 123, height: 123, format: "webp" })).data).toString("base64");
const wantedHeic = readFileSync(join(ROOT, "testdata/heif/tiny.png")).toString("base64");

test("it brings what it should, and nothing else", async () => {
  const installed = join(project, "node_modules/thumbox");
  assert.deepEqual(readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith(".")), ["thumbox", "thumbox-heic"]);
  assert.deepEqual(readdirSync(installed).sort(), ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "min", "package.json", "src", "types", "wasm"]);
  assert.deepEqual(readdirSync(join(installed, "wasm")).sort(), ["thumbox.d.ts", "thumbox.js", "thumbox_avif_bg.wasm", "thumbox_bg.wasm", "thumbox_common_bg.wasm"]);
  const { dependencies, scripts } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  assert.deepEqual([dependencies, scripts], [undefined, undefined]);
  const addOn = ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "index.d.ts", "index.js", "package.json", "thumbox_heic_bg.wasm", "wasm.d.ts"];
  assert.deepEqual(readdirSync(join(project, "node_modules/thumbox-heic")).sort(), addOn);
});

test("no file is in a package twice", () => {
  for (const name of ["thumbox", "thumbox-heic"]) {
    const folder = join(project, "node_modules", name);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    /** @type {Map<string, string>} */
    const seen = new Map();
    for (const file of files) {
      const path = join(file.parentPath ?? file.path, file.name);
      const hash = createHash("sha256").update(readFileSync(path)).digest("hex");
      assert.equal(seen.get(hash), undefined, `${relative(folder, path)} is the same file`);
      seen.set(hash, relative(folder, path));
    }
  }
});

/** An ESM-only package, for Node 20 and bundlers: what older resolution, and require() before Node 22, make of it does not count. */
const OTHERS = ["node10", "node16-cjs"];

test("publint and Are The Types Wrong find nothing in them", async () => {
  const [{ publint }, { formatMessage }, wrong] = await Promise.all(
    ["publint/src/index-node.js", "publint/src/utils.js", "@arethetypeswrong/core/dist/index.js"].map(
      (path) => import(pathToFileURL(join(need("NODE_MODULES"), path)).href),
    ),
  );
  for (const packed of [need("PACKED"), need("PACKED_HEIC")]) {
    const file = new Uint8Array(readFileSync(packed));
    const { messages, pkg } = await publint({ pack: { tarball: file.buffer }, level: "suggestion", strict: true });
    assert.deepEqual(messages.map((message) => formatMessage(message, pkg, { color: false })), []);
    const { types, problems } = await wrong.checkPackage(wrong.createPackageFromTarballData(file));
    assert.equal(types.kind, "included");
    assert.deepEqual(problems.filter(({ resolutionKind }) => !OTHERS.includes(resolutionKind)), []);
  }
});

test("Node uses it, here and in a pool, and ends by itself", async () => {
  write(
    "use.js",
    `import { readFileSync } from "node:fs";
     import { Pool, thumbnail } from "thumbox";
     import heic from "thumbox-heic";
     import { ThumbnailRequestHeader } from "thumbox/wire";
     const photo = readFileSync("photo.png");
     const options = { width: 123, height: 123, format: "webp" };
     const pool = new Pool({ size: 1, modules: [heic] });
     const made = [await thumbnail(photo, options), await pool.thumbnail(photo, options)];
     made.push(await pool.thumbnail(readFileSync("photo.heic"), { width: 8, height: 8, format: "png" }));
     console.log(JSON.stringify([ThumbnailRequestHeader.size, ...made.map(({ data }) => Buffer.from(data).toString("base64"))]));`,
  );
  const { stdout } = await run("node", ["use.js"], { cwd: project, timeout: 60_000 });
  assert.deepEqual(JSON.parse(stdout), [24, wanted, wanted, wantedHeic]);
});

test("TypeScript knows its types, and refuses what is none", async () => {
  const use = (options, onStart) =>
    `import heic from "thumbox-heic";
     import { Pool, thumbHashToDataURL, ThumboxError, type ImageInfo, type Placeholder, type ThumbnailOptions } from "thumbox";
     import { ThumbnailRequestHeader } from "thumbox/wire";
     import { load } from "thumbox/min";
     import wasm from "thumbox/thumbox.wasm";
     export const loaded: Promise<void> = load({ wasm });
     const options: ThumbnailOptions = ${options};
     const pool = new Pool({ size: 2, maxMemory: 1 << 27, modules: [heic, new Uint8Array(1)] });
     export const made: Promise<Blob> = pool.thumbnail(new Blob([]), options).then((one) => one.blob());
     export const info: Promise<ImageInfo> = pool.probe(new Uint8Array(1), { signal: AbortSignal.timeout(5), onStart: ${onStart} });
     export const shown: Promise<Placeholder> = pool.placeholder(new Uint8Array(1), { maxPixels: 5 });
     export const address: Promise<string> = shown.then((one) => thumbHashToDataURL(one.hash));
     export const size: number = ThumbnailRequestHeader.read(ThumbnailRequestHeader.write({ quality: 5 })).payload_size;
     export const code = (error: unknown): number => (error instanceof ThumboxError ? error.code : 0);`;
  write("good.ts", use('{ width: 5, format: "webp", fit: "cover" }', "() => undefined"));
  write("bad.ts", use('{ width: "5", format: "gif" }', "5"));
  const tsc = join(need("NODE_MODULES"), "typescript/bin/tsc");
  for (const resolution of [["--module", "nodenext"], ["--module", "esnext", "--moduleResolution", "bundler"]]) {
    const check = (name) =>
      run("node", [tsc, "--strict", "--noEmit", "--target", "es2022", "--lib", "es2022,dom", ...resolution, name], { cwd: project });
    await check("good.ts");
    const wrong = [/'string' is not assignable to type 'number'/, /"gif"/, /'number' is not assignable to type '\(\) => void'/];
    await assert.rejects(check("bad.ts"), ({ stdout }) => wrong.every((words) => words.test(stdout)));
  }
});

const APP = `
  try {
    const photo = await (await fetch("photo.png")).blob();
    const pool = new Pool({ size: 1, modules: [heic] });
    const options = { width: 123, height: 123, format: "webp" };
    const made = [await thumbnail(photo, options), await pool.thumbnail(photo, options)];
    const other = await (await fetch("photo.heic")).blob();
    made.push(await pool.thumbnail(other, { width: 8, height: 8, format: "png" }));
    pool.close();
    globalThis.made = made.map(({ data }) => btoa(String.fromCharCode(...data)));
  } catch (error) {
    globalThis.made = String(error);
  }`;

/** What the app made, opened in Chromium. */
async function shown(address) {
  const { chromium } = npm("playwright-core");
  const browser = await chromium.launch({ executablePath: need("CHROMIUM"), args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const page = await browser.newPage();
    await page.goto(address);
    await page.waitForFunction(() => globalThis.made, null, { timeout: 60_000 });
    return await page.evaluate(() => globalThis.made);
  } finally {
    await browser.close();
  }
}

test("Vite bundles it, with its worker and its module, and its development server serves it", async () => {
  const root = join(project, "vite");
  mkdirSync(join(root, "public"), { recursive: true });
  write("vite/index.html", '<!doctype html><title>app</title><script type="module" src="/app.js"></script>');
  write("vite/app.js", `import { Pool, thumbnail } from "thumbox"; import heic from "thumbox-heic"; ${APP}`);
  write("vite/public/photo.png", photo);
  write("vite/public/photo.heic", readFileSync(join(project, "photo.heic")));
  const vite = await import(pathToFileURL(join(need("NODE_MODULES"), "vite/dist/node/index.js")).href);
  await vite.build({ root, logLevel: "error", configFile: false });
  assert.deepEqual(await shown(await serve(join(root, "dist"))), [wanted, wanted, wantedHeic]);
  // What the README says of it.
  const optimizeDeps = { exclude: ["thumbox", "thumbox-heic"] };
  const server = await vite.createServer({ root, logLevel: "error", configFile: false, optimizeDeps, server: { host: "127.0.0.1", port: 0 } });
  try {
    await server.listen();
    assert.deepEqual(await shown(server.resolvedUrls.local[0]), [wanted, wanted, wantedHeic]);
  } finally {
    await server.close();
  }
});

test("a plain script imports it from where it was installed", async () => {
  write("index.html", '<!doctype html><title>app</title><script type="module" src="app.js"></script>');
  write("app.js", `import { Pool, thumbnail } from "./node_modules/thumbox/src/index.js"; import heic from "./node_modules/thumbox-heic/index.js"; ${APP}`);
  assert.deepEqual(await shown(await serve(project)), [wanted, wanted, wantedHeic]);
});

/** The address of a server of the project's files, for pages of any origin. */
async function cdn() {
  const types = { html: "text/html", js: "text/javascript", wasm: "application/wasm" };
  const server = createServer(({ url }, response) => {
    const type = types[url.split(".").at(-1)] ?? "application/octet-stream";
    response.writeHead(200, { "Access-Control-Allow-Origin": "*", "Content-Type": type });
    response.end(url === "/favicon.ico" ? "" : readFileSync(join(project, url)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.close());
  return `http://127.0.0.1:${server.address().port}/`;
}

test("the minified module works from another origin, as from a CDN", async () => {
  const [own, other] = [await cdn(), `${await cdn()}node_modules/`];
  write("cdn.html", '<!doctype html><title>app</title><script type="module" src="cdn.js"></script>');
  write("cdn.js", `import { Pool, thumbnail } from "${other}thumbox/min/index.js"; import heic from "${other}thumbox-heic/index.js"; ${APP}`);
  assert.deepEqual(await shown(`${own}cdn.html`), [wanted, wanted, wantedHeic]);
});
