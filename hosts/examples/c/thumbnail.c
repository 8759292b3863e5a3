/* thumbnail PHOTO OUT.jpg [BOX]: the smallest complete host.
 *
 * The image lies where it was read to and is never copied: thumbox_call_parts takes the header and the
 * image from two places. libthumbox is a decoder in this process: for images from strangers link
 * libthumbox_sandbox instead, which has the same symbols.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "thumbox.h"

/* The whole of a file, to be freed; NULL, with errno, where it cannot be read. */
static void *read_file(const char *path, size_t *size) {
    char *bytes = NULL;
    size_t room = 0, got;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    *size = 0;
    do {
        if (room - *size < 1 << 16) {
            char *larger = realloc(bytes, room = room * 2 + (1 << 17));
            if (larger == NULL) {
                break;
            }
            bytes = larger;
        }
        got = fread(bytes + *size, 1, room - *size, file);
        *size += got;
    } while (got > 0);
    if (!feof(file)) {
        free(bytes);
        bytes = NULL;
    }
    fclose(file);
    return bytes;
}

static int write_file(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        return -1;
    }
    size_t written = fwrite(bytes, 1, size, file);
    return fclose(file) == 0 && written == size ? 0 : -1;
}

/* Any thread may call this; both texts are gone when it returns. */
static void show_log(uint8_t level, const char *target, const uint8_t *message, size_t size) {
    static const char *const LEVELS[] = {"trace", "debug", "info", "warn", "error"};
    const char *name = level < sizeof LEVELS / sizeof *LEVELS ? LEVELS[level] : "?";
    fprintf(stderr, "[%s] %s: %.*s\n", name, target, (int)size, (const char *)message);
}

static const char *format_name(uint32_t format) {
    static const char *const FORMATS[] = {
        "JPEG", "PNG", "WebP", "GIF", "BMP", "TIFF", "AVIF", "HEIC", "JPEG XL",
        "camera raw", "ICO", "QOI", "PNM", "TGA", "PSD", "JPEG 2000", "CUR"};
    return format < sizeof FORMATS / sizeof *FORMATS ? FORMATS[format] : "?";
}

/* Sends a header and an image; says why there is no reply, if there is none. */
static int call(void *plugin, uint32_t message_id, const void *header, size_t header_size,
                const void *image, size_t image_size, RbResponse *reply) {
    ThumboxPart parts[] = {{header, header_size}, {image, image_size}};
    *reply = thumbox_call_parts(plugin, message_id, parts, 2);
    if (reply->error_code == 0) {
        return 0;
    }
    fprintf(stderr, "error %" PRIu32 ": %.*s\n", reply->error_code, (int)reply->len,
            (const char *)reply->data);
    rb_response_free(reply);
    return -1;
}

/* The JSON transport: a tag and a JSON text in, a JSON object out. */
static void show_info(void *plugin) {
    FfiBuffer reply = plugin_call(plugin, "plugin.info", NULL, 0);
    printf("plugin: %.*s\n", (int)reply.len, (const char *)reply.data);
    plugin_free_buffer(&reply);
}

static int thumbnail(void *plugin, const void *image, uint32_t size, uint32_t box, const char *out) {
    RbResponse reply;
    ThumboxProbeRequestHeader probe = {.version = 1, .payload_size = size};
    if (call(plugin, THUMBOX_MSG_IMAGE_PROBE, &probe, sizeof probe, image, size, &reply) != 0) {
        return -1;
    }
    const ThumboxProbeResponse *info = reply.data;
    printf("photo: %" PRIu32 " x %" PRIu32 ", %s\n", info->upright_width, info->upright_height,
           format_name(info->format));
    rb_response_free(&reply);

    ThumboxThumbnailRequestHeader header = {.version = 1,
                                            .target_width = box,
                                            .target_height = box,
                                            .output_format = THUMBOX_OUTPUT_FORMAT_JPEG,
                                            .quality = 85,
                                            .payload_size = size};
    if (call(plugin, THUMBOX_MSG_THUMBNAIL_CREATE, &header, sizeof header, image, size, &reply) != 0) {
        return -1;
    }
    const ThumboxThumbnailResponseHeader *thumb = reply.data;
    int written = write_file(out, thumb + 1, thumb->payload_size);
    if (written == 0) {
        printf("%s: %" PRIu32 " x %" PRIu32 ", %s, %" PRIu32 " bytes\n", out, thumb->width,
               thumb->height, format_name(thumb->format), thumb->payload_size);
    } else {
        fprintf(stderr, "%s: %s\n", out, strerror(errno));
    }
    rb_response_free(&reply);
    return written;
}

int main(int argc, char **argv) {
    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: %s PHOTO OUT.jpg [BOX]\n", argv[0]);
        return 2;
    }
    size_t size = 0;
    void *image = read_file(argv[1], &size);
    if (image == NULL || size > UINT32_MAX) {
        fprintf(stderr, "%s: %s\n", argv[1], image == NULL ? strerror(errno) : "too large");
        free(image);
        return 1;
    }
    const char config[] = "{\"log_level\": \"debug\"}";
    void *plugin = plugin_init(plugin_create(), (const uint8_t *)config, sizeof config - 1, show_log);
    if (plugin == NULL) { /* The log has said why. */
        free(image);
        return 1;
    }
    show_info(plugin);
    uint32_t box = argc == 4 ? (uint32_t)strtoul(argv[3], NULL, 10) : 256;
    int failed = thumbnail(plugin, image, (uint32_t)size, box, argv[2]);
    plugin_shutdown(plugin);
    free(image);
    return failed != 0;
}
