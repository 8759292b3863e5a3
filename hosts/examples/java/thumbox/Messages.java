package thumbox;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/** Requests to bytes, and replies from them: the structures of thumbox.h. */
final class Messages {
    static final int THUMBNAIL_CREATE = 100;
    static final int IMAGE_PROBE = 101;
    static final int THUMBNAIL_SET = 102;
    static final int PLACEHOLDER = 103;

    private static final int SET_HEADER = 24;
    private static final int SET_RECORD = 44;
    private static final int THUMBNAIL_HEADER = 20;

    private Messages() {}

    /** ThumboxProbeRequestHeaderV2. */
    static ByteBuffer probe(int payloadSize) {
        return little(8).putInt(2).putInt(payloadSize).flip();
    }

    /** ThumboxPlaceholderRequestHeader. */
    static ByteBuffer placeholder(long maxPixels, int payloadSize) {
        // As an option, it is checked.
        int limit = (int) new Options().maxPixels(maxPixels).get(Options.Field.MAX_PIXELS);
        return little(12).putInt(1).putInt(limit).putInt(payloadSize).flip();
    }

    /** ThumboxSetRequestHeaderV2, and a ThumboxSetRecordV2 for each member. */
    static ByteBuffer set(List<Options> members, int payloadSize) {
        ByteBuffer request = little(SET_HEADER + SET_RECORD * members.size());
        LongStream limits = members.stream().mapToLong(member -> member.get(Options.Field.MAX_PIXELS));
        long maxPixels = limits.filter(pixels -> pixels > 0).min().orElse(0);
        request.putInt(2).putInt(members.size()).putInt(payloadSize).putInt((int) maxPixels);
        request.putShort((short) largest(members, Options.Field.PAGE));
        request.put((byte) largest(members, Options.Field.FRAMES)).put((byte) largest(members, Options.Field.COLOUR));
        request.putInt(0);
        for (Options member : members) {
            // A record has what the header has, in the same order. What holds for all members is 0 in it.
            ByteBuffer header = member.page(0).frames(Frames.FIRST).colour(Colour.SRGB).header(0);
            request.put(header.slice(4, 16)).put(header.slice(24, 8)).put(header.slice(40, 12)).putLong(0);
        }
        return request.flip();
    }

    private static long largest(List<Options> members, Options.Field field) {
        return members.stream().mapToLong(member -> member.get(field)).max().orElse(0);
    }

    /** From ThumboxThumbnailResponseHeader and a file. */
    static Thumbnail thumbnailOf(ByteBuffer reply) {
        return thumbnails(reply, 0, 1).get(0);
    }

    /** From ThumboxSetResponseHeader, a ThumboxThumbnailResponseHeader for each member, and their files. */
    static List<Thumbnail> setOf(ByteBuffer reply, int count) {
        check(reply, reply.limit() >= 8 && reply.get(0) == 1 && reply.getInt(4) == count);
        return thumbnails(reply, 8, count);
    }

    private static List<Thumbnail> thumbnails(ByteBuffer reply, int start, int count) {
        List<Thumbnail> thumbnails = new ArrayList<>(count);
        long file = start + (long) count * THUMBNAIL_HEADER;
        check(reply, file <= reply.limit());
        for (int at = start; thumbnails.size() < count; at += THUMBNAIL_HEADER) {
            Format format = Format.of(reply.getInt(at + 12));
            long size = Integer.toUnsignedLong(reply.getInt(at + 16));
            check(reply, reply.get(at) == 1 && format != null && file + size <= reply.limit());
            ByteBuffer data = reply.slice((int) file, (int) size).asReadOnlyBuffer();
            thumbnails.add(new Thumbnail(reply.getInt(at + 4), reply.getInt(at + 8), format, data));
            file += size;
        }
        check(reply, file == reply.limit());
        return thumbnails;
    }

    /** From ThumboxProbeResponseV2. */
    static ImageInfo infoOf(ByteBuffer reply) {
        check(reply, reply.limit() == 36 && reply.get(0) == 2);
        Format format = Format.of(reply.getInt(20));
        check(reply, format != null);
        int flags = reply.get(2);
        return new ImageInfo(
            format,
            unsigned(reply, 12),
            unsigned(reply, 16),
            unsigned(reply, 4),
            unsigned(reply, 8),
            reply.get(1),
            (flags & 1) != 0,
            (flags & 1 << 1) != 0,
            (flags & 1 << 2) != 0,
            (flags & 1 << 3) != 0,
            unsigned(reply, 28),
            Duration.ofMillis(unsigned(reply, 32)));
    }

    /** From ThumboxPlaceholderResponseHeader and a hash. */
    static Placeholder placeholderOf(ByteBuffer reply) {
        check(reply, reply.limit() > 16 && reply.get(0) == 1 && reply.get(12) == reply.limit() - 16);
        byte[] hash = new byte[reply.get(12)];
        reply.get(16, hash);
        int average = 0;
        for (int at = 13; at < 16; at++) {
            average = average << 8 | Byte.toUnsignedInt(reply.get(at));
        }
        return new Placeholder(hash, average, unsigned(reply, 4), unsigned(reply, 8), (reply.get(1) & 1) != 0);
    }

    private static void check(ByteBuffer reply, boolean wellFormed) {
        if (!wellFormed) {
            String text = "the library's reply of " + reply.limit() + " bytes is malformed";
            throw new ThumboxException(ThumboxException.BUG, text);
        }
    }

    private static long unsigned(ByteBuffer reply, int offset) {
        return Integer.toUnsignedLong(reply.getInt(offset));
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
