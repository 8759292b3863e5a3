package thumbox;

/** How a picture meets its box. All but {@link #INSIDE} need both sides of it. The numbers are the order. */
public enum Fit {
    /** Within the box, in the picture's proportions. */
    INSIDE,
    /** Fills the box, and crops what is too much; {@link Options#position} says what is kept. */
    COVER,
    /** Each side to the box's. */
    STRETCH,
    /** As {@link #INSIDE}, then padded to the box with {@link Options#background}. */
    CONTAIN
}
