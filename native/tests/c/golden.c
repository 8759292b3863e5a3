/* golden FOLDER: replays the golden set through plugin_call_raw and thumbox_call_parts.
 *
 * FOLDER/cases.tsv has a line for each case, with tabs between its fields: NAME, message id, error code, the request's
 * header in hexadecimal digits, and the file of FOLDER/sources behind it, "-" for neither.
 * FOLDER/replies/NAME must come out, the error's message where the code is not 0.
 */
#include "check.h"
#include "thumbox.h"

static uint8_t *read_of(const char *folder, const char *part, const char *name, size_t *size) {
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/%s%s", folder, part, name);
    CHECK(len > 0 && (size_t)len < sizeof path);
    uint8_t *bytes = read_file(path, size);
    if (bytes == NULL) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(1);
    }
    return bytes;
}

/* The request: a header in hexadecimal digits, and a source behind it. */
static uint8_t *request_of(const char *folder, const char *header, const char *source, size_t *size) {
    size_t head = strcmp(header, "-") == 0 ? 0 : strlen(header) / 2, tail = 0;
    CHECK(head == 0 || strlen(header) % 2 == 0);
    uint8_t *image = strcmp(source, "-") == 0 ? NULL : read_of(folder, "sources/", source, &tail);
    uint8_t *request = malloc(head + tail + 1);
    CHECK(request != NULL);
    for (size_t i = 0; i < head; i++) {
        unsigned byte;
        CHECK(sscanf(header + 2 * i, "%2x", &byte) == 1);
        request[i] = (uint8_t)byte;
    }
    if (image != NULL) {
        memcpy(request + head, image, tail);
        free(image);
    }
    *size = head + tail;
    return request;
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
        char name[256], header[2048], source[256];
        unsigned id, code;
        CHECK(sscanf(line, "%255[^\t]\t%u\t%u\t%2047[^\t]\t%255[^\t]", name, &id, &code, header, source) == 5);
        /* AVIF and HEIC: the sandbox library goes on to components that read them. */
        if (code == 204)
            continue;
        size_t request_size = 0, reply_size = 0;
        uint8_t *request = request_of(argv[1], header, source, &request_size);
        uint8_t *reply = read_of(argv[1], "replies/", name, &reply_size);
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
