//! What thumbnails look like: the right part, the right way up, in the right colours, and nothing else.

use image::{ColorType as Pixels, DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use jpeg_encoder::{ColorType, SamplingFactor};
use thumbox_core::Code;

use crate::cameras::raw;
use crate::common::*;

fn close(found: &DynamicImage, expected: &DynamicImage, tolerance: f64) {
    let (found, expected) = (found.to_rgba8(), expected.to_rgba8());
    assert_eq!(found.dimensions(), expected.dimensions());
    let sum: u64 =
        found.as_raw().iter().zip(expected.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    let mean = sum as f64 / found.as_raw().len() as f64;
    assert!(mean <= tolerance, "the mean difference is {mean}, {tolerance} is allowed");
}

#[test]
fn a_thumbnail_looks_like_its_picture() {
    let picture = DynamicImage::from(scene(320, 240));
    let expected = picture.resize_exact(80, 60, image::imageops::FilterType::Lanczos3);
    for (format, tolerance) in [(PNG, 0.5), (JPEG, 6.0), (WEBP, 6.0)] {
        let (width, height, file) = thumbnail(&ask(80, 80, format).v1(&png(320, 240)));
        assert_eq!((width, height), (80, 60));
        close(&pixels(&file), &expected, tolerance);
    }
}

#[test]
fn every_orientation_comes_out_upright() {
    let stored = jpeg(96, 64);
    let upright = pixels(&thumbnail(&ask(40, 40, PNG).v1(&stored)).2);
    for number in 1..=8 {
        let turn = |picture: DynamicImage| match number {
            2 => picture.fliph(),
            3 => picture.rotate180(),
            4 => picture.flipv(),
            5 => picture.rotate90().fliph(),
            6 => picture.rotate90(),
            7 => picture.rotate270().fliph(),
            8 => picture.rotate270(),
            _ => picture,
        };
        let (width, height, file) =
            thumbnail(&ask(40, 40, PNG).v1(&with_orientation(&stored, number)));
        assert_eq!((width, height), if number < 5 { (40, 27) } else { (27, 40) });
        close(&pixels(&file), &turn(upright.clone()), 0.0);
    }
}

#[test]
fn channels_are_kept_as_far_as_the_format_can() {
    let sources = [
        (file(grey(40, 30), ImageFormat::Png), Pixels::L8, Pixels::L8),
        (file(grey_with_alpha(40, 30), ImageFormat::Png), Pixels::La8, Pixels::L8),
        (png(40, 30), Pixels::Rgb8, Pixels::Rgb8),
        (file(scene_with_alpha(40, 30), ImageFormat::Png), Pixels::Rgba8, Pixels::Rgb8),
        (gif(40, 30, 1), Pixels::Rgb8, Pixels::Rgb8),
        (palette_png(40, 30), Pixels::Rgba8, Pixels::Rgb8),
    ];
    for (source, as_png, as_jpeg) in sources {
        assert_eq!(pixels(&thumbnail(&ask(20, 20, PNG).v1(&source)).2).color(), as_png);
        assert_eq!(pixels(&thumbnail(&ask(20, 20, JPEG).v1(&source)).2).color(), as_jpeg);
        let webp = pixels(&thumbnail(&ask(20, 20, WEBP).v1(&source)).2);
        assert_eq!(webp.color().has_alpha(), as_png.has_alpha());
    }
}

#[test]
fn transparent_pixels_lend_no_colour() {
    // Left half transparent red, right half opaque blue: the edge must not turn violet.
    let picture = RgbaImage::from_fn(64, 64, |x, _| {
        if x < 32 { Rgba([255, 0, 0, 0]) } else { Rgba([0, 0, 255, 255]) }
    });
    let source = file(picture, ImageFormat::Png);
    for pixel in pixels(&thumbnail(&ask(15, 15, PNG).v1(&source)).2).to_rgba8().pixels() {
        assert!(pixel.0[3] == 0 || pixel.0[0] == 0, "{pixel:?}");
    }
    let over_white = pixels(&thumbnail(&ask(16, 16, JPEG).v1(&source)).2).to_rgb8();
    assert!(over_white.get_pixel(0, 0).0.iter().all(|sample| *sample > 250));
    let green = Ask { background: [0, 200, 0, 255], ..ask(16, 16, JPEG) };
    let over_green = pixels(&thumbnail(&green.v2(0, &source)).2).to_rgb8();
    let Rgb([r, g, b]) = *over_green.get_pixel(0, 8);
    assert!(r < 8 && g.abs_diff(200) < 8 && b < 8, "{r} {g} {b}");
}

#[test]
fn a_picture_that_keeps_its_size_keeps_its_pixels() {
    let faint = RgbaImage::from_fn(32, 32, |x, y| {
        Rgba([(x * 8) as u8, (y * 8) as u8, 99, ((x + y) % 8) as u8])
    });
    let source = file(faint.clone(), ImageFormat::Png);
    let same = pixels(&thumbnail(&ask(32, 32, PNG).v1(&source)).2).to_rgba8();
    assert!(same == faint);
    let cropped = Ask { fit: 1, ..ask(16, 40, PNG) }.v2(0, &source);
    let cropped = pixels(&thumbnail(&cropped).2).to_rgba8();
    assert_eq!(cropped.dimensions(), (16, 32));
    assert_eq!(cropped.get_pixel(0, 5), faint.get_pixel(8, 5));
}

#[test]
fn inks_become_colours() {
    let how = Jpeg { sampling: SamplingFactor::F_1_1, ..BASELINE };
    for (inks, expected) in [
        ([0, 0, 0, 0], [255, 255, 255]),
        ([0, 0, 0, 255], [0, 0, 0]),
        ([0, 255, 255, 0], [255, 0, 0]),
        ([255, 0, 0, 128], [0, 127, 127]),
    ] {
        let pixels_of_file = inks.repeat(16 * 16);
        for color in [ColorType::Cmyk, ColorType::CmykAsYcck] {
            let source = jpeg_of(&pixels_of_file, 16, 16, color, how);
            let found = pixels(&thumbnail(&ask(4, 4, PNG).v1(&source)).2);
            let found = found.to_rgb8().get_pixel(2, 2).0;
            let differs = found.iter().zip(expected).any(|(a, b)| a.abs_diff(b) > 4);
            assert!(!differs, "{inks:?} as {color:?} became {found:?}, not {expected:?}");
        }
    }
}

#[test]
fn nothing_of_the_metadata_leaves() {
    const SECRET: &[u8] = b"secret-place-52.5N-13.4E";
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let mut photo = with_segment(&jpeg(64, 48), 0xFE, SECRET);
    photo = with_segment(&photo, 0xE1, &[&exif(6), SECRET].concat());
    photo = with_segment(&photo, 0xE1, &[b"http://ns.adobe.com/xap/1.0/\0", SECRET].concat());
    photo = with_segment(&photo, 0xED, SECRET);
    photo = with_segment(&photo, 0xE2, &[b"ICC_PROFILE\0\x01\x01", p3.as_slice()].concat());
    let mut drawing = with_chunk(&png(64, 48), b"tEXt", &[b"Comment\0", SECRET].concat());
    drawing = with_chunk(&drawing, b"eXIf", &[&exif(3)[6..], SECRET].concat());
    for source in [photo, drawing] {
        assert!(source.windows(SECRET.len()).any(|window| window == SECRET));
        for format in [JPEG, PNG, WEBP] {
            let file = thumbnail(&ask(32, 32, format).v1(&source)).2;
            for trace in [SECRET, b"Exif", b"EXIF", b"eXIf", b"XMP", b"ICC", b"iCCP", b"tEXt"] {
                let found = file.windows(trace.len()).any(|window| window == trace);
                assert!(!found, "{} is in format {format}", trace.escape_ascii());
            }
        }
    }
}

#[test]
fn what_is_there_of_a_truncated_picture_is_shown() {
    let (width, height) = (128, 128);
    let whole = pixels(&png(width, height)).to_rgb8();
    for source in [jpeg(width, height), png(width, height)] {
        let cut = &source[..source.len() * 6 / 10];
        let found = pixels(&thumbnail(&ask(128, 128, PNG).v1(cut)).2).to_rgb8();
        let difference = |y: u32| -> u32 {
            let row = (0..width).map(|x| {
                let (a, b) = (found.get_pixel(x, y).0, whole.get_pixel(x, y).0);
                a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b))).sum::<u32>()
            });
            row.sum::<u32>() / (width * 3)
        };
        assert!(difference(8) < 8, "the top is not shown");
        assert_eq!(found.get_pixel(64, 126).0, [128; 3], "the rest is not neutral");
        let refuse = Ask { flags: 4, ..ask(16, 16, PNG) };
        let error = answer(100, &refuse.v2(0, cut)).unwrap_err();
        assert_eq!(error.code(), Code::Truncated, "{error}");
        assert!(answer(100, &refuse.v2(0, &source)).is_ok());
        assert_eq!(
            answer(102, &set(&[ask(8, 8, PNG), refuse], cut)).unwrap_err().code(),
            Code::Truncated
        );
    }
}

/// Cut anywhere, a file gives a picture or an error about the image: never a panic, never a bug.
#[test]
fn every_truncation_is_answered() {
    let sources = [
        jpeg(40, 30),
        jpeg_of(&scene(40, 30), 40, 30, ColorType::Rgb, Jpeg { progressive: true, ..BASELINE }),
        file(scene_with_alpha(40, 30), ImageFormat::Png),
        file(scene_with_alpha(40, 30), ImageFormat::WebP),
        thumbnail(&ask(0, 0, WEBP).v1(&file(scene_with_alpha(40, 30), ImageFormat::Png))).2,
        gif(40, 30, 2),
        file(scene(40, 30), ImageFormat::Bmp),
        file(scene(40, 30), ImageFormat::Tiff),
        raw(40, 30),
        qoi_of(&scene(40, 30)),
    ];
    for (at, source) in sources.iter().enumerate() {
        let mut shown = 0;
        for length in 0..source.len() {
            match answer(100, &ask(8, 8, PNG).v1(&source[..length])) {
                Ok(_) => shown += 1,
                Err(error) => {
                    let number = error.code().number();
                    assert!((200..=202).contains(&number), "source {at}, {length} bytes: {error}");
                }
            }
            let _ = answer(101, &probe(&source[..length]));
        }
        println!("source {at}: {shown} of {} truncations are shown", source.len());
    }
}

#[test]
fn a_set_of_one_is_the_thumbnail_itself() {
    let source = with_orientation(&jpeg(200, 150), 6);
    for ask in [
        ask(64, 64, JPEG),
        Ask { fit: 1, ..ask(50, 40, WEBP) },
        Ask { fit: 2, flags: 1, ..ask(300, 20, PNG) },
    ] {
        let one = answer(100, &ask.v2(0, &source)).unwrap();
        let set = answer(102, &set(&[ask], &source)).unwrap();
        assert_eq!(set[8..], one);
    }
}

#[test]
fn a_set_gives_each_member_its_own() {
    let source = jpeg(200, 150);
    let asks = [ask(100, 100, JPEG), ask(20, 0, PNG), Ask { fit: 1, ..ask(33, 44, WEBP) }];
    let reply = answer(102, &set(&asks, &source)).unwrap();
    assert_eq!(u32_at(&reply, 4), 3);
    let mut payload = 8 + 3 * 20;
    for (index, size) in [(100, 75), (20, 15), (33, 44)].into_iter().enumerate() {
        let header = &reply[8 + index * 20..][..20];
        assert_eq!((u32_at(header, 4), u32_at(header, 8)), size);
        assert_eq!(u32_at(header, 12), asks[index].format);
        let length = u32_at(header, 16) as usize;
        let picture = pixels(&reply[payload..payload + length]);
        assert_eq!((picture.width(), picture.height()), size);
        payload += length;
    }
    assert_eq!(payload, reply.len());
}

#[test]
fn cover_shows_the_middle() {
    let thirds = RgbImage::from_fn(90, 30, |x, _| {
        Rgb([[250, 0, 0], [0, 250, 0], [0, 0, 250]][x as usize / 30])
    });
    let source = file(thirds, ImageFormat::Png);
    let (width, height, file) = thumbnail(&Ask { fit: 1, ..ask(20, 20, PNG) }.v2(0, &source));
    assert_eq!((width, height), (20, 20));
    for x in 4..16 {
        assert_eq!(pixels(&file).to_rgb8().get_pixel(x, 10).0, [0, 250, 0]);
    }
}

#[test]
fn probing_tells_what_the_headers_say() {
    const ALPHA: u8 = 1;
    const ANIMATED: u8 = 2;
    const PROFILE: u8 = 4;
    const PROGRESSIVE: u8 = 8;
    let photo = jpeg(64, 48);
    let progressive = Jpeg { progressive: true, ..BASELINE };
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let tagged = with_segment(&photo, 0xE2, &[b"ICC_PROFILE\0\x01\x01", p3.as_slice()].concat());
    let half = with_segment(&photo, 0xE2, &[b"ICC_PROFILE\0\x01\x02", p3.as_slice()].concat());
    let alpha = file(scene_with_alpha(64, 48), ImageFormat::Png);
    for (name, image, format, flags) in [
        ("jpeg", photo.clone(), 0, 0),
        (
            "progressive",
            jpeg_of(&scene(64, 48), 64, 48, ColorType::Rgb, progressive),
            0,
            PROGRESSIVE,
        ),
        ("profile", tagged, 0, PROFILE),
        ("half a profile", half, 0, 0),
        ("png", png(64, 48), 1, 0),
        ("png alpha", alpha.clone(), 1, ALPHA),
        ("png trns", palette_png(64, 48), 1, ALPHA),
        ("apng", with_chunk(&png(64, 48), b"acTL", &[0, 0, 0, 1, 0, 0, 0, 0]), 1, ANIMATED),
        ("webp lossy", thumbnail(&ask(0, 0, WEBP).v1(&photo)).2, 2, 0),
        ("webp lossy alpha", thumbnail(&ask(0, 0, WEBP).v1(&alpha)).2, 2, ALPHA),
        ("webp lossless", file(scene_with_alpha(64, 48), ImageFormat::WebP), 2, ALPHA),
        ("gif", gif(64, 48, 1), 3, 0),
        ("gif animated", gif(64, 48, 2), 3, ANIMATED),
        ("bmp", file(scene(64, 48), ImageFormat::Bmp), 4, 0),
        ("tiff", file(scene_with_alpha(64, 48), ImageFormat::Tiff), 5, ALPHA),
        ("raw", raw(64, 48), 9, 0),
        ("qoi", qoi_of(&scene(64, 48)), 11, 0),
        ("pnm", ppm_of(&scene(64, 48)), 12, 0),
        ("tga", tga_of(&scene(64, 48)), 13, 0),
        ("psd", psd_of(&scene(64, 48)), 14, 0),
        ("ico", icon(1, &[png(16, 12), png(64, 48)]), 10, 0),
        ("cur", icon(2, std::slice::from_ref(&alpha)), 16, ALPHA),
    ] {
        let reply = answer(101, &probe(&image)).unwrap();
        assert_eq!((u32_at(&reply, 4), u32_at(&reply, 8)), (64, 48), "{name}");
        assert_eq!((u32_at(&reply, 20), reply[2]), (format, flags), "{name}");
    }
    let reply = answer(101, &probe(&png_claiming(65_535, 65_535))).unwrap();
    assert_eq!((u32_at(&reply, 4), u32_at(&reply, 8)), (65_535, 65_535));
}
