package thumbox;

/** Whether a JPEG is progressive. */
public enum Progressive {
    /** Baseline, but at effort 6 whichever is smaller. */
    IF_SMALLER,
    ALWAYS,
    NEVER
}
