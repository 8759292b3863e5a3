/** @param {Platform} platform */
export function setPlatform(platform: Platform): void;
export function platform(): Platform;
/**
 * A worker as the pool sees it.
 */
export type Port = {
    post: (message: unknown, transfer: ArrayBuffer[]) => void;
    listen: (handler: (message: any) => void) => void;
    /**
     * is told when the worker fails, or ends by itself
     */
    ended: (handler: (reason: string) => void) => void;
    end: () => void;
    /**
     * whether the worker keeps the process alive
     */
    hold: (busy: boolean) => void;
};
/**
 * where the module comes from
 */
export type WasmSource = string | URL | Response | BufferSource | WebAssembly.Module;
export type Platform = {
    /**
     * the module of this package
     */
    wasm: () => Promise<WasmSource>;
    startWorker: () => Port;
    processors: () => number;
};
