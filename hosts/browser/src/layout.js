/** How a structure of the binary interface is read and written. */

/** @typedef {readonly [name: string, offset: number, size: 1 | 2 | 4]} Field A field's name, offset and size in bytes. */

/**
 * One structure of the interface: its size in bytes and its fields in order, without the reserved bytes.
 *
 * @template {string} Name
 */
export class Layout {
  /**
   * @param {number} size
   * @param {readonly (readonly [name: Name, offset: number, size: 1 | 2 | 4])[]} fields
   * @param {number} [version] what the field `version` says
   */
  constructor(size, fields, version) {
    /** Its bytes, all fields and reserved bytes included. */
    this.size = size;
    this.fields = fields;
    this.version = version;
  }

  /**
   * The structure's bytes. A field that is left out is 0, but for the version.
   *
   * @param {Partial<Record<Name, number>>} values whole numbers that their fields can hold; others are a RangeError
   * @returns {Uint8Array<ArrayBuffer>}
   */
  write(values) {
    const bytes = new Uint8Array(this.size);
    const view = new DataView(bytes.buffer);
    for (const [name, offset, size] of this.fields) {
      const value = values[name] ?? (name === "version" ? this.version : undefined) ?? 0;
      const highest = 2 ** (8 * size) - 1;
      if (!Number.isInteger(value) || value < 0 || value > highest) {
        throw new RangeError(`${name} is ${value}; 0 to ${highest} is allowed`);
      }
      if (size === 1) view.setUint8(offset, value);
      else if (size === 2) view.setUint16(offset, value, true);
      else view.setUint32(offset, value, true);
    }
    return bytes;
  }

  /**
   * The values of a structure.
   *
   * @param {Uint8Array} bytes
   * @param {number} [start] where in `bytes` it begins; a RangeError where it does not end in them
   * @returns {Record<Name, number>}
   */
  read(bytes, start = 0) {
    if (start < 0 || start + this.size > bytes.length) {
      throw new RangeError(`${bytes.length - start} bytes are there; the structure has ${this.size}`);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset + start, this.size);
    const values = /** @type {Record<Name, number>} */ ({});
    for (const [name, offset, size] of this.fields) {
      if (size === 1) values[name] = view.getUint8(offset);
      else if (size === 2) values[name] = view.getUint16(offset, true);
      else values[name] = view.getUint32(offset, true);
    }
    return values;
  }
}
