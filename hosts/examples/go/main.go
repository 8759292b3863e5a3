// thumbnail LIBRARY PHOTO OUT.jpg [BOX]: a thumbnail of a photo.
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"

	"thumbox.example/thumbnail/thumbox"
)

func main() {
	if len(os.Args) < 4 || len(os.Args) > 5 {
		fmt.Fprintln(os.Stderr, "usage: thumbnail LIBRARY PHOTO OUT.jpg [BOX]")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(library, photo, out string, rest []string) error {
	box := uint64(256)
	if len(rest) > 0 {
		var err error
		if box, err = strconv.ParseUint(rest[0], 10, 32); err != nil {
			return err
		}
	}
	plugin, err := thumbox.Load(library, `{"log_level": "debug"}`, func(level, target, message string) {
		fmt.Fprintf(os.Stderr, "[%s] %s: %s\n", level, target, message)
	})
	if err != nil {
		return err
	}
	defer plugin.Close()
	fmt.Printf("plugin: %s\n", plugin.Call("plugin.info", "null"))
	image, err := os.ReadFile(photo)
	if err != nil {
		return err
	}
	return thumbnail(plugin, image, uint32(box), out)
}

// The layouts are those of native/include/thumbox.h.
func thumbnail(plugin *thumbox.Plugin, image []byte, box uint32, out string) error {
	reply, err := plugin.CallRaw(thumbox.ImageProbe, header(uint32(len(image))), image)
	if err != nil {
		return err
	}
	if len(reply) < 28 {
		return errors.New("the probe's reply is too short")
	}
	fmt.Printf("photo: %d x %d, %s\n", field(reply, 12), field(reply, 16), thumbox.Format(field(reply, 20)))

	const jpeg, quality = 0, 85
	reply, err = plugin.CallRaw(thumbox.ThumbnailCreate, header(box, box, jpeg, quality, uint32(len(image))), image)
	if err != nil {
		return err
	}
	if len(reply) < 20 {
		return errors.New("the thumbnail's reply is too short")
	}
	file := reply[20:]
	if err := os.WriteFile(out, file, 0o666); err != nil {
		return err
	}
	format := thumbox.Format(field(reply, 12))
	fmt.Printf("%s: %d x %d, %s, %d bytes\n", out, field(reply, 4), field(reply, 8), format, len(file))
	return nil
}

// header is version 1, three zeros, and the fields.
func header(fields ...uint32) []byte {
	header := []byte{1, 0, 0, 0}
	for _, field := range fields {
		header = binary.LittleEndian.AppendUint32(header, field)
	}
	return header
}

func field(reply []byte, offset int) uint32 {
	return binary.LittleEndian.Uint32(reply[offset:])
}
