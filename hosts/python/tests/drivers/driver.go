// driver LIBRARY answers each line "MESSAGE FILE [OPTION=VALUE ...] [/ ...]" by a line; test_hosts.py compares them.
package main

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"image/color"
	"log"
	"os"
	"strconv"
	"strings"

	"elsewhere.example/driver/thumbox"
)

var (
	formats      = map[string]thumbox.Format{"jpeg": thumbox.JPEG, "png": thumbox.PNG, "webp": thumbox.WebP, "gif": thumbox.GIF}
	fits         = map[string]thumbox.Fit{"inside": thumbox.Inside, "cover": thumbox.Cover, "stretch": thumbox.Stretch, "contain": thumbox.Contain}
	frames       = map[string]thumbox.Frames{"first": thumbox.FirstFrame, "all": thumbox.AllFrames}
	colours      = map[string]thumbox.Colour{"srgb": thumbox.SRGB, "keep": thumbox.KeepColour}
	progressives = map[string]thumbox.Progressive{"true": thumbox.ProgressiveAlways, "false": thumbox.ProgressiveNever}
	subsamplings = map[string]thumbox.Subsampling{
		"auto": thumbox.SubsamplingByQuality, "4:2:0": thumbox.Subsampling420, "4:4:4": thumbox.Subsampling444,
	}
	positions = map[string]thumbox.Position{
		"centre": thumbox.Centre, "north": thumbox.North, "northeast": thumbox.NorthEast, "east": thumbox.East,
		"southeast": thumbox.SouthEast, "south": thumbox.South, "southwest": thumbox.SouthWest, "west": thumbox.West,
		"northwest": thumbox.NorthWest, "attention": thumbox.Attention,
	}
	kinds = map[thumbox.Kind]string{
		thumbox.CallError: "CALL", thumbox.RequestError: "REQUEST", thumbox.ImageError: "IMAGE",
		thumbox.LimitError: "LIMIT", thumbox.InternalError: "INTERNAL",
	}
)

func main() {
	plugin, err := thumbox.Load(os.Args[1], "", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer plugin.Close()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		text, err := answer(plugin, strings.Split(lines.Text(), " "))
		var refused *thumbox.Error
		if errors.As(err, &refused) {
			fmt.Println("error", refused.Code, kinds[refused.Kind()], refused.Message)
		} else if err != nil {
			log.Fatal(err)
		} else {
			fmt.Println(text)
		}
	}
}

func answer(plugin *thumbox.Plugin, words []string) (string, error) {
	image, err := os.ReadFile(words[1])
	if err != nil {
		return "", err
	}
	switch rest := words[2:]; words[0] {
	case "thumbnail":
		thumb, err := plugin.Thumbnail(image, options(rest))
		return text(thumb), err
	case "thumbnails":
		var members []thumbox.Options
		for _, member := range strings.Split(strings.Join(rest, " "), " / ") {
			members = append(members, options(strings.Split(member, " ")))
		}
		thumbs, err := plugin.Thumbnails(image, members)
		var texts []string
		for _, thumb := range thumbs {
			texts = append(texts, text(thumb))
		}
		return strings.Join(texts, " / "), err
	case "probe":
		info, err := plugin.Probe(image)
		return fmt.Sprint(strings.ReplaceAll(info.Format.String(), " ", "-"), " ", info.Width, info.Height,
			info.StoredWidth, info.StoredHeight, info.Orientation, info.Alpha, info.Animated, info.ICC,
			info.Progressive, info.Frames, info.Duration.Milliseconds()), err
	case "placeholder":
		shown, err := plugin.Placeholder(image, number(rest[0]))
		average := fmt.Sprintf("%02x%02x%02x", shown.Average.R, shown.Average.G, shown.Average.B)
		return fmt.Sprint(base64.StdEncoding.EncodeToString(shown.Hash), " ", average, " ", shown.Width, shown.Height, shown.Alpha), err
	}
	return "", errors.New(words[0])
}

func text(thumb thumbox.Thumbnail) string {
	return fmt.Sprint(thumb.Width, " ", thumb.Height, " ", thumb.Format, " ", base64.StdEncoding.EncodeToString(thumb.Data))
}

func options(words []string) (options thumbox.Options) {
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "":
		case "width":
			options.Width = number(value)
		case "height":
			options.Height = number(value)
		case "format":
			options.Format = chosen(formats, value)
		case "quality":
			options.Quality = number(value)
		case "fit":
			options.Fit = chosen(fits, value)
		case "enlarge":
			options.Enlarge = value == "true"
		case "lossless":
			options.Lossless = value == "true"
		case "refuse_truncated":
			options.RefuseTruncated = value == "true"
		case "background":
			rgb, err := strconv.ParseUint(value[1:], 16, 24)
			check(err)
			options.Background = color.RGBA{uint8(rgb >> 16), uint8(rgb >> 8), uint8(rgb), 255}
		case "position":
			if x, y, isPoint := strings.Cut(value, ","); isPoint {
				options.Position, options.FocalX, options.FocalY = thumbox.Focal, part(x), part(y)
			} else {
				options.Position = chosen(positions, value)
			}
		case "effort":
			options.Effort = thumbox.Effort(number(value))
		case "frames":
			options.Frames = chosen(frames, value)
		case "page":
			options.Page = number(value)
		case "colour":
			options.Colour = chosen(colours, value)
		case "subsampling":
			options.Subsampling = chosen(subsamplings, value)
		case "progressive":
			options.Progressive = chosen(progressives, value)
		case "palette":
			options.Palette = value == "true"
		case "max_pixels":
			options.MaxPixels = number(value)
		default:
			log.Fatal(name)
		}
	}
	return options
}

func chosen[T any](choices map[string]T, value string) T {
	choice, isKnown := choices[value]
	if !isKnown {
		log.Fatal(value)
	}
	return choice
}

func number(text string) int {
	number, err := strconv.Atoi(text)
	check(err)
	return number
}

func part(text string) float64 {
	part, err := strconv.ParseFloat(text, 64)
	check(err)
	return part
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
