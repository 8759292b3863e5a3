/** The contenders in headless Chromium, on a page that is isolated, as wasm-vips needs it. */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { need, npm } from "../../hosts/browser/tests/support.js";

const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };
const FOLDERS = {
  bench: fileURLToPath(new URL(".", import.meta.url)),
  thumbox: need("PACKAGE"),
  peers: need("PEERS"),
};

export async function inChromium(pictures, size, rounds) {
  const server = createServer((request, response) => answer(request, response, pictures));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { chromium } = npm("playwright-core");
  const browser = await chromium.launch({ executablePath: need("CHROMIUM"), args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    await page.goto(`http://127.0.0.1:${server.address().port}/bench/page.html`);
    const measured = [];
    for (const [index, picture] of pictures.entries()) {
      const times = await page.evaluate(([index, size, rounds]) => globalThis.bench(index, size, rounds), [index, size, rounds]);
      measured.push({ picture, times });
    }
    return measured;
  } finally {
    await browser.close();
    server.close();
  }
}

async function answer(request, response, pictures) {
  const [, folder, ...rest] = new URL(request.url, "http://localhost").pathname.split("/");
  const headers = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
  try {
    const path = normalize(rest.join("/"));
    const content = folder === "pictures" ? pictures[Number(path)].data : await readFile(join(FOLDERS[folder], path));
    response.writeHead(200, { ...headers, "Content-Type": TYPES[extname(path)] ?? "application/octet-stream" });
    response.end(content);
  } catch {
    response.writeHead(404, headers).end();
  }
}
