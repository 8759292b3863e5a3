package thumbox;

/**
 * What is shown of a picture until a thumbnail is there.
 *
 * @param hash a ThumbHash, 17 to 25 bytes, which every reader of ThumbHashes shows
 * @param average the average colour of what is opaque, 0xRRGGBB
 * @param width pixels of the upright source
 * @param height pixels of the upright source
 * @param alpha whether the picture is transparent somewhere, and so is its hash
 */
public record Placeholder(byte[] hash, int average, long width, long height, boolean alpha) {}
