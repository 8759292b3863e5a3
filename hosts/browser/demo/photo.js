/** One photo of the page: what is done with it, and the card that shows it. */

import { cropOf, fitted } from "./crop.js";
import { duration, reason, saved, sha256, size, thumbnailName } from "./text.js";
import { thumbHashToRGBA } from "./thumbox/src/index.js";

/** @type {HTMLTemplateElement} */
const template = document.querySelector("#photo");

/** Width for each of the height of what a picture is shown in, as the style sheet has it. */
const FRAME = 4 / 3;
/** How far an arrow key moves the point that a crop keeps. */
const STEP = 0.05;
const ARROWS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

export class Photo extends EventTarget {
  /** @param {File} file */
  constructor(file) {
    super();
    this.file = file;
    /** @type {"waiting" | "working" | "done" | "failed" | "cancelled"} */
    this.state = "waiting";
    /** What it was asked to become, and the thumbnail. */
    this.options = undefined;
    this.thumbnail = undefined;
    this.sum = "";
    this.card = template.content.firstElementChild.cloneNode(true);
    this.#part(".name").textContent = file.name;
    this.#part(".before").addEventListener("error", () => {
      this.#part(".before").classList.add("unknown");
      // There is nothing to point at.
      for (const part of [".crop", ".point"]) this.#part(part).hidden = true;
    });
    this.#part(".cancel").setAttribute("aria-label", `Cancel ${file.name}`);
    this.#part("progress").setAttribute("aria-label", file.name);
    this.#part(".cancel").addEventListener("click", () => {
      this.abort.abort();
      this.#part(".name").tabIndex = -1;
      this.#part(".name").focus();
    });
    this.#part(".check").addEventListener("click", () => this.dispatchEvent(new Event("check")));
    this.#part(".point").addEventListener("click", (event) => this.#pointed(event));
    this.#part(".point").addEventListener("keydown", (event) => this.#moved(event));
    this.#show();
  }

  /**
   * Makes the thumbnail. Whatever comes of it is shown, and nothing is thrown.
   *
   * @param {import("./thumbox/src/index.js").Pool} pool
   * @param {import("./thumbox/src/index.js").ThumbnailOptions} options
   * @param {boolean} placeholder whether to show one until the thumbnail is there
   */
  async make(pool, options, placeholder) {
    this.abort = new AbortController();
    this.options = options;
    this.#again = (changed) => this.make(pool, { ...options, ...changed }, placeholder);
    this.#become("waiting");
    const { signal } = this.abort;
    try {
      const info = await pool.probe(this.file, { signal });
      this.#hash(placeholder ? await pool.placeholder(this.file, { signal }) : undefined);
      let start = 0;
      const onStart = () => {
        start = performance.now();
        this.#become("working");
      };
      this.thumbnail = await pool.thumbnail(this.file, { ...options, signal, onStart });
      const took = performance.now() - start;
      this.sum = await sha256(this.thumbnail.data);
      signal.throwIfAborted();
      this.info = info;
      this.#done(took);
      this.#become("done");
      this.#isPointing = false;
    } catch (error) {
      // It is made anew already.
      if (signal !== this.abort.signal) return;
      if (signal.aborted) return this.#become("cancelled");
      this.#part(".reason").textContent = reason(error);
      this.#become("failed");
    }
  }

  cancel() {
    this.abort?.abort();
  }

  /** Whether nothing more comes of it. */
  get isEnded() {
    return ["done", "failed", "cancelled"].includes(this.state);
  }

  get name() {
    return thumbnailName(this.file.name, this.thumbnail.format);
  }

  /** @param {boolean} possible whether there is a server to ask */
  offerCheck(possible) {
    this.#part(".check").hidden = !possible || this.state !== "done";
  }

  /**
   * @param {boolean | undefined} same
   * @param {string} words
   */
  verdict(same, words) {
    const verdict = this.#part(".verdict");
    verdict.textContent = words;
    verdict.hidden = !words;
    verdict.classList.toggle("good", same === true);
    verdict.classList.toggle("bad", same === false);
  }

  /** Gives back what the browser keeps for the card. */
  forget() {
    this.cancel();
    this.#revoke();
    this.card.remove();
  }

  /** Makes the thumbnail again with other options. */
  #again;
  #isPointing = false;

  /** The part of the frame that shows the picture. */
  get #shown() {
    return fitted(this.info.width / this.info.height, FRAME);
  }

  /** @param {MouseEvent} event */
  #pointed({ clientX, clientY, detail }) {
    // A key that clicks is not anywhere.
    if (detail === 0) return;
    const { left, top, width, height } = this.#part(".point").getBoundingClientRect();
    const shown = this.#shown;
    this.#keep([((clientX - left) / width - shown.left) / shown.width, ((clientY - top) / height - shown.top) / shown.height]);
  }

  /** @param {KeyboardEvent} event */
  #moved(event) {
    const step = ARROWS[event.key];
    if (!step) return;
    event.preventDefault();
    const crop = cropOf(this.info, this.thumbnail, this.options.position);
    const middle = crop ? [crop.left + crop.width / 2, crop.top + crop.height / 2] : [0.5, 0.5];
    this.#keep(middle.map((at, side) => at + step[side]));
  }

  /** Makes the crop around a point, in parts of the picture's sides. */
  #keep(point) {
    this.cancel();
    // What is pointed at stays where it is.
    this.#isPointing = true;
    this.#again({ position: point.map((at) => Math.min(Math.max(at, 0), 1)) });
  }

  /** @param {import("./thumbox/src/index.js").Placeholder | undefined} placeholder */
  #hash(placeholder) {
    const line = this.#part(".hash");
    line.hidden = !placeholder;
    if (!placeholder) return;
    const { w, h, rgba } = thumbHashToRGBA(placeholder.hash);
    const canvas = line.querySelector("canvas");
    [canvas.width, canvas.height] = [w, h];
    canvas.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(rgba), w, h), 0, 0);
    canvas.setAttribute("aria-label", `${this.file.name}, placeholder`);
    line.querySelector("code").textContent = btoa(String.fromCharCode(...placeholder.hash));
  }

  #done(took) {
    const { thumbnail, file, info, options } = this;
    const [before, after] = this.card.querySelectorAll("figure");
    this.#revoke();
    before.querySelector("img").classList.remove("unknown");
    this.#picture(before, `${file.name}, before`, file, info.width, info.height);
    if (info.frames > 1) before.querySelector("figcaption").append(` · ${duration(info)}`);
    const isCover = options.fit === "cover";
    this.#part(".point").hidden = !isCover;
    this.#part(".point").setAttribute("aria-label", `Choose what the crop of ${file.name} keeps, with a click or the arrow keys`);
    const crop = isCover ? cropOf(info, thumbnail, options.position) : undefined;
    this.#part(".crop").hidden = !crop;
    if (crop) {
      const shown = this.#shown;
      const percent = (part) => `${(part * 100).toFixed(3)}%`;
      Object.assign(this.#part(".crop").style, {
        left: percent(shown.left + crop.left * shown.width),
        top: percent(shown.top + crop.top * shown.height),
        width: percent(crop.width * shown.width),
        height: percent(crop.height * shown.height),
      });
    }
    this.#picture(after, `${file.name}, after`, thumbnail.blob(), thumbnail.width, thumbnail.height);
    this.#part(".saved").textContent = `${saved(file.size, thumbnail.data.length)} · ${took.toFixed(0)} ms`;
    this.#part(".sum code").textContent = this.sum;
    const download = this.#part(".download");
    download.href = after.querySelector("img").src;
    download.download = this.name;
    download.setAttribute("aria-label", `Download ${this.name}`);
    this.#part(".check").setAttribute("aria-label", `Check with the server: ${file.name}`);
    this.verdict(undefined, "");
  }

  #picture(figure, words, blob, width, height) {
    const image = figure.querySelector("img");
    image.alt = words;
    image.src = URL.createObjectURL(blob);
    figure.querySelector("figcaption").textContent = `${width} × ${height} · ${size(blob.size)}`;
  }

  #become(state) {
    this.state = state;
    this.#show();
    this.dispatchEvent(new Event("state"));
  }

  #show() {
    const { state } = this;
    const pending = state === "waiting" || state === "working";
    this.card.dataset.state = state;
    this.#part(".state").textContent = state;
    const progress = this.#part("progress");
    progress.hidden = state === "failed" || state === "cancelled";
    if (state === "working") progress.removeAttribute("value");
    else progress.value = state === "done" ? 1 : 0;
    this.#part(".cancel").hidden = !pending;
    if (state === "failed" || state === "cancelled") this.#isPointing = false;
    this.#part(".pair").hidden = state !== "done" && !this.#isPointing;
    for (const part of [".saved", ".sum", ".download"]) this.#part(part).hidden = state !== "done";
    if (state !== "done") for (const part of [".check", ".verdict"]) this.#part(part).hidden = true;
    this.#part(".reason").hidden = state !== "failed";
    // A card is as high as what is in it.
    this.#part(".buttons").hidden = state === "failed" || state === "cancelled";
  }

  #revoke() {
    for (const image of this.card.querySelectorAll("img[src]")) {
      URL.revokeObjectURL(image.src);
      image.removeAttribute("src");
    }
  }

  #part(selector) {
    return this.card.querySelector(selector);
  }
}
