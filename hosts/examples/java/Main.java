import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Main LIBRARY PHOTO OUT.jpg [BOX]: a thumbnail of a photo. */
public final class Main {
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    private static int run(String[] arguments) {
        if (arguments.length < 3 || arguments.length > 4) {
            System.err.println("usage: Main LIBRARY PHOTO OUT.jpg [BOX]");
            return 2;
        }
        Path out = Path.of(arguments[2]);
        int box = arguments.length == 4 ? Integer.parseUnsignedInt(arguments[3]) : 256;
        Thumbox.Log log = (level, target, message) -> System.err.println("[" + level + "] " + target + ": " + message);
        try (Thumbox plugin = new Thumbox(Path.of(arguments[0]), "{\"log_level\": \"debug\"}", log)) {
            System.out.println("plugin: " + plugin.call("plugin.info", "null"));
            ByteBuffer image = Thumbox.read(Path.of(arguments[1]));
            Thumbox.ImageInfo info = plugin.probe(image);
            System.out.printf("photo: %d x %d, %s%n", info.width(), info.height(), info.format());
            Thumbox.Thumbnail thumb = plugin.thumbnail(image, box, box, 85);
            int size = thumb.data().remaining();
            write(out, thumb.data());
            System.out.printf("%s: %d x %d, %s, %d bytes%n", out, thumb.width(), thumb.height(), thumb.format(), size);
            return 0;
        } catch (Thumbox.ThumboxException error) {
            System.err.println("error " + error.code + ": " + error.getMessage());
        } catch (IOException error) {
            System.err.println(error);
        }
        return 1;
    }

    private static void write(Path file, ByteBuffer bytes) throws IOException {
        StandardOpenOption[] options = {
            StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING
        };
        try (FileChannel channel = FileChannel.open(file, options)) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
    }
}
