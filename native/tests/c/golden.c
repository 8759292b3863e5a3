/* golden FOLDER: replays the golden set through plugin_call_raw and thumbox_call_parts.
 *
 * FOLDER/cases.tsv has a line for each case: NAME, message id and error code, with tabs between them.
 * NAME.request goes in; NAME.reply must come out, the error's message where the code is not 0.
 */
#include "check.h"
#include "thumbox.h"

static uint8_t *read_of(const char *folder, const char *name, const char *suffix, size_t *size) {
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/%s%s", folder, name, suffix);
    CHECK(len > 0 && (size_t)len < sizeof path);
    uint8_t *bytes = read_file(path, size);
    if (bytes == NULL) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(1);
    }
    return bytes;
}

/* Whether a reply is what it should be; frees it. */
static int same(RbResponse reply, uint32_t code, const uint8_t *expected, size_t size,
                const char *name, const char *door) {
    int is_same = reply.error_code == code && reply.len == size
                  && memcmp(reply.data, expected, size) == 0;
    if (!is_same) {
        fprintf(stderr, "%s through %s: code %u and %u bytes, not code %u and these %zu\n", name, door,
                reply.error_code, reply.len, code, size);
        if (reply.error_code != 0) {
            fprintf(stderr, "    %s\n", (const char *)reply.data);
        }
    }
    rb_response_free(&reply);
    return is_same;
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    void *plugin = plugin_init(plugin_create(), NULL, 0, NULL);
    CHECK(plugin != NULL);
    size_t size = 0;
    char *cases = (char *)read_of(argv[1], "cases", ".tsv", &size);
    unsigned count = 0, failed = 0;
    for (char *line = strtok(cases, "\r\n"); line != NULL; line = strtok(NULL, "\r\n")) {
        char name[256];
        unsigned id, code;
        CHECK(sscanf(line, "%255[^\t]\t%u\t%u", name, &id, &code) == 3);
        size_t request_size = 0, reply_size = 0;
        uint8_t *request = read_of(argv[1], name, ".request", &request_size);
        uint8_t *reply = read_of(argv[1], name, ".reply", &reply_size);
        size_t head = request_size < 24 ? request_size : 24;
        ThumboxPart parts[] = {{request, head}, {request + head, request_size - head}};
        int ok = same(plugin_call_raw(plugin, id, request, request_size), code, reply, reply_size,
                      name, "plugin_call_raw");
        ok &= same(thumbox_call_parts(plugin, id, parts, 2), code, reply, reply_size, name,
                   "thumbox_call_parts");
        count += 1;
        failed += !ok;
        free(request);
        free(reply);
    }
    free(cases);
    CHECK(plugin_shutdown(plugin));
    CHECK(count > 0);
    printf("%u cases, %u failed\n", count, failed);
    return failed != 0;
}
