// In the package itself, so that the folder compiles wherever it is copied to.

package thumbox

import (
	"errors"
	"fmt"
	"log"
	"os"
)

func ExamplePlugin_Thumbnail() {
	plugin, err := Load("libthumbox_sandbox.so", "", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer plugin.Close()
	image, err := os.ReadFile("photo.jpg")
	if err != nil {
		log.Fatal(err)
	}
	thumb, err := plugin.Thumbnail(image, Options{
		Width:    256,
		Height:   256,
		Format:   WebP,
		Fit:      Cover,
		Position: Attention,
		Effort:   Effort(6),
	})
	var refused *Error
	if errors.As(err, &refused) && refused.Kind() == ImageError {
		fmt.Println("this is no picture:", refused.Message)
		return
	}
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("thumb.webp", thumb.Data, 0o666); err != nil {
		log.Fatal(err)
	}
}

func ExamplePlugin_Thumbnails() {
	plugin, err := Load("libthumbox_sandbox.so", "", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer plugin.Close()
	image, err := os.ReadFile("photo.jpg")
	if err != nil {
		log.Fatal(err)
	}
	thumbs, err := plugin.Thumbnails(image, []Options{{Width: 128}, {Width: 512, Format: WebP, Quality: 75}})
	if err != nil {
		log.Fatal(err)
	}
	for _, thumb := range thumbs {
		fmt.Println(thumb.Width, thumb.Height, thumb.Format)
	}
}
