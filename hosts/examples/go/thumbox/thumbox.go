// Package thumbox makes thumbnails by libthumbox, or by libthumbox_sandbox for images from strangers: they have the same
// symbols.
//
//	plugin, err := thumbox.Load("libthumbox_sandbox.so", "", nil)
//	thumb, err := plugin.Thumbnail(image, thumbox.Options{Width: 256, Height: 256, Format: thumbox.WebP})
//	err = os.WriteFile("thumb.webp", thumb.Data, 0o666)
//
// Its requests and replies are the structures of thumbox.h, so that it is for little-endian machines.
package thumbox

/*
#cgo CFLAGS: -I${SRCDIR}
#cgo linux LDFLAGS: -ldl
#include <stdlib.h>
#include "library.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"
)

// Log gets log messages, from any goroutine that calls.
type Log func(level, target, message string)

// Plugin is a library and an instance of it. Goroutines may share it.
type Plugin struct {
	library C.Library
	handle  unsafe.Pointer
	slot    C.int
	closing sync.Once
}

// A C callback has no room for a pointer of ours, so that each of these slots has a C function of its own.
var slots struct {
	sync.Mutex
	logs [C.SLOTS]Log
}

// Load loads a library and starts an instance. config is rustbridge's JSON, such as
// {"log_level": "debug", "data": {"max_memory": 134217728}}, or empty for the defaults; log may be nil.
func Load(path, config string, log Log) (*Plugin, error) {
	plugin := &Plugin{slot: -1}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	if reason := C.library_open(name, &plugin.library); reason != nil {
		defer C.free(unsafe.Pointer(reason))
		return nil, errors.New(C.GoString(reason))
	}
	if log != nil {
		if plugin.slot = take(log); plugin.slot < 0 {
			return nil, fmt.Errorf("%d plugins have a log; no more can", C.SLOTS)
		}
	}
	json := []byte(config)
	plugin.handle = C.library_start(&plugin.library, address(json), C.size_t(len(json)), plugin.slot)
	if plugin.handle == nil {
		release(plugin.slot)
		return nil, fmt.Errorf("%s did not start; its log says why", path)
	}
	return plugin, nil
}

// CallRaw answers a header and an image, which is read where it is. messageID is a THUMBOX_MSG of thumbox.h. An answer that
// is an error is an [*Error].
func (p *Plugin) CallRaw(messageID uint32, header, image []byte) ([]byte, error) {
	reply := C.library_call_raw(&p.library, p.handle, C.uint32_t(messageID),
		address(header), C.size_t(len(header)), address(image), C.size_t(len(image)))
	defer C.library_free_response(&p.library, &reply)
	bytes := append([]byte(nil), unsafe.Slice((*byte)(reply.data), reply.len)...)
	if reply.error_code != 0 {
		return nil, &Error{Code: uint32(reply.error_code), Message: string(bytes)}
	}
	return bytes, nil
}

// Call is the JSON transport: the reply is an object with "status", and "payload" or "error_code" and "error_message".
func (p *Plugin) Call(tag, request string) string {
	name := C.CString(tag)
	defer C.free(unsafe.Pointer(name))
	json := []byte(request)
	reply := C.library_call(&p.library, p.handle, name, address(json), C.size_t(len(json)))
	defer C.library_free_buffer(&p.library, &reply)
	return string(unsafe.Slice((*byte)(reply.data), int(reply.len)))
}

// Close waits for running calls, and ends the instance; once is enough, and more does no harm. Later calls get code 1.
func (p *Plugin) Close() {
	p.closing.Do(func() {
		C.library_shutdown(&p.library, p.handle)
		release(p.slot)
	})
}

func address(bytes []byte) unsafe.Pointer {
	if len(bytes) == 0 {
		return nil
	}
	return unsafe.Pointer(&bytes[0])
}

func take(log Log) C.int {
	slots.Lock()
	defer slots.Unlock()
	for slot := range slots.logs {
		if slots.logs[slot] == nil {
			slots.logs[slot] = log
			return C.int(slot)
		}
	}
	return -1
}

func release(slot C.int) {
	if slot >= 0 {
		slots.Lock()
		defer slots.Unlock()
		slots.logs[slot] = nil
	}
}

//export thumboxLog
func thumboxLog(slot C.int, level C.uint8_t, target *C.char, message *C.char, length C.size_t) {
	slots.Lock()
	log := slots.logs[slot]
	slots.Unlock()
	names := [...]string{"trace", "debug", "info", "warn", "error"}
	name := fmt.Sprint(level)
	if int(level) < len(names) {
		name = names[level]
	}
	if log != nil {
		log(name, C.GoString(target), C.GoStringN(message, C.int(length)))
	}
}
