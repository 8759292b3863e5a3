// thumbnail LIBRARY PHOTO OUT.jpg [BOX]: a thumbnail of a photo.
package main

import (
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
	box := 256
	if len(rest) > 0 {
		var err error
		if box, err = strconv.Atoi(rest[0]); err != nil {
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
	info, err := plugin.Probe(image)
	if err != nil {
		return err
	}
	fmt.Printf("photo: %d x %d, %s\n", info.Width, info.Height, info.Format)
	thumb, err := plugin.Thumbnail(image, thumbox.Options{Width: box, Height: box})
	if err != nil {
		return err
	}
	if err := os.WriteFile(out, thumb.Data, 0o666); err != nil {
		return err
	}
	fmt.Printf("%s: %d x %d, %s, %d bytes\n", out, thumb.Width, thumb.Height, thumb.Format, len(thumb.Data))
	return nil
}
