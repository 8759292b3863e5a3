/** One photo of the page: what is done with it, and the card that shows it. */

import { saved, sha256, size, thumbnailName } from "./text.js";

/** @type {HTMLTemplateElement} */
const template = document.querySelector("#photo");

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
    this.#part(".before").addEventListener("error", () => this.#part(".before").classList.add("unknown"));
    this.#part(".cancel").setAttribute("aria-label", `Cancel ${file.name}`);
    this.#part("progress").setAttribute("aria-label", file.name);
    this.#part(".cancel").addEventListener("click", () => {
      this.abort.abort();
      this.#part(".name").tabIndex = -1;
      this.#part(".name").focus();
    });
    this.#part(".check").addEventListener("click", () => this.dispatchEvent(new Event("check")));
    this.#show();
  }

  /**
   * Makes the thumbnail. Whatever comes of it is shown, and nothing is thrown.
   *
   * @param {import("./thumbox/src/index.js").Pool} pool
   * @param {import("./thumbox/src/index.js").ThumbnailOptions} options
   */
  async make(pool, options) {
    this.abort = new AbortController();
    this.options = options;
    this.#become("waiting");
    const { signal } = this.abort;
    try {
      const info = await pool.probe(this.file, { signal });
      this.#become("working");
      const start = performance.now();
      this.thumbnail = await pool.thumbnail(this.file, { ...options, signal });
      const took = performance.now() - start;
      this.sum = await sha256(this.thumbnail.data);
      this.#done(info, took);
      this.#become("done");
    } catch (error) {
      if (signal.aborted) return this.#become("cancelled");
      this.#part(".reason").textContent = error.code ? `${error.message} (code ${error.code})` : error.message;
      this.#become("failed");
    }
  }

  cancel() {
    this.abort?.abort();
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

  #done(info, took) {
    const { thumbnail, file } = this;
    const [before, after] = this.card.querySelectorAll("figure");
    this.#revoke();
    before.querySelector("img").classList.remove("unknown");
    this.#picture(before, `${file.name}, before`, file, info.width, info.height);
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
    for (const part of [".pair", ".saved", ".sum", ".download"]) this.#part(part).hidden = state !== "done";
    if (state !== "done") for (const part of [".check", ".verdict"]) this.#part(part).hidden = true;
    this.#part(".reason").hidden = state !== "failed";
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
