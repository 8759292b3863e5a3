package thumbox;

/** What {@link Fit#COVER} keeps of the upright picture; {@link Options#focal} is another choice. */
public enum Position {
    CENTRE(0),
    /** The top. */
    NORTH(1),
    /** The top right corner. */
    NORTH_EAST(2),
    /** The right side. */
    EAST(3),
    /** The bottom right corner. */
    SOUTH_EAST(4),
    /** The bottom. */
    SOUTH(5),
    /** The bottom left corner. */
    SOUTH_WEST(6),
    /** The left side. */
    WEST(7),
    /** The top left corner. */
    NORTH_WEST(8),
    /** Where there is the most to look at: edges, strong colours, skin. */
    ATTENTION(10);

    /** The number of a focal point. */
    static final int FOCAL = 9;

    final int number;

    Position(int number) {
        this.number = number;
    }
}
