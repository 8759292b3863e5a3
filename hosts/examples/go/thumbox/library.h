/* The library's functions, found by their names: cgo calls no function pointers, and links no library by a name that is
 * only known at run time. */
#ifndef LIBRARY_H
#define LIBRARY_H

#include "thumbox.h"

#define SLOTS 4

typedef struct {
    void *(*create)(void);
    void *(*init)(void *, const uint8_t *, size_t, ThumboxLogCallback);
    FfiBuffer (*call)(void *, const char *, const uint8_t *, size_t);
    RbResponse (*call_parts)(void *, uint32_t, const ThumboxPart *, size_t);
    void (*free_buffer)(FfiBuffer *);
    void (*free_response)(RbResponse *);
    bool (*shutdown)(void *);
} Library;

/* NULL, or why not: to be freed. */
char *library_open(const char *path, Library *library);
void *library_start(Library *library, const void *config, size_t size, int slot);
FfiBuffer library_call(Library *library, void *handle, const char *tag, const void *request, size_t size);
RbResponse library_call_raw(Library *library, void *handle, uint32_t message_id, const void *header,
                            size_t header_size, const void *image, size_t image_size);
void library_free_buffer(Library *library, FfiBuffer *buffer);
void library_free_response(Library *library, RbResponse *response);
void library_shutdown(Library *library, void *handle);

#endif
