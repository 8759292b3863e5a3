package thumbox;

/** The colour space of a thumbnail. The numbers are the order. */
public enum Colour {
    SRGB,
    /**
     * The picture's own, if that is RGB or grey with an ICC profile, which the thumbnail then carries; else sRGB. Grey in a
     * WebP becomes sRGB.
     */
    KEEP
}
