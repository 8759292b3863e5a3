import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import thumbox.ImageInfo;
import thumbox.Options;
import thumbox.Thumbnail;
import thumbox.Thumbox;
import thumbox.ThumboxException;

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
        long box = arguments.length == 4 ? Long.parseLong(arguments[3]) : 256;
        Thumbox.Log log = (level, target, message) -> System.err.println("[" + level + "] " + target + ": " + message);
        try (Thumbox plugin = new Thumbox(Path.of(arguments[0]), "{\"log_level\": \"debug\"}", log)) {
            System.out.println("plugin: " + plugin.call("plugin.info", "null"));
            ByteBuffer image = Thumbox.read(Path.of(arguments[1]));
            ImageInfo info = plugin.probe(image);
            System.out.printf("photo: %d x %d, %s%n", info.width(), info.height(), info.format());
            Thumbnail thumb = plugin.thumbnail(image, new Options(box, box));
            thumb.save(out);
            int size = thumb.data().remaining();
            System.out.printf("%s: %d x %d, %s, %d bytes%n", out, thumb.width(), thumb.height(), thumb.format(), size);
            return 0;
        } catch (ThumboxException error) {
            System.err.println("error " + error.code + ": " + error.getMessage());
        } catch (IOException error) {
            System.err.println(error);
        }
        return 1;
    }
}
