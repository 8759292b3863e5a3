package thumbox;

/** How many samples of colour a JPEG has. The numbers are the order. */
public enum Subsampling {
    /** 4:2:0 below quality 90, 4:4:4 from there on. */
    BY_QUALITY,
    /** 4:2:0: one for four pixels. */
    QUARTER,
    /** 4:4:4: one for each pixel. */
    FULL
}
