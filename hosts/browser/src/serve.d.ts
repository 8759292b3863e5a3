/**
 * @param {(message: unknown, transfer: ArrayBuffer[]) => void} post
 * @returns {(message: any) => void} what is to be called with each message
 */
export function serve(post: (message: unknown, transfer: ArrayBuffer[]) => void): (message: any) => void;
