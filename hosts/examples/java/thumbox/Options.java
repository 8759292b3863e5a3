package thumbox;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A thumbnail that is asked for. Every method returns a changed copy, so that options can be kept and shared by threads:
 *
 * <pre>{@code
 * Options square = new Options(256, 256).format(Format.WEBP).fit(Fit.COVER).position(Position.ATTENTION);
 * Thumbnail small = plugin.thumbnail(image, square);
 * Thumbnail best = plugin.thumbnail(image, square.quality(95).effort(6));
 * }</pre>
 *
 * <p>An IllegalArgumentException says that a request has no place for a number. The rules are the library's, which answers
 * what breaks them with code 101: a lossless JPEG, or {@link Fit#COVER} with one side.
 */
public final class Options {
    /** The header of message 100, version 3, to be filled: a place for each option. */
    private final ByteBuffer header;

    /** A JPEG of quality 85 inside 100 x 100 pixels. */
    public Options() {
        this(0, 0);
    }

    /**
     * A JPEG of quality 85 inside a box.
     *
     * @param width pixels, 0 to 2^32 - 1; 0 is in proportion to the height, and both 0 mean 100 x 100
     * @param height pixels, 0 to 2^32 - 1; 0 is in proportion to the width
     */
    public Options(long width, long height) {
        header = Field.header();
        set(Field.TARGET_WIDTH, "width", width);
        set(Field.TARGET_HEIGHT, "height", height);
        set(Field.QUALITY, "quality", 85);
    }

    private Options(Options other) {
        header = Field.header().put(other.header.duplicate()).flip();
    }

    /** JPEG, PNG or WebP: the format to write. Default: {@link Format#JPEG}. */
    public Options format(Format format) {
        return with(Field.OUTPUT_FORMAT, "format", format.number);
    }

    /** 1 to 100; PNG ignores it. Default: 85. */
    public Options quality(int quality) {
        return with(Field.QUALITY, "quality", quality);
    }

    /** How the picture meets its box. Default: {@link Fit#INSIDE}. */
    public Options fit(Fit fit) {
        return with(Field.FIT, "fit", fit.ordinal());
    }

    /** Whether a picture may become larger than it is. Default: false. */
    public Options enlarge(boolean yes) {
        return withBit(Field.FLAGS, 1, yes);
    }

    /** Whether a WebP is lossless; no other format has that choice. Default: false. */
    public Options lossless(boolean yes) {
        return withBit(Field.FLAGS, 1 << 1, yes);
    }

    /** Whether a truncated or damaged image is code 202 or 201, instead of a picture with a neutral rest. Default: false. */
    public Options refuseTruncated(boolean yes) {
        return withBit(Field.FLAGS, 1 << 2, yes);
    }

    /**
     * What shows under transparency in a JPEG, and around what {@link Fit#CONTAIN} pads. Default: white, but transparent
     * around a picture in a PNG or WebP.
     *
     * @param red 0 to 255
     * @param green 0 to 255
     * @param blue 0 to 255
     */
    public Options background(int red, int green, int blue) {
        long opaque = 255;
        for (int part : new int[] {blue, green, red}) {
            opaque = opaque << 8 | inRange("background", part, 255);
        }
        return with(Field.BACKGROUND, "background", opaque);
    }

    /** What {@link Fit#COVER} keeps; no other fit has that choice. Default: {@link Position#CENTRE}. */
    public Options position(Position position) {
        return with(Field.GRAVITY, "position", position.number).with(Field.FOCAL_X, "x", 0).with(Field.FOCAL_Y, "y", 0);
    }

    /**
     * In place of a {@link #position}: this point of the upright picture is in the middle of what {@link Fit#COVER} keeps, as
     * far as the edges allow.
     *
     * @param x 0 (the left edge) to 1 (the right edge)
     * @param y 0 (the top) to 1 (the bottom)
     */
    public Options focal(double x, double y) {
        Options changed = with(Field.GRAVITY, "position", Position.FOCAL);
        return changed.with(Field.FOCAL_X, "x", of65535("x", x)).with(Field.FOCAL_Y, "y", of65535("y", y));
    }

    /**
     * How hard the encoder works for a small file: 0, as fast as it can, to 6, as small as it can. Default: 4.
     *
     * @throws IllegalArgumentException beyond these
     */
    public Options effort(int effort) {
        // The field has one more, and an error of the library would name that.
        return with(Field.EFFORT, "effort", inRange("effort", effort, 6) + 1);
    }

    /** The frames of an animation that it has; only WebP has that choice. Default: {@link Frames#FIRST}. */
    public Options frames(Frames frames) {
        return with(Field.FRAMES, "frames", frames.ordinal());
    }

    /** The frame of an animation, or the page of a TIFF, that is shown: 0 (the first) to 65535. Default: 0. */
    public Options page(int page) {
        return with(Field.PAGE, "page", page);
    }

    /** The colour space. Default: {@link Colour#SRGB}. */
    public Options colour(Colour colour) {
        return with(Field.COLOUR, "colour", colour.ordinal());
    }

    /** The samples of colour of a JPEG; no other format has that choice. Default: {@link Subsampling#BY_QUALITY}. */
    public Options subsampling(Subsampling subsampling) {
        return with(Field.SUBSAMPLING, "subsampling", subsampling.ordinal());
    }

    /** Whether a JPEG is progressive; no other format has that choice. Default: {@link Progressive#IF_SMALLER}. */
    public Options progressive(Progressive progressive) {
        Options always = withBit(Field.FLAGS2, 1 << 1, progressive == Progressive.ALWAYS);
        return always.withBit(Field.FLAGS2, 1 << 2, progressive == Progressive.NEVER);
    }

    /** Whether a PNG has a palette of at most 256 colours, chosen for the picture; only PNG has that choice. Default: false. */
    public Options palette(boolean yes) {
        return withBit(Field.FLAGS2, 1, yes);
    }

    /**
     * Pixels of the source, 0 to 2^32 - 1; more is code 300. It can only lower the plugin's limit. Default: 0, that limit.
     */
    public Options maxPixels(long pixels) {
        return with(Field.MAX_PIXELS, "maxPixels", pixels);
    }

    /** Whether the other asks for the same. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Options options && header.equals(options.header);
    }

    @Override
    public int hashCode() {
        return header.hashCode();
    }

    long get(Field field) {
        return field.get(header);
    }

    /** The header with which an image of this size is sent. */
    ByteBuffer header(int payloadSize) {
        ByteBuffer header = new Options(this).header;
        Field.VERSION.put(header, 3);
        Field.PAYLOAD_SIZE.put(header, payloadSize);
        return header;
    }

    private Options with(Field field, String name, long value) {
        Options changed = new Options(this);
        changed.set(field, name, value);
        return changed;
    }

    private Options withBit(Field field, long bit, boolean set) {
        return with(field, "flags", set ? get(field) | bit : get(field) & ~bit);
    }

    private void set(Field field, String name, long value) {
        field.put(header, inRange(name, value, field.largest()));
    }

    private static long inRange(String name, long value, long largest) {
        if (value < 0 || value > largest) {
            throw new IllegalArgumentException(name + " is " + value + "; 0 to " + largest + " is allowed");
        }
        return value;
    }

    /** A part of a side as 65,535 parts: halves up, as every host rounds. */
    private static long of65535(String name, double part) {
        if (!(part >= 0 && part <= 1)) {
            throw new IllegalArgumentException(name + " is " + part + "; 0 to 1 is allowed");
        }
        return (long) (part * 65535 + 0.5);
    }

    /** The fields of ThumboxThumbnailRequestHeaderV3 in thumbox.h: offset and bytes. */
    enum Field {
        VERSION(0, 1),
        TARGET_WIDTH(4, 4),
        TARGET_HEIGHT(8, 4),
        OUTPUT_FORMAT(12, 4),
        QUALITY(16, 4),
        PAYLOAD_SIZE(20, 4),
        FIT(24, 1),
        FLAGS(25, 1),
        BACKGROUND(28, 4),
        MAX_PIXELS(32, 4),
        GRAVITY(40, 1),
        EFFORT(41, 1),
        FRAMES(42, 1),
        COLOUR(43, 1),
        FOCAL_X(44, 2),
        FOCAL_Y(46, 2),
        SUBSAMPLING(48, 1),
        FLAGS2(49, 1),
        PAGE(50, 2);

        private static final int SIZE = 64;

        private final int offset;
        private final int size;

        Field(int offset, int size) {
            this.offset = offset;
            this.size = size;
        }

        static ByteBuffer header() {
            return ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
        }

        long largest() {
            return (1L << 8 * size) - 1;
        }

        long get(ByteBuffer header) {
            return switch (size) {
                case 1 -> Byte.toUnsignedLong(header.get(offset));
                case 2 -> Short.toUnsignedLong(header.getShort(offset));
                default -> Integer.toUnsignedLong(header.getInt(offset));
            };
        }

        /** The value fits: {@link #largest}. */
        void put(ByteBuffer header, long value) {
            switch (size) {
                case 1 -> header.put(offset, (byte) value);
                case 2 -> header.putShort(offset, (short) value);
                default -> header.putInt(offset, (int) value);
            }
        }
    }
}
