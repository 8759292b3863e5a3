/** How the page looks, and what assistive technology makes of it. The screenshots are kept for people to look at. */

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { file, open, settled, start } from "./chromium.js";
import { need, npm, scene } from "./support.js";

const running = await start();
const axe = readFileSync(npm("axe-core/package.json").version && join(need("NODE_MODULES"), "axe-core/axe.min.js"), "utf8");
const folder = need("SCREENSHOTS");
mkdirSync(folder, { recursive: true });

const SCREENS = {
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
  desktop: { viewport: { width: 1280, height: 900 } },
};

async function accessible(page, what) {
  // From outside the page's policy, which lets no other script in.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  assert.deepEqual(found, [], what);
}

for (const [screen, options] of Object.entries(SCREENS)) {
  for (const colorScheme of ["light", "dark"]) {
    test(`${screen}, ${colorScheme}: no violation, nothing cut off`, async (t) => {
      const { page, context } = await open(running, { ...options, colorScheme });
      t.after(() => context.close());
      const look = async (name) => {
        await accessible(page, `${screen} ${colorScheme} ${name}`);
        await page.screenshot({ path: join(folder, `${screen}-${colorScheme}-${name}.png`), fullPage: true });
        const [inner, whole] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
        assert.ok(whole <= inner, `${name} is ${whole} wide on a screen of ${inner}`);
      };
      await look("1-empty");
      const photo = readFileSync(need("PHOTO"));
      await page.getByLabel("Choose photos").setInputFiles([
        file("holiday at the sea.jpg", photo),
        file("a name that is as long as those which cameras and messengers give_20260714_183012_HDR_edited.png", scene(600, 800)),
        file("notes.txt", Buffer.from("I am a text and no image at all.")),
      ]);
      await settled(page, 3);
      await page.getByRole("button", { name: "Check all" }).click();
      await page.locator(".verdict.good").nth(1).waitFor();
      await page.locator("img.before").first().evaluate((image) => image.decode());
      await look("2-done");
      await page.getByLabel("Fit").selectOption("cover");
      await page.getByLabel("Crop keeps").selectOption("left");
      await page.getByLabel("Placeholders").check();
      await page.getByRole("button", { name: "Make again" }).click();
      await settled(page, 3);
      await page.locator("img.before").first().evaluate((image) => image.decode());
      await look("3-cropped");
      await page.getByLabel("Width").fill("2500");
      await page.getByLabel("Height").fill("2500");
      await page.getByLabel("Format").selectOption("webp");
      await page.getByLabel("Choose photos").setInputFiles([file("slow.png", scene(2600, 2600)), file("next.png", scene(2600, 2600))]);
      await page.locator('li.photo[data-state="working"]').first().waitFor();
      await look("4-working");
    });
  }
}

test("all of it is reached and worked by keyboard", async (t) => {
  const { page, context } = await open(running, SCREENS.desktop);
  t.after(() => context.close());
  await page.getByLabel("Choose photos").setInputFiles([file("mine.png", scene(300, 200))]);
  await settled(page, 1);
  await page.evaluate(() => document.activeElement.blur());
  const reached = [];
  for (let step = 0; step < 20; step++) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => {
      const { activeElement: element } = document;
      return element === document.body ? "" : element.name || element.id || element.className;
    });
    if (!name) break;
    reached.push(name);
  }
  assert.deepEqual(reached, [
    ...["width", "height", "format", "fit", "quality", "effort", "placeholder", "files"],
    ...["download", "again", "check", "clear"],
    ...["sum-title", "button download", "check"],
  ]);
  // Enter opens the dialog of files, as a click does.
  await page.getByLabel("Choose photos").focus();
  const chooser = page.waitForEvent("filechooser");
  // Whoever waits for the dialog is heard by the browser first.
  await page.evaluate(() => undefined);
  await page.keyboard.press("Enter");
  assert.ok((await chooser).isMultiple());
});
