/* The C ABI from C: thumbnails of a picture made here, every door, and what a caller gets wrong.
 *
 * Run under ASan and UBSan with leak detection. "abi leak" forgets one reply, to show that the leak
 * detection works; a library built for tests also knows a message that panics.
 */
#include "check.h"
#include "thumbox.h"

#include <pthread.h>
#include <stdatomic.h>

enum { WIDTH = 32, HEIGHT = 16, ROW = WIDTH * 3, BMP_SIZE = 54 + ROW * HEIGHT };

static uint8_t bmp[BMP_SIZE];
static atomic_int messages;
static atomic_int over;

static void log_message(uint8_t level, const char *target, const uint8_t *message, size_t len) {
    CHECK(level <= 4 && strcmp(target, "thumbox") == 0);
    CHECK(strlen((const char *)message) == len && len > 0);
    CHECK(!atomic_load(&over));
    atomic_fetch_add(&messages, 1);
}

static void put32(uint8_t *at, uint32_t value) {
    for (int byte = 0; byte < 4; byte++) {
        at[byte] = (uint8_t)(value >> (8 * byte));
    }
}

/* An uncompressed 24-bit BMP: red left, blue right, brighter downwards. */
static void make_bmp(void) {
    memcpy(bmp, "BM", 2);
    put32(bmp + 2, BMP_SIZE);
    put32(bmp + 10, 54);
    put32(bmp + 14, 40);
    put32(bmp + 18, WIDTH);
    put32(bmp + 22, HEIGHT);
    bmp[26] = 1;
    bmp[28] = 24;
    put32(bmp + 34, ROW * HEIGHT);
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            uint8_t *pixel = bmp + 54 + y * ROW + x * 3;
            pixel[x < WIDTH / 2 ? 2 : 0] = (uint8_t)(255 - 8 * y);
        }
    }
}

static ThumboxThumbnailRequestHeader jpeg_in_16x16(void) {
    ThumboxThumbnailRequestHeader header = {.version = 1,
                                            .target_width = 16,
                                            .target_height = 16,
                                            .output_format = THUMBOX_OUTPUT_FORMAT_JPEG,
                                            .quality = 85,
                                            .payload_size = BMP_SIZE};
    return header;
}

static void check_thumbnail(const RbResponse *reply) {
    ThumboxThumbnailResponseHeader header;
    CHECK(reply->error_code == 0 && reply->capacity == reply->len && reply->len > sizeof header);
    memcpy(&header, reply->data, sizeof header);
    CHECK(header.version == 1 && header.width == 16 && header.height == 8);
    CHECK(header.format == THUMBOX_OUTPUT_FORMAT_JPEG);
    CHECK(header.payload_size == reply->len - sizeof header);
    const uint8_t *file = (const uint8_t *)reply->data + sizeof header;
    CHECK(memcmp(file, "\xff\xd8\xff", 3) == 0);
    CHECK(memcmp(file + header.payload_size - 2, "\xff\xd9", 2) == 0);
}

static void free_twice(RbResponse *reply) {
    for (int time = 0; time < 2; time++) {
        rb_response_free(reply);
        CHECK(reply->data == NULL && reply->len == 0 && reply->capacity == 0);
    }
}

/* Expects an error whose message is a C string too, and contains a word. */
static void refused(RbResponse reply, uint32_t code, const char *word) {
    if (reply.error_code != code || strstr(reply.data, word) == NULL) {
        fprintf(stderr, "error %u, not %u: %s\n", reply.error_code, code, (char *)reply.data);
        exit(1);
    }
    CHECK(strlen(reply.data) == reply.len);
    free_twice(&reply);
}

static void json(void *plugin, const char *tag, const char *request, uint32_t code, const char *word) {
    size_t len = request == NULL ? 0 : strlen(request);
    FfiBuffer reply = plugin_call(plugin, tag, (const uint8_t *)request, len);
    char *text = calloc(reply.len + 1, 1);
    CHECK(text != NULL);
    memcpy(text, reply.data, reply.len);
    if (reply.error_code != code || strstr(text, word) == NULL) {
        fprintf(stderr, "error %u, not %u: %s\n", reply.error_code, code, text);
        exit(1);
    }
    free(text);
    for (int time = 0; time < 2; time++) {
        plugin_free_buffer(&reply);
        CHECK(reply.data == NULL && reply.len == 0 && reply.capacity == 0);
    }
}

static void thumbnails(void *plugin) {
    ThumboxThumbnailRequestHeader header = jpeg_in_16x16();
    ThumboxPart parts[] = {{&header, sizeof header}, {bmp, sizeof bmp}};
    RbResponse reply = thumbox_call_parts(plugin, THUMBOX_MSG_THUMBNAIL_CREATE, parts, 2);
    check_thumbnail(&reply);

    uint8_t joined[sizeof header + sizeof bmp];
    memcpy(joined, &header, sizeof header);
    memcpy(joined + sizeof header, bmp, sizeof bmp);
    RbResponse same = plugin_call_raw(plugin, THUMBOX_MSG_THUMBNAIL_CREATE, joined, sizeof joined);
    CHECK(same.len == reply.len && memcmp(same.data, reply.data, reply.len) == 0);
    free_twice(&same);

    ThumboxPart crumbs[] = {{joined, 7}, {NULL, 0}, {joined + 7, 100}, {joined + 107, sizeof joined - 107}};
    same = thumbox_call_parts(plugin, THUMBOX_MSG_THUMBNAIL_CREATE, crumbs, 4);
    CHECK(same.len == reply.len && memcmp(same.data, reply.data, reply.len) == 0);
    free_twice(&same);
    free_twice(&reply);

    header.quality = 101;
    refused(thumbox_call_parts(plugin, THUMBOX_MSG_THUMBNAIL_CREATE, parts, 2),
            THUMBOX_CODE_PARAMETER, "quality");
    header.quality = 85;
    header.payload_size += 1;
    refused(thumbox_call_parts(plugin, THUMBOX_MSG_THUMBNAIL_CREATE, parts, 2),
            THUMBOX_CODE_HEADER, "payload_size");
    header.payload_size = 12;
    parts[1] = (ThumboxPart){"Hello, world", 12};
    refused(thumbox_call_parts(plugin, THUMBOX_MSG_THUMBNAIL_CREATE, parts, 2),
            THUMBOX_CODE_UNKNOWN_FORMAT, "");
}

static void probe_and_set(void *plugin) {
    ThumboxProbeRequestHeader probe = {.version = 1, .payload_size = BMP_SIZE};
    ThumboxPart parts[] = {{&probe, sizeof probe}, {bmp, sizeof bmp}, {NULL, 0}};
    RbResponse reply = thumbox_call_parts(plugin, THUMBOX_MSG_IMAGE_PROBE, parts, 3);
    ThumboxProbeResponse info;
    CHECK(reply.error_code == 0 && reply.len == sizeof info);
    memcpy(&info, reply.data, sizeof info);
    free_twice(&reply);
    CHECK(info.orientation == 1 && info.flags == 0 && info.format == THUMBOX_FORMAT_BMP);
    CHECK(info.stored_width == WIDTH && info.upright_height == HEIGHT);

    ThumboxSetRequestHeader set = {.version = 1, .count = 2, .payload_size = BMP_SIZE};
    ThumboxSetRecord records[] = {
        {.target_width = 16, .target_height = 16, .output_format = THUMBOX_OUTPUT_FORMAT_PNG},
        {.target_width = 8, .output_format = THUMBOX_OUTPUT_FORMAT_WEBP, .quality = 80},
    };
    ThumboxPart set_parts[] = {{&set, sizeof set}, {records, sizeof records}, {bmp, sizeof bmp}};
    reply = thumbox_call_parts(plugin, THUMBOX_MSG_THUMBNAIL_SET, set_parts, 3);
    ThumboxSetResponseHeader count;
    ThumboxThumbnailResponseHeader headers[2];
    CHECK(reply.error_code == 0 && reply.len > sizeof count + sizeof headers);
    memcpy(&count, reply.data, sizeof count);
    memcpy(headers, (const uint8_t *)reply.data + sizeof count, sizeof headers);
    CHECK(count.count == 2 && headers[0].width == 16 && headers[1].width == 8 && headers[1].height == 4);
    const uint8_t *png = (const uint8_t *)reply.data + sizeof count + sizeof headers;
    CHECK(memcmp(png, "\x89PNG", 4) == 0);
    CHECK(memcmp(png + headers[0].payload_size, "RIFF", 4) == 0);
    CHECK(reply.len == sizeof count + sizeof headers + headers[0].payload_size + headers[1].payload_size);
    free_twice(&reply);
}

static void echo(void *plugin) {
    RbResponse reply = plugin_call_raw(plugin, THUMBOX_MSG_ECHO, "hello", 5);
    CHECK(reply.error_code == 0 && reply.len == 5 && memcmp(reply.data, "hello", 5) == 0);
    free_twice(&reply);
    json(plugin, "echo", "{\"a\": 1}", 0, "{\"status\":\"success\",\"payload\":{\"a\": 1}}");
    json(plugin, "plugin.info", NULL, 0, "thumbox");
}

static void wrong_arguments(void *plugin) {
    int local = 0;
    void *handles[] = {NULL, &local, (void *)~(uintptr_t)0};
    for (size_t index = 0; index < sizeof handles / sizeof *handles; index++) {
        void *handle = handles[index];
        refused(plugin_call_raw(handle, THUMBOX_MSG_ECHO, "a", 1), THUMBOX_CODE_INVALID_STATE, "handle");
        refused(thumbox_call_parts(handle, THUMBOX_MSG_ECHO, NULL, 0), THUMBOX_CODE_INVALID_STATE, "handle");
        json(handle, "echo", "1", THUMBOX_CODE_INVALID_STATE, "\"error_code\":1,");
        CHECK(plugin_get_state(handle) == 255 && plugin_get_rejected_count(handle) == 0);
        CHECK(!plugin_shutdown(handle) && plugin_init(handle, NULL, 0, NULL) == NULL);
        plugin_set_log_level(handle, 0);
    }
    refused(plugin_call_raw(plugin, THUMBOX_MSG_ECHO, NULL, 1), THUMBOX_CODE_CONFIG, "NULL");
    refused(plugin_call_raw(plugin, THUMBOX_MSG_ECHO, "a", SIZE_MAX), THUMBOX_CODE_CONFIG, "length");
    refused(plugin_call_raw(plugin, THUMBOX_MSG_ECHO, NULL, 0), THUMBOX_CODE_HEADER, "");
    refused(plugin_call_raw(plugin, 5, "a", 1), THUMBOX_CODE_UNKNOWN_MESSAGE, "5");
    refused(thumbox_call_parts(plugin, THUMBOX_MSG_ECHO, NULL, 1), THUMBOX_CODE_CONFIG, "NULL");
    ThumboxPart huge[] = {{"a", SIZE_MAX}, {"a", 1}};
    refused(thumbox_call_parts(plugin, THUMBOX_MSG_ECHO, huge, 2), THUMBOX_CODE_CONFIG, "add up");
    json(plugin, NULL, "1", THUMBOX_CODE_CONFIG, "type_tag");
    json(plugin, "\xff", "1", THUMBOX_CODE_CONFIG, "UTF-8");
    json(plugin, "echo", "{", THUMBOX_CODE_SERIALIZATION, "\"status\":\"error\"");
    json(plugin, "nonsense", "1", THUMBOX_CODE_UNKNOWN_MESSAGE, "nonsense");
    const char *config = "{\"log_level\": 3}";
    CHECK(plugin_init(plugin_create(), (const uint8_t *)config, strlen(config), NULL) == NULL);
    rb_response_free(NULL);
    plugin_free_buffer(NULL);
}

static void *thumbnails_on_a_thread(void *plugin) {
    for (int time = 0; time < 10; time++) {
        thumbnails(plugin);
    }
    return NULL;
}

int main(int argc, char **argv) {
    make_bmp();
    const char *config = "{\"log_level\": \"trace\", \"max_concurrent_ops\": 64}";
    void *plugin = plugin_init(plugin_create(), (const uint8_t *)config, strlen(config), log_message);
    CHECK(plugin != NULL && plugin_get_state(plugin) == 2);

    if (argc > 1 && strcmp(argv[1], "leak") == 0) {
        plugin_call_raw(plugin, THUMBOX_MSG_ECHO, "forgotten", 9);
        CHECK(plugin_shutdown(plugin));
        return 0;
    }

    echo(plugin);
    thumbnails(plugin);
    probe_and_set(plugin);
    wrong_arguments(plugin);
    refused(plugin_call_raw(plugin, UINT32_MAX, "a", 1), THUMBOX_CODE_INTERNAL, "a test asked for");

    pthread_t threads[4];
    for (size_t index = 0; index < 4; index++) {
        CHECK(pthread_create(&threads[index], NULL, thumbnails_on_a_thread, plugin) == 0);
    }
    for (size_t index = 0; index < 4; index++) {
        CHECK(pthread_join(threads[index], NULL) == 0);
    }

    CHECK(plugin_get_rejected_count(plugin) == 0 && plugin_shutdown(plugin));
    atomic_store(&over, 1);
    CHECK(plugin_get_state(plugin) == 255 && !plugin_shutdown(plugin));
    refused(plugin_call_raw(plugin, THUMBOX_MSG_ECHO, "a", 1), THUMBOX_CODE_INVALID_STATE, "shut down");
    CHECK(atomic_load(&messages) > 100);
    puts("every call answered as it should be");
    return 0;
}
