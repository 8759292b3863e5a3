#include "library.h"

#include <dlfcn.h>
#include <string.h>

#include "_cgo_export.h"

#define LOG(SLOT)                                                                                       \
    static void log_##SLOT(uint8_t level, const char *target, const uint8_t *message, size_t size) {   \
        thumboxLog(SLOT, level, (char *)target, (char *)message, size);                                \
    }
LOG(0)
LOG(1)
LOG(2)
LOG(3)
static const ThumboxLogCallback LOGS[SLOTS] = {log_0, log_1, log_2, log_3};

char *library_open(const char *path, Library *library) {
    void *file = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (file == NULL) {
        return strdup(dlerror());
    }
    const struct {
        const char *name;
        void *place;
    } symbols[] = {
        {"plugin_create", &library->create},
        {"plugin_init", &library->init},
        {"plugin_call", &library->call},
        {"thumbox_call_parts", &library->call_parts},
        {"plugin_free_buffer", &library->free_buffer},
        {"rb_response_free", &library->free_response},
        {"plugin_shutdown", &library->shutdown},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        void *symbol = dlsym(file, symbols[i].name);
        if (symbol == NULL) {
            return strdup(dlerror());
        }
        memcpy(symbols[i].place, &symbol, sizeof symbol);
    }
    return NULL;
}

void *library_start(Library *library, const void *config, size_t size, int slot) {
    return library->init(library->create(), config, size, slot < 0 ? NULL : LOGS[slot]);
}

FfiBuffer library_call(Library *library, void *handle, const char *tag, const void *request, size_t size) {
    return library->call(handle, tag, request, size);
}

/* The parts are put together here: Go may not hand out memory of its own that has pointers to more of it. */
RbResponse library_call_raw(Library *library, void *handle, uint32_t message_id, const void *header,
                            size_t header_size, const void *image, size_t image_size) {
    ThumboxPart parts[] = {{header, header_size}, {image, image_size}};
    return library->call_parts(handle, message_id, parts, 2);
}

void library_free_buffer(Library *library, FfiBuffer *buffer) { library->free_buffer(buffer); }

void library_free_response(Library *library, RbResponse *response) { library->free_response(response); }

void library_shutdown(Library *library, void *handle) { library->shutdown(handle); }
