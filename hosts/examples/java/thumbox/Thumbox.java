package thumbox;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
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
 * <pre>{@code
 * try (Thumbox plugin = new Thumbox(Path.of("libthumbox_sandbox.so"), "{}", null)) {
 *     ByteBuffer image = Thumbox.read(Path.of("photo.jpg"));
 *     plugin.thumbnail(image, new Options(256, 256).format(Format.WEBP)).save(Path.of("thumb.webp"));
 * }
 * }</pre>
 *
 * <p>For many threads. An image is the bytes of a file, from the buffer's position to its limit, which stay where they are. A
 * direct buffer ({@link #read}) is read in place, another ({@link ByteBuffer#wrap(byte[])}) is copied first.
 */
public final class Thumbox implements AutoCloseable {
    /** Gets log messages, from any thread that calls. */
    @FunctionalInterface
    public interface Log {
        /**
         * One message.
         *
         * @param level trace, debug, info, warn or error
         */
        void log(String level, String target, String message);
    }

    private static final List<String> LEVELS = List.of("trace", "debug", "info", "warn", "error");

    private final Library library;
    private final Pointer handle;
    // The library has only its address: without this field it would be collected while it is still called.
    private final Library.LogCallback callback;

    /**
     * Loads a library and starts an instance of it.
     *
     * @param config rustbridge's JSON, such as {"log_level": "debug", "data": {"max_memory": 134217728}}; "{}" for the defaults
     * @param log may be null
     * @throws ThumboxException with code 2, if it does not start
     * @throws UnsatisfiedLinkError if the library cannot be loaded
     */
    public Thumbox(Path file, String config, Log log) {
        library = Native.load(file.toAbsolutePath().toString(), Library.class);
        callback = log == null ? null : (level, target, message, length) -> {
            String name = level >= 0 && level < LEVELS.size() ? LEVELS.get(level) : Integer.toString(level);
            log.log(name, target, text(message, length.longValue()));
        };
        byte[] json = config.getBytes(StandardCharsets.UTF_8);
        handle = library.plugin_init(library.plugin_create(), json, new Library.Size(json.length), callback);
        if (handle == null) {
            throw new ThumboxException(2, file + " did not start; its log says why");
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

    /**
     * A thumbnail of an image: upright, in sRGB, without metadata.
     *
     * @throws ThumboxException with a code from 100 for options that do not go together, from 200 for what is wrong with the
     *     image, from 300 for what it would take, and below 100 for the call itself
     */
    public Thumbnail thumbnail(ByteBuffer image, Options options) {
        return Messages.thumbnailOf(callRaw(Messages.THUMBNAIL_CREATE, options.header(image.remaining()), image));
    }

    /**
     * Up to 32 thumbnails of one image, which is decoded once, in the order of their options. Small ones may differ from the
     * same thumbnail made alone in the last bits, never in size.
     *
     * @param members of {@link Options#refuseTruncated}, {@link Options#frames}, {@link Options#colour}, {@link Options#page} and
     *     {@link Options#maxPixels}, what one says holds for all: of pages the highest, of limits the lowest
     * @throws ThumboxException as for {@link #thumbnail}; if one cannot be made, none is, and the message names it
     */
    public List<Thumbnail> thumbnails(ByteBuffer image, List<Options> members) {
        ByteBuffer header = Messages.set(members, image.remaining());
        return Messages.setOf(callRaw(Messages.THUMBNAIL_SET, header, image), members.size());
    }

    /**
     * What an image's headers say; no pixel is decoded.
     *
     * @throws ThumboxException with a code from 200 for what is wrong with the headers, and below 100 for the call itself
     */
    public ImageInfo probe(ByteBuffer image) {
        return Messages.infoOf(callRaw(Messages.IMAGE_PROBE, Messages.probe(image.remaining()), image));
    }

    /**
     * What is shown of an image until a thumbnail is there.
     *
     * @throws ThumboxException as for {@link #thumbnail}
     */
    public Placeholder placeholder(ByteBuffer image) {
        return placeholder(image, 0);
    }

    /**
     * What is shown of an image until a thumbnail is there.
     *
     * @param maxPixels pixels of the source, 0 to 2^32 - 1; more is code 300. It can only lower the plugin's limit; 0 is that
     * @throws ThumboxException as for {@link #thumbnail}
     */
    public Placeholder placeholder(ByteBuffer image, long maxPixels) {
        ByteBuffer header = Messages.placeholder(maxPixels, image.remaining());
        return Messages.placeholderOf(callRaw(Messages.PLACEHOLDER, header, image));
    }

    /**
     * The reply to a request in parts, little-endian. A direct buffer is read where it is, another is copied.
     *
     * @param messageId a THUMBOX_MSG of thumbox.h
     * @throws ThumboxException for every answer that is an error
     */
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
        Library.RbResponse.Value response;
        try {
            response = library.thumbox_call_parts(handle, messageId, array, new Library.Size(parts.length));
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
            library.rb_response_free(response.getPointer());
        }
    }

    /** The JSON transport: the reply is an object with "status", and "payload" or "error_code" and "error_message". */
    public String call(String tag, String request) {
        byte[] json = request.getBytes(StandardCharsets.UTF_8);
        Library.FfiBuffer.Value buffer = library.plugin_call(handle, tag, json, new Library.Size(json.length));
        try {
            return text(buffer.data, buffer.len.longValue());
        } finally {
            library.plugin_free_buffer(buffer.getPointer());
        }
    }

    /** Waits for running calls, and ends the instance; once is enough, and more does no harm. Later calls get code 1. */
    @Override
    public void close() {
        library.plugin_shutdown(handle);
        Reference.reachabilityFence(callback);
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
}
