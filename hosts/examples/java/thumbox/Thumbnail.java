package thumbox;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A finished thumbnail.
 *
 * @param width pixels
 * @param height pixels
 * @param format what was written: JPEG, PNG or WebP
 * @param data the file's bytes, read-only
 */
public record Thumbnail(int width, int height, Format format, ByteBuffer data) {
    /** The file's bytes, read-only: each call has a position of its own, which begins at the first byte. */
    @Override
    public ByteBuffer data() {
        return data.duplicate();
    }

    /** Writes the file, over one that is there. */
    public void save(Path file) throws IOException {
        ByteBuffer rest = data();
        try (FileChannel channel = FileChannel.open(file, CREATE, WRITE, TRUNCATE_EXISTING)) {
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        }
    }
}
