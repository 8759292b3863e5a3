/**
 * @typedef {object} PoolOptions
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
 */
/**
 * @typedef {object} Hand
 * @property {import("./platform.js").Port} port
 * @property {Job | undefined} job
 * @property {ReturnType<typeof setTimeout> | undefined} timer
 * @property {number} memory
 */
export class Pool extends Caller {
    /** @param {PoolOptions} [options] */
    constructor(options?: PoolOptions);
    /** What there is now, and what there was: workers with the bytes of their memory, waiting calls, and counts. */
    get stats(): {
        calls: number;
        errors: number;
        traps: number;
        timeouts: number;
        aborts: number;
        size: number;
        workers: number;
        busy: number;
        waiting: number;
        memory: number;
    };
    /**
     * Answers one binary request: see `thumbox/wire` for the layouts.
     *
     * @param {number} messageId 1 echo, 100 thumbnail, 101 probe, 102 thumbnail set
     * @param {import("./input.js").ImageSource} request
     * @param {import("./caller.js").CallOptions} [options]
     * @returns {Promise<Uint8Array<ArrayBuffer>>}
     */
    callRaw(messageId: number, request: import("./input.js").ImageSource, options?: import("./caller.js").CallOptions): Promise<Uint8Array<ArrayBuffer>>;
    /** Ends the workers. Calls that wait or run fail with code 1, and so do later ones. */
    close(): void;
    #private;
}
export type PoolOptions = {
    /**
     * workers at once, 1 to 64; one less than there are processors, and 1 to 4, if none is given
     */
    size?: number;
    /**
     * milliseconds of one call, before it fails with code 10; 10,000 if none is given
     */
    timeout?: number;
    /**
     * bytes of the longest request; 64 MiB if none is given
     */
    maxRequest?: number;
    /**
     * bytes of memory with which a worker may wait for its next call; one that has grown
     * beyond is replaced; 64 MiB if none is given
     */
    keepMemory?: number;
    /**
     * milliseconds after which workers without work end; 5,000 if none is given
     */
    idle?: number;
};
/**
 * A call that waits or runs.
 */
export type Job = {
    /**
     * what its worker is sent
     */
    message: object;
    transfer: ArrayBuffer[];
    resolve: (reply: Uint8Array<ArrayBuffer>) => void;
    reject: (error: unknown) => void;
    id: number;
    settled: () => void;
};
export type Hand = {
    port: import("./platform.js").Port;
    job: Job | undefined;
    timer: ReturnType<typeof setTimeout> | undefined;
    memory: number;
};
import { Caller } from "./caller.js";
