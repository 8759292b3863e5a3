/** The demo page: from files to photos, and what concerns them all. */

import { downloadZip } from "./client-zip.js";
import { Photo } from "./photo.js";
import { isSame, serverBuild } from "./server-build.js";
import { box, size } from "./text.js";
import { load, Pool } from "./thumbox/src/index.js";

const part = (selector) => document.querySelector(selector);
const settings = part("#settings");
const pool = new Pool();

/** @type {Photo[]} */
let photos = [];
let build;

/** Cards that are added before the browser may do something else. */
const AT_ONCE = 5;

/** Files that were chosen and have no card yet end with it. */
let batches = new AbortController();

/**
 * The first of the photos that were chosen last. It is scrolled to until it is made, or the person does something else.
 *
 * @type {Photo | undefined}
 */
let awaited;

async function begin() {
  settle();
  build = await serverBuild();
  part("#check").hidden = !build;
  try {
    await load();
  } catch (error) {
    tell(error.message);
    part("#files").disabled = true;
  }
}

/** @param {string} words what concerns the page as a whole */
function tell(words) {
  part("#notice").textContent = words;
  part("#notice").hidden = !words;
}

/** Shows the settings' values, and takes back what the other settings give no choice of. */
function settle() {
  const { width, height, format, fit, quality, position, effort, frames } = settings.elements;
  part("#chosen").textContent = `${box(width.valueAsNumber, height.valueAsNumber)}, ${format.selectedOptions[0].text}`;
  settings.elements["quality-shown"].value = quality.value;
  settings.elements["effort-shown"].value = effort.value;
  quality.disabled = format.value === "png";
  frames.disabled = format.value !== "webp";
  position.disabled = fit.value !== "cover";
}

/** @param {boolean} isOpen whether the settings are shown where they can be folded */
function fold(isOpen) {
  settings.classList.toggle("open", isOpen);
  part("#fold").setAttribute("aria-expanded", isOpen);
}

/** Whether the settings are as they may be; if not, the browser says which is not. */
function isValid() {
  if (settings.checkValidity()) return true;
  // It can point at what is shown only.
  fold(true);
  return settings.reportValidity();
}

function wanted() {
  const { width, height, format, quality, fit, position, effort, frames } = settings.elements;
  const options = {
    width: width.valueAsNumber,
    height: height.valueAsNumber,
    format: format.value,
    fit: fit.value,
    effort: effort.valueAsNumber,
    // Who uploads a photo wants to know that half of it is missing.
    refuseTruncated: true,
  };
  if (!quality.disabled) options.quality = quality.valueAsNumber;
  if (!position.disabled) options.position = position.value;
  if (!frames.disabled && frames.checked) options.frames = "all";
  return options;
}

/** @param {Iterable<File>} files */
async function add(files) {
  if (!isValid()) return;
  tell("");
  const added = [...files];
  if (added.length === 0) return tell("There was no file in what you dropped or pasted.");
  const options = wanted();
  const placeholder = settings.elements.placeholder.checked;
  if (batches.signal.aborted) batches = new AbortController();
  const batch = batches.signal;
  let isFirst = true;
  while (added.length > 0 && !batch.aborted) {
    const some = added.splice(0, AT_ONCE).map((file) => new Photo(file));
    photos.push(...some);
    if (isFirst) [awaited] = some;
    isFirst = false;
    part("#photos").append(...some.map((photo) => photo.card));
    for (const photo of some) {
      photo.addEventListener("state", summarise);
      photo.addEventListener("check", () => check([photo]));
      photo.make(pool, options, placeholder);
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
}

let summarising = false;

/** Soon, and once for whatever happens until then. */
function summarise() {
  if (summarising) return;
  summarising = true;
  requestAnimationFrame(() => {
    summarising = false;
    const count = (state) => photos.filter((photo) => photo.state === state).length;
    const [done, failed, cancelled] = ["done", "failed", "cancelled"].map(count);
    const ended = done + failed + cancelled;
    part("#overall").hidden = photos.length === 0;
    part("#progress").value = photos.length ? ended / photos.length : 0;
    const made = photos.filter((photo) => photo.state === "done");
    for (const photo of made) photo.offerCheck(Boolean(build));
    const sum = (number) => made.reduce((total, photo) => total + number(photo), 0);
    const words = [`${done} of ${photos.length} done`];
    if (failed) words.push(`${failed} failed`);
    if (cancelled) words.push(`${cancelled} cancelled`);
    if (done) words.push(`${size(sum((p) => p.file.size))} became ${size(sum((p) => p.thumbnail.data.length))}`);
    part("#summary").value = words.join(" · ");
    part("#said").textContent = photos.length > 0 && ended === photos.length ? words.join(", ") : "";
    part("#cancel").disabled = ended === photos.length;
    part("#again").disabled = ended < photos.length;
    for (const selector of ["#download", "#check"]) part(selector).disabled = done === 0 || ended < photos.length;
    document.body.classList.toggle("filled", photos.length > 0);
    if (awaited) show(awaited);
  });
}

/** @param {Photo} photo that is awaited */
function show(photo) {
  photo.card.scrollIntoView({ block: "nearest" });
  if (!photo.isEnded) return;
  // Once more when the cards that came into sight with it have their own heights.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      if (awaited !== photo) return;
      photo.card.scrollIntoView({ block: "nearest" });
      awaited = undefined;
    }),
  );
}

/** @param {Photo[]} some one after the other */
async function check(some) {
  for (const photo of some) {
    photo.verdict(undefined, "asking the server…");
    try {
      const same = await isSame(photo);
      const who = `thumbox ${build.version}, ${build.variant}`;
      photo.verdict(same, same ? `The same bytes as from the server (${who}).` : `Other bytes than from the server (${who})!`);
    } catch (error) {
      photo.verdict(false, `It could not be checked: ${error.message}`);
    }
  }
}

async function downloadAll() {
  const names = new Set();
  const made = photos.filter((photo) => photo.state === "done");
  const files = made.map((photo) => {
    let { name } = photo;
    // Two folders may have had a photo of one name each.
    for (let number = 2; names.has(name); number++) name = photo.name.replace(/(\.thumb\.\w+)$/, `-${number}$1`);
    names.add(name);
    return { name, input: photo.thumbnail.data, lastModified: new Date(photo.file.lastModified) };
  });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await downloadZip(files).blob());
  link.download = "thumbnails.zip";
  link.click();
  // The download has begun by then, and keeps what it needs.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

part("#files").addEventListener("change", ({ target }) => {
  const files = [...target.files];
  // Choosing the same file again is to be a choice, too.
  target.value = "";
  add(files);
});
settings.addEventListener("input", settle);
part("#fold").addEventListener("click", () => fold(!settings.classList.contains("open")));
settings.addEventListener("submit", (event) => event.preventDefault());
part("#cancel").addEventListener("click", () => {
  batches.abort();
  photos.forEach((photo) => photo.cancel());
  part("#summary").focus();
});
part("#again").addEventListener("click", () => {
  if (!isValid()) return;
  const options = wanted();
  photos.forEach((photo) => photo.make(pool, options, settings.elements.placeholder.checked));
});
part("#clear").addEventListener("click", () => {
  batches.abort();
  photos.forEach((photo) => photo.forget());
  photos = [];
  summarise();
  part("#files").focus();
});
part("#download").addEventListener("click", downloadAll);
part("#check").addEventListener("click", () => check(photos.filter((photo) => photo.state === "done")));

for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) {
  document.addEventListener(kind, () => (awaited = undefined), { passive: true });
}

// What is scrolled to must not end up beneath the bar that stays at the top.
new ResizeObserver(([{ target }]) => {
  document.documentElement.style.setProperty("--bar", `${target.offsetHeight}px`);
}).observe(part("#overall"));

document.addEventListener("paste", ({ clipboardData }) => {
  if (clipboardData?.files.length) add(clipboardData.files);
});
const drop = part("#drop");
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const kind of ["dragleave", "drop"]) document.addEventListener(kind, () => drop.classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  add(event.dataTransfer.files);
});

begin();
