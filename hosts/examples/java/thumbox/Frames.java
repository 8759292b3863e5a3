package thumbox;

/** The frames of an animation that a thumbnail has. The numbers are the order. */
public enum Frames {
    /** One, as a still: the first, or that of {@link Options#page}. */
    FIRST,
    /** All, with their durations and repetitions: an animated WebP. A still stays one. */
    ALL
}
