package thumbox;

import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A format of images. {@link #JPEG}, {@link #PNG} and {@link #WEBP} are written, too; not every build reads all others. */
public enum Format {
    JPEG(0, "JPEG"),
    PNG(1, "PNG"),
    WEBP(2, "WebP"),
    GIF(3, "GIF"),
    BMP(4, "BMP"),
    TIFF(5, "TIFF"),
    AVIF(6, "AVIF"),
    HEIC(7, "HEIC"),
    JPEG_XL(8, "JPEG XL"),
    /** A camera's raw file, of which the preview is read. */
    RAW(9, "camera raw"),
    ICO(10, "ICO"),
    QOI(11, "QOI"),
    PNM(12, "PNM"),
    TGA(13, "TGA"),
    PSD(14, "PSD"),
    JPEG_2000(15, "JPEG 2000"),
    CUR(16, "CUR");

    private static final Map<Integer, Format> BY_NUMBER =
        Stream.of(values()).collect(Collectors.toMap(format -> format.number, Function.identity()));

    final int number;
    private final String name;

    Format(int number, String name) {
        this.number = number;
        this.name = name;
    }

    /** The format with a number, or null. */
    static Format of(int number) {
        return BY_NUMBER.get(number);
    }

    /** The name for people, such as WebP. */
    @Override
    public String toString() {
        return name;
    }
}
