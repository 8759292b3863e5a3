/** Workers that answer calls off the caller's thread, each one call at a time. */

import { Caller } from "./caller.js";
import { FORMAT_NOT_IN_BUILD, INIT_FAILED, INTERNAL, INVALID_STATE, ThumboxError, TIMEOUT } from "./errors.js";
import { checkLength, sizeOf, source } from "./input.js";
import { KEEP_MEMORY, MAX_REQUEST } from "./layouts.js";
import { first, further, own, sourcesOf } from "./module.js";
import { platform } from "./platform.js";
import { integer, known, LIMITS, limits } from "./request.js";

/**
 * @typedef {object} PoolOptions
 * @property {readonly string[]} [formats] the formats that may be read, code 203 for others: "jpeg", "png", "webp", "gif",
 *   "bmp", "tiff", "avif", "heic", "raw", "ico", "qoi", "pnm", "tga", "psd", "cur"; all if none are given. The first
 *   thing to set where you know what you will get
 * @property {readonly import("./platform.js").ModuleSource[]} [modules] further modules, such as that of the package
 *   `thumbox-heic`, for images that this package's own do not read: an address, a response, bytes or a module of each.
 *   They are loaded when the first such image comes. Those that `load` has been given so far, if none are given
 * @property {number} [maxPixels] pixels of a picture, 1 to 2^29; 2^28 if none is given
 * @property {number} [maxMemory] bytes of the core's working memory for a call; 256 MiB if none is given
 * @property {number} [maxReply] bytes of a reply; 64 MiB if none is given
 * @property {number} [size] workers at once, 1 to 64; one less than there are processors, and 1 to 4, if none is given
 * @property {number} [timeout] milliseconds of one call, before it fails with code 10; 10,000 if none is given
 * @property {number} [maxRequest] bytes of the longest request; 64 MiB if none is given
 * @property {number} [keepMemory] bytes of memory with which a worker may wait for its next call; one that has grown
 *   beyond is replaced; 64 MiB if none is given
 * @property {number} [idle] milliseconds after which workers without work end; 5,000 if none is given
 */

/**
 * A call that waits or runs.
 *
 * @typedef {object} Job
 * @property {object} message what its worker is sent
 * @property {ArrayBuffer[]} transfer
 * @property {(reply: Uint8Array<ArrayBuffer>) => void} resolve
 * @property {(error: unknown) => void} reject
 * @property {number} id
 * @property {() => void} settled
 * @property {(() => void) | undefined} onStart
 * @property {ThumboxError} [unread] the first module's code 204, where it does not read the image
 */

/**
 * @typedef {object} Hand
 * @property {import("./platform.js").Port} port
 * @property {Job | undefined} job
 * @property {ReturnType<typeof setTimeout> | undefined} timer
 * @property {number} deadline when the call's time is over, by performance.now()
 * @property {number} memory
 */

export class Pool extends Caller {
  #limits;
  #further;
  #size;
  #timeout;
  #keepMemory;
  #idle;
  /** @type {Job[]} */
  #waiting = [];
  /** @type {Set<Hand>} */
  #hands = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rest;
  #closed = false;
  #lastId = 0;
  #counts = { calls: 0, errors: 0, traps: 0, timeouts: 0, aborts: 0 };

  /** @param {PoolOptions} [options] */
  constructor(options = {}) {
    super();
    known(options, [...LIMITS, "modules", "size", "timeout", "maxRequest", "keepMemory", "idle"]);
    this.#limits = limits(options);
    this.#further = options.modules ? [...own, ...sourcesOf(options.modules)] : [...further];
    const usual = Math.min(Math.max(platform().processors() - 1, 1), 4);
    this.#size = integer("size", options.size ?? usual, 1, 64);
    this.#timeout = integer("timeout", options.timeout ?? 10_000, 1, 0x7fff_ffff);
    this._maxRequest = integer("maxRequest", options.maxRequest ?? MAX_REQUEST, 1, 0xffff_ffff);
    this.#keepMemory = integer("keepMemory", options.keepMemory ?? KEEP_MEMORY, 0, 0xffff_ffff);
    this.#idle = integer("idle", options.idle ?? 5_000, 0, 0x7fff_ffff);
  }

  /** What there is now, and what there was: workers with the bytes of their memory, waiting calls, and counts. */
  get stats() {
    const hands = [...this.#hands];
    return {
      size: this.#size,
      workers: hands.length,
      busy: hands.filter((hand) => hand.job).length,
      waiting: this.#waiting.length,
      memory: hands.reduce((sum, hand) => sum + hand.memory, 0),
      ...this.#counts,
    };
  }

  /**
   * Answers one binary request: see `thumbox/wire` for the layouts.
   *
   * @param {number} messageId 1 echo, 100 thumbnail, 101 probe, 102 thumbnail set, 103 placeholder
   * @param {import("./input.js").ImageSource} request
   * @param {import("./caller.js").CallOptions} [options]
   * @returns {Promise<Uint8Array<ArrayBuffer>>}
   */
  async callRaw(messageId, request, options = {}) {
    const { signal, transfer, onStart, ...rest } = options;
    known(rest, []);
    integer("messageId", messageId, 0, 0xffff_ffff);
    const whole = source("request", request);
    checkLength(sizeOf(whole), this._maxRequest);
    return this._call(messageId, new Uint8Array(), whole, { signal, transfer, onStart });
  }

  /** Ends the workers. Calls that wait or run fail with code 1, and so do later ones. */
  close() {
    this.#closed = true;
    const error = () => new ThumboxError(INVALID_STATE, "the pool was closed; make a new one");
    for (const job of this.#waiting.splice(0)) this.#settle(job, () => job.reject(error()));
    for (const hand of [...this.#hands]) this.#end(hand, error());
  }

  /** @override @type {Caller["_call"]} */
  _call(messageId, header, image, { signal, transfer: give, onStart }) {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new ThumboxError(INVALID_STATE, "the pool is closed; make a new one");
      signal?.throwIfAborted();
      /** @type {ArrayBuffer[]} */
      const transfer = [];
      if (image instanceof Uint8Array) {
        // A view would take its whole buffer along.
        const own = give && image.length > 0 && image.buffer instanceof ArrayBuffer ? image : new Uint8Array(image);
        if (own.length > 0) transfer.push(/** @type {ArrayBuffer} */ (own.buffer));
        image = own;
      }
      const id = ++this.#lastId;
      /** @type {Job} */
      const job = { message: { id, messageId, header, image }, transfer, resolve, reject, id, settled: () => {}, onStart };
      if (signal) {
        const abort = () => this.#abort(job, signal.reason);
        signal.addEventListener("abort", abort);
        job.settled = () => signal.removeEventListener("abort", abort);
      }
      this.#counts.calls++;
      this.#waiting.push(job);
      this.#next();
    });
  }

  /** Gives waiting calls to workers that are free, or new. */
  #next() {
    clearTimeout(this.#rest);
    while (this.#waiting.length > 0) {
      const free = [...this.#hands].find((hand) => !hand.job);
      if (!free && this.#hands.size >= this.#size) return;
      const job = /** @type {Job} */ (this.#waiting.shift());
      if (free) this.#give(free, job);
      else this.#hire(job);
    }
    if (this.#hands.size > 0 && [...this.#hands].every((hand) => !hand.job)) {
      this.#rest = setTimeout(() => [...this.#hands].forEach((hand) => this.#end(hand)), this.#idle);
      // Of Node's, which would wait for it.
      if (typeof this.#rest === "object") /** @type {NodeJS.Timeout} */ (this.#rest).unref();
    }
  }

  /**
   * Starts a worker with its first call.
   *
   * @param {Job} job
   */
  #hire(job) {
    /** @type {import("./platform.js").Port} */
    let port;
    try {
      port = platform().startWorker();
    } catch (error) {
      this.#fail(job, error);
      return;
    }
    /** @type {Hand} */
    const hand = { port, job, timer: undefined, deadline: 0, memory: 0 };
    this.#hands.add(hand);
    let ready = false;
    port.listen((message) => {
      if (message.failed) {
        this.#end(hand, this.#error(message.failed));
      } else if (message.ready) {
        ready = true;
        // It may have been aborted meanwhile, and its worker with it.
        if (hand.job) this.#give(hand, hand.job);
        if (!hand.job) this.#next();
      } else {
        this.#answered(hand, message);
      }
    });
    port.ended((reason) => {
      const code = ready ? INTERNAL : INIT_FAILED;
      this.#end(hand, new ThumboxError(code, `the worker ${ready ? "was lost" : "cannot be started"}: ${reason}`));
    });
    const formats = this.#further.map((source) => source.formats);
    first.compiled().then(
      (module) => port.post({ module, limits: this.#limits, further: formats }, []),
      (error) => this.#end(hand, error),
    );
  }

  /**
   * @param {Hand} hand one that is ready
   * @param {Job} job
   */
  #give(hand, job) {
    try {
      // Node would send it, and nothing would arrive.
      const isGone = job.transfer.some(({ byteLength }) => byteLength === 0);
      if (isGone) throw new TypeError("the image was given away already");
      hand.port.post(job.message, job.transfer);
    } catch (error) {
      // As that one, or a file that no other thread can have.
      hand.job = undefined;
      hand.port.hold(false);
      this.#fail(job, error);
      return;
    }
    hand.job = job;
    hand.port.hold(true);
    this.#time(hand, this.#timeout);
    if (job.onStart) queueMicrotask(() => this.#started(hand, job));
  }

  /**
   * Says that a call runs. Not within `#give`: the caller may end the call, or the pool, there and then.
   *
   * @param {Hand} hand
   * @param {Job} job
   */
  #started(hand, job) {
    if (hand.job !== job) return;
    try {
      job.onStart?.();
    } catch (error) {
      this.#abort(job, error);
    }
  }

  /**
   * Gives a call `left` milliseconds.
   *
   * @param {Hand} hand
   * @param {number} left
   */
  #time(hand, left) {
    hand.deadline = performance.now() + left;
    hand.timer = setTimeout(() => {
      this.#counts.timeouts++;
      const why = `the call ran longer than ${this.#timeout} ms and was stopped; timeout sets how long it may`;
      this.#end(hand, new ThumboxError(TIMEOUT, why));
    }, left);
  }

  /**
   * @param {Hand} hand
   * @param {{ id: number, reply?: Uint8Array<ArrayBuffer>, error?: any, further?: number, memory: number }} message
   */
  #answered(hand, { id, reply, error, further, memory }) {
    const { job } = hand;
    if (job?.id !== id) return;
    clearTimeout(hand.timer);
    hand.memory = memory;
    if (error?.code === FORMAT_NOT_IN_BUILD) {
      job.unread ??= this.#error(error);
      const source = further === undefined ? undefined : this.#further[further];
      if (source) {
        this.#goOn(hand, job, source);
        return;
      }
      error = job.unread;
    }
    this.#finish(hand, job, { reply, error });
  }

  /**
   * Sends a call that its worker cannot read on to a further module. The time in which that is loaded is not the call's.
   *
   * @param {Hand} hand
   * @param {Job} job
   * @param {import("./module.js").Source} source
   */
  #goOn(hand, job, source) {
    const left = Math.max(1, hand.deadline - performance.now());
    source.compiled().then(
      (more) => {
        if (hand.job !== job) return;
        this.#time(hand, left);
        hand.port.post({ id: job.id, more }, []);
      },
      (error) => hand.job === job && this.#finish(hand, job, { error }),
    );
  }

  /**
   * @param {Hand} hand
   * @param {Job} job
   * @param {{ reply?: Uint8Array<ArrayBuffer> | undefined, error?: any }} outcome
   */
  #finish(hand, job, { reply, error }) {
    const { memory } = hand;
    hand.job = undefined;
    if (error?.trap) this.#counts.traps++;
    // Whatever a picture did to a worker that trapped, no other picture meets it.
    if (error?.trap || memory > this.#keepMemory) this.#end(hand);
    else hand.port.hold(false);
    if (reply) this.#settle(job, () => job.resolve(reply));
    else this.#fail(job, error instanceof ThumboxError ? error : this.#error(error));
    this.#next();
  }

  /**
   * Ends a worker; the call that it has fails, and a new worker takes its place when there is work.
   *
   * @param {Hand} hand
   * @param {unknown} [error]
   */
  #end(hand, error) {
    if (!this.#hands.delete(hand)) return;
    clearTimeout(hand.timer);
    hand.port.end();
    const { job } = hand;
    // What its worker still says is nobody's, and it does not start any more.
    hand.job = undefined;
    if (job) this.#fail(job, error);
    this.#next();
  }

  /**
   * @param {Job} job
   * @param {unknown} reason
   */
  #abort(job, reason) {
    this.#counts.aborts++;
    const place = this.#waiting.indexOf(job);
    if (place >= 0) {
      this.#waiting.splice(place, 1);
      this.#settle(job, () => job.reject(reason));
      return;
    }
    const hand = [...this.#hands].find((one) => one.job === job);
    if (!hand) return;
    hand.job = undefined;
    this.#settle(job, () => job.reject(reason));
    this.#end(hand);
  }

  /**
   * @param {Job} job
   * @param {unknown} error
   */
  #fail(job, error) {
    this.#counts.errors++;
    this.#settle(job, () => job.reject(error));
  }

  /**
   * @param {Job} job
   * @param {() => void} how
   */
  #settle(job, how) {
    job.settled();
    how();
  }

  /** @param {{ code: number, message: string }} data */
  #error({ code, message }) {
    return new ThumboxError(code, message);
  }
}
