package thumbox;

import java.time.Duration;

/**
 * What an image's headers say.
 *
 * @param format the file's format
 * @param width pixels of the upright picture, as people see it
 * @param height pixels of the upright picture
 * @param storedWidth pixels, as stored
 * @param storedHeight pixels, as stored
 * @param orientation 1 to 8, as EXIF counts; 1 is upright as stored
 * @param alpha whether there is transparency, or a channel for it
 * @param animated whether there are several frames
 * @param icc whether there is a colour profile
 * @param progressive progressive or interlaced
 * @param frames of an animation, or the pages of a TIFF; 1 for a still
 * @param duration of all frames together, in whole milliseconds; zero for a still
 */
public record ImageInfo(
    Format format,
    long width,
    long height,
    long storedWidth,
    long storedHeight,
    int orientation,
    boolean alpha,
    boolean animated,
    boolean icc,
    boolean progressive,
    long frames,
    Duration duration) {}
