/** How the page looks, and what assistive technology makes of it. The screenshots are kept for people to look at. */

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { card, file, open, settled, start } from "./chromium.js";
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
      if (screen === "phone") {
        await page.getByRole("button", { name: /^Settings/ }).click();
        await look("2-settings");
      }
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

const PHONES = [[360, 740], [390, 844], [740, 360]];
for (const [width, height] of PHONES) {
  test(`on a phone of ${width} x ${height} what was chosen comes first, and the settings when they are asked for`, async (t) => {
    const { page, context } = await open(running, { ...SCREENS.phone, viewport: { width, height } });
    t.after(() => context.close());
    const inSight = async (locator) => {
      const { y, height: high } = await locator.boundingBox();
      return y >= 0 && y + high <= height;
    };
    const comesInSight = async (locator) => {
      // Cards get their heights, and what is awaited its place, in the frames after the last one is made.
      for (let tries = 0; tries < 40 && !(await inSight(locator)); tries++) await page.waitForTimeout(50);
      return inSight(locator);
    };
    assert.ok(await inSight(page.locator("#drop")));
    const names = ["a", "b", "c", "d", "e", "f"].map((name) => `${name}.png`);
    await page.getByLabel("Choose photos").setInputFiles(names.map((name) => file(name, scene(300, 200))));
    await settled(page, names.length);
    assert.ok(await comesInSight(card(page, "a.png").locator(".after")));
    // What is chosen later comes last, and is scrolled to.
    await page.getByLabel("Choose photos").setInputFiles([file("late.png", scene(200, 300))]);
    await settled(page, names.length + 1);
    assert.ok(await comesInSight(card(page, "late.png").locator(".after")));

    const fold = page.getByRole("button", { name: /^Settings: / });
    assert.equal(await fold.textContent(), "Settings: 512 × 512, JPEG");
    assert.ok(await page.getByLabel("Width").isHidden());
    await fold.click();
    assert.equal(await fold.getAttribute("aria-expanded"), "true");
    await page.getByLabel("Width").fill("0");
    await page.getByLabel("Format").selectOption("webp");
    assert.equal(await fold.textContent(), "Settings: any × 512, WebP");
    await page.getByLabel("Width").fill("16384");
    await fold.click();
    assert.ok(await page.getByLabel("Width").isHidden());
    // A setting that is wrong is shown.
    await page.getByRole("button", { name: "Make again" }).click();
    assert.equal(await page.evaluate(() => document.activeElement.name), "width");
  });
}

test("whoever scrolls or types is left where they are", async (t) => {
  const { page, context } = await open(running, SCREENS.phone);
  t.after(() => context.close());
  const many = Array.from({ length: 8 }, (_, index) => file(`${index}.png`, scene(300, 200)));
  await page.getByLabel("Choose photos").setInputFiles(many);
  await settled(page, many.length);
  await page.getByLabel("Choose photos").setInputFiles([file("slow.png", scene(1300, 1300))]);
  await card(page, "slow.png").waitFor();
  await page.keyboard.press("Home");
  await page.waitForFunction(() => scrollY === 0);
  await settled(page, many.length + 1);
  assert.equal(await page.evaluate(() => scrollY), 0);
});

test("nothing that has the focus is beneath the bar", async (t) => {
  const { page, context } = await open(running, { viewport: { width: 1280, height: 700 } });
  t.after(() => context.close());
  const many = Array.from({ length: 15 }, (_, index) => file(`${index}.png`, scene(120, 90)));
  await page.getByLabel("Choose photos").setInputFiles(many);
  await settled(page, many.length);
  await card(page, "14.png").getByRole("button").focus();
  for (let steps = 0; steps < 42; steps++) {
    await page.keyboard.press("Shift+Tab");
    const [name, bar, top] = await page.evaluate(() => {
      const { activeElement: element } = document;
      const places = [document.querySelector("#overall").getBoundingClientRect().bottom, element.getBoundingClientRect().top];
      return [element.ariaLabel ?? element.textContent, ...places];
    });
    assert.ok(top >= bar, `${name} begins at ${top}, and the bar ends at ${bar}`);
  }
  const [place, stands] = await page.evaluate(() => {
    document.querySelectorAll("li.photo")[9].scrollIntoView();
    const bar = document.querySelector("#overall");
    const { top, bottom, left } = bar.getBoundingClientRect();
    return [top, bar.contains(document.elementFromPoint(left + 40, bottom - 4))];
  });
  assert.deepEqual([place, stands], [0, true]);
  assert.ok(await page.evaluate(() => {
    const bar = document.querySelector("#overall").getBoundingClientRect();
    return document.querySelectorAll("li.photo")[9].getBoundingClientRect().top >= bar.bottom;
  }));
});

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
  // What a thumbnail's bytes sum up to is there for those who ask.
  const sum = page.locator(".sum code");
  assert.ok(await sum.isHidden());
  await page.getByText("SHA-256").focus();
  await page.keyboard.press("Enter");
  assert.match(await sum.textContent(), /^[0-9a-f]{64}$/);
  assert.ok(await sum.isVisible());
  // Enter opens the dialog of files, as a click does.
  await page.getByLabel("Choose photos").focus();
  const chooser = page.waitForEvent("filechooser");
  // Whoever waits for the dialog is heard by the browser first.
  await page.evaluate(() => undefined);
  await page.keyboard.press("Enter");
  assert.ok((await chooser).isMultiple());
});
