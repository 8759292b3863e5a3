import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import thumbox.Colour;
import thumbox.Fit;
import thumbox.Format;
import thumbox.Frames;
import thumbox.ImageInfo;
import thumbox.Options;
import thumbox.Placeholder;
import thumbox.Position;
import thumbox.Progressive;
import thumbox.Subsampling;
import thumbox.Thumbnail;
import thumbox.Thumbox;
import thumbox.ThumboxException;

/** Driver LIBRARY: answers each line "MESSAGE FILE [OPTION=VALUE ...] [/ ...]" by a line; test_hosts.py compares them. */
public final class Driver {
    private static final Map<String, Subsampling> SUBSAMPLINGS =
        Map.of("auto", Subsampling.BY_QUALITY, "4:2:0", Subsampling.QUARTER, "4:4:4", Subsampling.FULL);

    public static void main(String[] arguments) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Thumbox plugin = new Thumbox(Path.of(arguments[0]), "{}", null)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                System.out.println(answer(plugin, line.split(" ")));
            }
        }
    }

    private static String answer(Thumbox plugin, String[] words) throws IOException {
        List<String> rest = Arrays.asList(words).subList(2, words.length);
        try {
            // A direct buffer, and one on the heap that does not begin at its first byte.
            ByteBuffer image = Thumbox.read(Path.of(words[1]));
            ByteBuffer copy = ByteBuffer.allocate(1 + image.remaining()).put((byte) 0).put(image.duplicate()).flip().position(1);
            return switch (words[0]) {
                case "thumbnail" -> text(plugin.thumbnail(image, options(rest)));
                case "thumbnails" -> {
                    Stream<String> members = Stream.of(String.join(" ", rest).split(" / "));
                    List<Options> options = members.map(member -> options(List.of(member.split(" ")))).toList();
                    yield plugin.thumbnails(copy, options).stream().map(Driver::text).collect(Collectors.joining(" / "));
                }
                case "probe" -> text(plugin.probe(copy));
                case "placeholder" -> text(plugin.placeholder(image, Long.parseLong(rest.get(0))));
                default -> throw new IllegalArgumentException(words[0]);
            };
        } catch (ThumboxException error) {
            return "error " + error.code + " " + error.kind() + " " + error.getMessage();
        } catch (IllegalArgumentException error) {
            return "error 101 REQUEST " + error.getMessage();
        }
    }

    private static String text(Thumbnail thumbnail) {
        byte[] bytes = new byte[thumbnail.data().remaining()];
        thumbnail.data().get(bytes);
        String data = Base64.getEncoder().encodeToString(bytes);
        return thumbnail.width() + " " + thumbnail.height() + " " + thumbnail.format() + " " + data;
    }

    private static String text(ImageInfo info) {
        return Stream.of(
                info.format().toString().replace(" ", "-"),
                info.width(),
                info.height(),
                info.storedWidth(),
                info.storedHeight(),
                info.orientation(),
                info.alpha(),
                info.animated(),
                info.icc(),
                info.progressive(),
                info.frames(),
                info.duration().toMillis())
            .map(String::valueOf)
            .collect(Collectors.joining(" "));
    }

    private static String text(Placeholder placeholder) {
        String hash = Base64.getEncoder().encodeToString(placeholder.hash());
        String average = String.format("%06x", placeholder.average());
        return hash + " " + average + " " + placeholder.width() + " " + placeholder.height() + " " + placeholder.alpha();
    }

    private static Options options(List<String> words) {
        Map<String, String> values = new HashMap<>();
        for (String word : words) {
            String[] pair = word.split("=", 2);
            if (pair.length == 2) {
                values.put(pair[0], pair[1]);
            }
        }
        long width = Long.parseLong(values.getOrDefault("width", "0"));
        Options options = new Options(width, Long.parseLong(values.getOrDefault("height", "0")));
        values.keySet().removeAll(List.of("width", "height"));
        for (Map.Entry<String, String> entry : values.entrySet()) {
            options = with(options, entry.getKey(), entry.getValue());
        }
        return options;
    }

    private static Options with(Options options, String name, String value) {
        String constant = value.toUpperCase();
        return switch (name) {
            case "format" -> options.format(Format.valueOf(constant));
            case "quality" -> options.quality(Integer.parseInt(value));
            case "fit" -> options.fit(Fit.valueOf(constant));
            case "enlarge" -> options.enlarge(Boolean.parseBoolean(value));
            case "lossless" -> options.lossless(Boolean.parseBoolean(value));
            case "refuse_truncated" -> options.refuseTruncated(Boolean.parseBoolean(value));
            case "background" -> {
                int colour = Integer.parseInt(value.substring(1), 16);
                yield options.background(colour >> 16, colour >> 8 & 255, colour & 255);
            }
            case "position" -> position(options, value);
            case "effort" -> options.effort(Integer.parseInt(value));
            case "frames" -> options.frames(Frames.valueOf(constant));
            case "page" -> options.page(Integer.parseInt(value));
            case "colour" -> options.colour(Colour.valueOf(constant));
            case "subsampling" -> options.subsampling(SUBSAMPLINGS.get(value));
            case "progressive" -> options.progressive(value.equals("true") ? Progressive.ALWAYS : Progressive.NEVER);
            case "palette" -> options.palette(Boolean.parseBoolean(value));
            case "max_pixels" -> options.maxPixels(Long.parseLong(value));
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static Options position(Options options, String value) {
        if (value.contains(",")) {
            String[] point = value.split(",");
            return options.focal(Double.parseDouble(point[0]), Double.parseDouble(point[1]));
        }
        String constant = value.replace("th", "th_").replaceAll("_$", "").toUpperCase();
        // A point that was set before is forgotten.
        return options.focal(1, 1).position(Position.valueOf(constant));
    }
}
