import com.sun.jna.Callback;
import com.sun.jna.IntegerType;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * Thumbnails by libthumbox, or by libthumbox_sandbox for images from strangers: they have the same symbols.
 *
 * <p>For many threads. The layouts are those of native/include/thumbox.h.
 */
public final class Thumbox implements AutoCloseable {
    /** Gets log messages, from any thread that calls. */
    public interface Log {
        void log(String level, String target, String message);
    }

    /** What an image's headers say: pixels of the upright picture, and the format's name. */
    public record ImageInfo(int width, int height, String format) {}

    /** A thumbnail: its pixels, its format's name, and its file. */
    public record Thumbnail(int width, int height, String format, ByteBuffer data) {}

    /** A call that was answered with an error: the number is for programs, the message for people. */
    public static final class ThumboxException extends RuntimeException {
        public final int code;

        ThumboxException(int code, String message) {
            super(message);
            this.code = code;
        }
    }

    public static final int THUMBNAIL_CREATE = 100;
    public static final int IMAGE_PROBE = 101;

    private static final List<String> FORMATS = List.of(
        "JPEG", "PNG", "WebP", "GIF", "BMP", "TIFF", "AVIF", "HEIC", "JPEG XL",
        "camera raw", "ICO", "QOI", "PNM", "TGA", "PSD", "JPEG 2000", "CUR");
    private static final List<String> LEVELS = List.of("trace", "debug", "info", "warn", "error");

    private final Api api;
    private final Pointer handle;
    // The library has only its address: without this field it would be collected while it is still called.
    private final LogCallback callback;

    /**
     * Loads a library and starts an instance of it.
     *
     * @param config rustbridge's JSON, such as {"log_level": "debug", "data": {"max_memory": 134217728}}
     * @param log may be null
     */
    public Thumbox(Path library, String config, Log log) {
        api = Native.load(library.toAbsolutePath().toString(), Api.class);
        callback = log == null ? null : (level, target, message, length) -> {
            String name = level >= 0 && level < LEVELS.size() ? LEVELS.get(level) : Integer.toString(level);
            log.log(name, target, text(message, length.longValue()));
        };
        byte[] json = config.getBytes(StandardCharsets.UTF_8);
        handle = api.plugin_init(api.plugin_create(), json, new Size(json.length), callback);
        if (handle == null) {
            throw new ThumboxException(2, library + " did not start; its log says why");
        }
    }

    /** An image file where the library can read it without a copy. */
    public static ByteBuffer read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            // A file of 2 GiB or more is an ArithmeticException here, and beyond every limit there.
            ByteBuffer bytes = ByteBuffer.allocateDirect(Math.toIntExact(channel.size()));
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
            return bytes.flip();
        }
    }

    /** Reads the headers; no pixel is decoded. */
    public ImageInfo probe(ByteBuffer image) {
        ByteBuffer header = little(8).put((byte) 1).put(new byte[3]).putInt(image.remaining()).flip();
        ByteBuffer reply = callRaw(IMAGE_PROBE, header, image);
        return new ImageInfo(reply.getInt(12), reply.getInt(16), format(reply.getInt(20)));
    }

    /** A JPEG inside the box; a side of 0 is in proportion to the other. */
    public Thumbnail thumbnail(ByteBuffer image, int width, int height, int quality) {
        ByteBuffer header = little(24).put((byte) 1).put(new byte[3]);
        header.putInt(width).putInt(height).putInt(0).putInt(quality).putInt(image.remaining()).flip();
        ByteBuffer reply = callRaw(THUMBNAIL_CREATE, header, image);
        ByteBuffer file = reply.slice(20, reply.getInt(16)).asReadOnlyBuffer();
        return new Thumbnail(reply.getInt(4), reply.getInt(8), format(reply.getInt(12)), file);
    }

    /** The reply to a request in parts, little-endian. A direct buffer is read where it is, another is copied. */
    public ByteBuffer callRaw(int messageId, ByteBuffer... parts) {
        Pointer[] places = new Pointer[parts.length];
        Memory array = new Memory(Math.max(1, parts.length) * 2L * Native.POINTER_SIZE);
        for (int i = 0; i < parts.length; i++) {
            places[i] = place(parts[i]);
            array.setPointer(2L * i * Native.POINTER_SIZE, places[i]);
            Pointer length = array.share((2L * i + 1) * Native.POINTER_SIZE);
            if (Native.POINTER_SIZE == 8) {
                length.setLong(0, parts[i].remaining());
            } else {
                length.setInt(0, parts[i].remaining());
            }
        }
        RbResponse.Value response;
        try {
            response = api.thumbox_call_parts(handle, messageId, array, new Size(parts.length));
        } finally {
            // Until here nothing may be collected of what the library has read.
            Reference.reachabilityFence(parts);
            Reference.reachabilityFence(places);
        }
        try {
            long length = Integer.toUnsignedLong(response.len);
            if (response.error_code != 0) {
                throw new ThumboxException(response.error_code, text(response.data, length));
            }
            byte[] bytes = response.data.getByteArray(0, Math.toIntExact(length));
            return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        } finally {
            api.rb_response_free(response.getPointer());
        }
    }

    /** The JSON transport: the reply is an object with "status", and "payload" or "error_code" and "error_message". */
    public String call(String tag, String request) {
        byte[] json = request.getBytes(StandardCharsets.UTF_8);
        FfiBuffer.Value buffer = api.plugin_call(handle, tag, json, new Size(json.length));
        try {
            return text(buffer.data, buffer.len.longValue());
        } finally {
            api.plugin_free_buffer(buffer.getPointer());
        }
    }

    /** Waits for running calls, and ends the instance; once is enough, and more does no harm. */
    @Override
    public void close() {
        api.plugin_shutdown(handle);
        Reference.reachabilityFence(callback);
    }

    private static String format(int number) {
        return number >= 0 && number < FORMATS.size() ? FORMATS.get(number) : "format " + number;
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static String text(Pointer start, long length) {
        return new String(start.getByteArray(0, Math.toIntExact(length)), StandardCharsets.UTF_8);
    }

    private static Pointer place(ByteBuffer part) {
        if (!part.hasRemaining()) {
            return null;
        }
        if (part.isDirect()) {
            return Native.getDirectBufferPointer(part).share(part.position());
        }
        byte[] bytes = new byte[part.remaining()];
        part.duplicate().get(bytes);
        Memory copy = new Memory(bytes.length);
        copy.write(0, bytes, 0, bytes.length);
        return copy;
    }

    /** The C functions; JNA finds them by their names. */
    interface Api extends Library {
        Pointer plugin_create();

        Pointer plugin_init(Pointer plugin, byte[] config, Size length, LogCallback callback);

        FfiBuffer.Value plugin_call(Pointer handle, String tag, byte[] request, Size length);

        RbResponse.Value thumbox_call_parts(Pointer handle, int messageId, Pointer parts, Size count);

        void plugin_free_buffer(Pointer buffer);

        void rb_response_free(Pointer response);

        // A C bool is one byte; of a Java boolean JNA would read four.
        byte plugin_shutdown(Pointer handle);
    }

    interface LogCallback extends Callback {
        void invoke(byte level, String target, Pointer message, Size length);
    }

    /** A size_t. */
    public static final class Size extends IntegerType {
        public Size() {
            this(0);
        }

        public Size(long value) {
            super(Native.SIZE_T_SIZE, value, true);
        }
    }

    @Structure.FieldOrder({"data", "len", "capacity", "error_code"})
    public static class FfiBuffer extends Structure {
        public Pointer data;
        public Size len;
        public Size capacity;
        public int error_code;

        public static final class Value extends FfiBuffer implements Structure.ByValue {}
    }

    @Structure.FieldOrder({"error_code", "len", "capacity", "data"})
    public static class RbResponse extends Structure {
        public int error_code;
        public int len;
        public int capacity;
        public Pointer data;

        public static final class Value extends RbResponse implements Structure.ByValue {}
    }
}
