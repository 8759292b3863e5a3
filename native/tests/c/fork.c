/* fork [deadlines]: a plugin that was called goes on in the child of a fork, and in the parent.
 *
 * With `deadlines` the child has its own, too: that is the sandbox library.
 */
#include "check.h"
#include "thumbox.h"

#include <sys/wait.h>
#include <unistd.h>

enum { SIDE = 2400, BMP_SIZE = 54 + SIDE * SIDE * 3 };

static void put32(uint8_t *at, uint32_t value) {
    for (int byte = 0; byte < 4; byte++) {
        at[byte] = (uint8_t)(value >> (8 * byte));
    }
}

/* An uncompressed 24-bit BMP that takes long, a second at the least, to become a lossy WebP of its size. */
static uint8_t *make_bmp(void) {
    uint8_t *bmp = calloc(BMP_SIZE, 1);
    CHECK(bmp != NULL);
    memcpy(bmp, "BM", 2);
    put32(bmp + 2, BMP_SIZE);
    put32(bmp + 10, 54);
    put32(bmp + 14, 40);
    put32(bmp + 18, SIDE);
    put32(bmp + 22, SIDE);
    bmp[26] = 1;
    bmp[28] = 24;
    uint32_t noise = 1;
    for (size_t at = 54; at < BMP_SIZE; at++) {
        noise = noise * 1664525 + 1013904223;
        bmp[at] = (uint8_t)(noise >> 24);
    }
    return bmp;
}

static void echo(void *plugin) {
    RbResponse reply = plugin_call_raw(plugin, THUMBOX_MSG_ECHO, "hello", 5);
    CHECK(reply.error_code == 0 && reply.len == 5 && memcmp(reply.data, "hello", 5) == 0);
    rb_response_free(&reply);
}

static void late(void *plugin, const uint8_t *bmp) {
    ThumboxThumbnailRequestHeader header = {.version = 1,
                                            .target_width = SIDE,
                                            .target_height = SIDE,
                                            .output_format = THUMBOX_OUTPUT_FORMAT_WEBP,
                                            .quality = 80,
                                            .payload_size = BMP_SIZE};
    ThumboxPart parts[] = {{&header, sizeof header}, {bmp, BMP_SIZE}};
    RbResponse reply = thumbox_call_parts(plugin, THUMBOX_MSG_THUMBNAIL_CREATE, parts, 2);
    if (reply.error_code != THUMBOX_CODE_TIMEOUT) {
        fprintf(stderr, "error %u, not %d\n", reply.error_code, THUMBOX_CODE_TIMEOUT);
        exit(1);
    }
    rb_response_free(&reply);
}

int main(int argc, char **argv) {
    int deadlines = argc > 1 && strcmp(argv[1], "deadlines") == 0;
    const char *config = deadlines ? "{\"data\": {\"timeout\": 0.05}}" : "{}";
    uint8_t *bmp = make_bmp();
    void *plugin = plugin_init(plugin_create(), (const uint8_t *)config, strlen(config), NULL);
    CHECK(plugin != NULL);
    echo(plugin);
    fflush(NULL);
    pid_t child = fork();
    CHECK(child >= 0);
    echo(plugin);
    if (deadlines) {
        late(plugin, bmp);
        echo(plugin);
    }
    CHECK(plugin_shutdown(plugin));
    free(bmp);
    if (child > 0) {
        int status = 0;
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    return 0;
}
