//! What a crop keeps, what pads a picture, and the colour space that it keeps.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, imageops};
use moxcms::ColorProfile;
use thumbox_core::protocol::{OutputFormat, SetRequest, TargetFields};

use crate::common::*;

fn gravity(gravity: u8) -> Third {
    Third { gravity, ..Third::default() }
}

fn cover(width: u32, height: u32) -> Ask {
    Ask { fit: 1, ..ask(width, height, PNG) }
}

/// A crop of whole pixels at the picture's own scale is the picture's pixels.
#[test]
fn a_gravity_keeps_the_pixels_that_it_says() {
    let picture = scene(90, 60);
    let source = file(picture.clone(), ImageFormat::Png);
    for (number, left) in
        [(0, 20), (1, 20), (2, 40), (3, 40), (4, 40), (5, 20), (6, 0), (7, 0), (8, 0)]
    {
        let (width, height, made) = thumbnail(&cover(50, 80).v3(gravity(number), &source));
        assert_eq!((width, height), (50, 60));
        let expected = imageops::crop_imm(&picture, left, 0, 50, 60).to_image();
        assert!(pixels(&made).to_rgb8() == expected, "gravity {number}");
    }
    for (number, top) in
        [(0, 15), (1, 0), (2, 0), (3, 15), (4, 30), (5, 30), (6, 30), (7, 15), (8, 0)]
    {
        let made = thumbnail(&cover(100, 30).v3(gravity(number), &source)).2;
        let expected = imageops::crop_imm(&picture, 0, top, 90, 30).to_image();
        assert!(pixels(&made).to_rgb8() == expected, "gravity {number}");
    }
}

/// Gravities are the upright picture's, however it is stored.
#[test]
fn crops_are_of_the_upright_picture() {
    let upright = scene(90, 60);
    for number in 1..=8 {
        let stored = DynamicImage::from(upright.clone());
        let stored = match number {
            2 => stored.fliph(),
            3 => stored.rotate180(),
            4 => stored.flipv(),
            5 => stored.rotate90().fliph(),
            6 => stored.rotate270(),
            7 => stored.rotate270().fliph(),
            8 => stored.rotate90(),
            _ => stored,
        };
        let stored = file(stored, ImageFormat::Png);
        let stored = with_chunk(&stored, b"eXIf", &exif(number)[6..]);
        let straight = file(upright.clone(), ImageFormat::Png);
        for ask in [cover(40, 31), cover(33, 10), cover(50, 80)] {
            let focal = Third { gravity: 9, focal: [20_000, 50_000], ..Third::default() };
            for third in (0..9).map(gravity).chain([focal, gravity(10)]) {
                let (found, expected) =
                    (thumbnail(&ask.v3(third, &stored)), thumbnail(&ask.v3(third, &straight)));
                assert_eq!((found.0, found.1), (expected.0, expected.1));
                let (found, expected) = (pixels(&found.2).to_rgb8(), pixels(&expected.2).to_rgb8());
                let differences = found.iter().zip(expected.iter()).map(|(a, b)| a.abs_diff(*b));
                let sum: u32 = differences.map(u32::from).sum();
                // Columns and rows are resized in another order, and what overshoots is cut off in between.
                let mean = f64::from(sum) / found.len() as f64;
                assert!(mean < 0.7, "orientation {number}, {third:?}: {mean}");
            }
        }
    }
}

/// A picture of quiet noise with something to look at around a point.
fn with_subject(width: u32, height: u32, (x, y): (u32, u32), colour: [u8; 3]) -> RgbImage {
    RgbImage::from_fn(width, height, |at_x, at_y| {
        let noise = (at_x.wrapping_mul(2_654_435_761) ^ at_y.wrapping_mul(40_503)) >> 7 & 7;
        if at_x.abs_diff(x).pow(2) + at_y.abs_diff(y).pow(2) < 20 * 20 {
            let stripe = if (at_x + at_y) / 5 % 2 == 0 { 1 } else { 2 };
            return Rgb(colour.map(|sample| sample / stripe));
        }
        Rgb([100 + noise as u8; 3])
    })
}

#[test]
fn attention_keeps_the_subject_wherever_it_is() {
    for (width, height) in [(600, 200), (200, 600), (601, 203)] {
        for part in 1..8 {
            for colour in [[220, 160, 124], [250, 40, 30], [240, 240, 240]] {
                let (x, y) = (width * part / 8, height * part / 8);
                let source = file(with_subject(width, height, (x, y), colour), ImageFormat::Png);
                let made = thumbnail(&cover(100, 100).v3(gravity(10), &source)).2;
                let made = pixels(&made).to_rgb8();
                let is_subject = |[r, g, b]: [u8; 3]| r > 150 || r.abs_diff(b) > 25 || g > 150;
                let shown = made.pixels().filter(|pixel| is_subject(pixel.0)).count();
                // A circle of 20 pixels at half its size has some 314; a bit less is lost by stripes.
                assert!(shown > 130, "{width} x {height} at {x}, {y} {colour:?}: {shown}");
            }
        }
    }
}

#[test]
fn attention_without_anything_to_look_at_keeps_the_centre() {
    let flat = file(RgbImage::from_pixel(300, 100, Rgb([90, 120, 90])), ImageFormat::Png);
    let striped =
        RgbImage::from_fn(300, 100, |x, _| Rgb([if x / 25 % 2 == 0 { 90 } else { 200 }; 3]));
    for source in [flat, file(striped, ImageFormat::Png)] {
        let [found, expected] =
            [10, 0].map(|number| thumbnail(&cover(50, 50).v3(gravity(number), &source)));
        assert_eq!(found, expected);
    }
    // Nor is anything looked for where nothing is cut away.
    let source = png(60, 60);
    let [found, expected] =
        [10, 0].map(|number| thumbnail(&cover(20, 20).v3(gravity(number), &source)));
    assert_eq!(found, expected);
}

/// Members of one aspect have one window, and a set of one is the thumbnail.
#[test]
fn a_set_has_the_window_of_its_aspect() {
    let image = file(with_subject(640, 200, (520, 120), [220, 160, 124]), ImageFormat::Png);
    let fields = |side| TargetFields {
        width: side,
        height: side,
        format: OutputFormat::Png as u32,
        fit: 1,
        gravity: 10,
        ..TargetFields::DEFAULT
    };
    let length = image.len() as u32;
    let alone = thumbnail(&cover(40, 40).v3(gravity(10), &image)).2;
    let header = SetRequest::header(&[fields(40)], 0, length);
    let reply = answer(102, &[header.as_slice(), &image].concat()).unwrap();
    assert!(reply[28..] == alone);
    let header = SetRequest::header(&[fields(40), fields(80)], 0, length);
    let reply = answer(102, &[header.as_slice(), &image].concat()).unwrap();
    let first = u32_at(&reply, 8 + 16) as usize;
    let (small, large) = reply[48..].split_at(first);
    let small = pixels(small).to_rgb8();
    let large = imageops::resize(&pixels(large).to_rgb8(), 40, 40, imageops::FilterType::Triangle);
    let differing = small.iter().zip(large.iter()).filter(|(a, b)| a.abs_diff(**b) > 40).count();
    assert!(differing < small.len() / 50, "{differing} of {} samples", small.len());
}

#[test]
fn contain_pads_what_inside_makes() {
    let source = png(80, 40);
    let alpha = file(scene_with_alpha(80, 40), ImageFormat::Png);
    for (image, format, background) in [
        (&source, PNG, [0; 4]),
        (&source, PNG, [10, 20, 30, 255]),
        (&source, JPEG, [0; 4]),
        (&source, WEBP, [10, 20, 30, 255]),
        (&alpha, PNG, [0; 4]),
        (&alpha, PNG, [10, 20, 30, 255]),
        (&alpha, JPEG, [200, 20, 30, 255]),
    ] {
        let lossless = if format == WEBP { 2 } else { 0 };
        let ask = Ask { background, quality: 100, flags: lossless, ..ask(31, 30, format) };
        let (width, height, made) = thumbnail(&Ask { fit: 3, ..ask }.v3(Third::default(), image));
        assert_eq!((width, height), (31, 30));
        let made = pixels(&made);
        let inside = pixels(&thumbnail(&ask.v2(0, image)).2).to_rgba8();
        assert_eq!(inside.dimensions(), (31, 16));
        let shown = made.crop_imm(0, 7, 31, 16).to_rgba8();
        let tolerance = if format == JPEG { 60 } else { 0 };
        let worst = shown.iter().zip(inside.iter()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst <= Some(tolerance), "{format} {background:?}: {worst:?}");
        let expected = match (background, format) {
            ([0, 0, 0, 0], JPEG) => [255; 4],
            (background, _) => background,
        };
        for (x, y) in [(0, 0), (30, 5), (15, 29), (0, 24)] {
            let found = made.to_rgba8().get_pixel(x, y).0;
            let near = found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= tolerance / 6);
            assert!(near, "{format} {background:?}: {found:?} at {x}, {y}");
        }
    }
    // It may not be enlarged: padded as it is, with the odd pixel at its end.
    let (width, height, made) =
        thumbnail(&Ask { fit: 3, ..ask(101, 60, PNG) }.v3(Third::default(), &source));
    assert_eq!((width, height), (101, 60));
    let made = pixels(&made);
    assert!(made.crop_imm(10, 10, 80, 40).to_rgb8() == pixels(&source).to_rgb8());
    assert_eq!([9, 90].map(|x| made.to_rgba8().get_pixel(x, 30).0), [[0; 4]; 2]);
    let huge = Ask { fit: 3, ..ask(60_000, 60_000, JPEG) }.v3(Third::default(), &source);
    assert_eq!(answer(100, &huge).unwrap_err().code().number(), 301);
}

fn with_profile(png: &[u8], profile: &[u8]) -> Vec<u8> {
    with_chunk(png, b"iCCP", &[b"profile\0\0", zlib(profile).as_slice()].concat())
}

/// The profile in a thumbnail, as its format holds it.
fn profile_in(file: &[u8]) -> Option<Vec<u8>> {
    use image::ImageDecoder as _;
    let reader = image::ImageReader::new(std::io::Cursor::new(file)).with_guessed_format().unwrap();
    reader.into_decoder().unwrap().icc_profile().unwrap()
}

#[test]
fn a_kept_space_is_carried_and_nothing_else_of_the_file() {
    let keep = Third { colour: 1, ..Third::default() };
    let p3 = ColorProfile::new_display_p3().encode().unwrap();
    let source = with_profile(&png(40, 30), &p3);
    let plain = png(40, 30);
    for (format, flags) in [(JPEG, 0), (PNG, 0), (WEBP, 0), (WEBP, 2)] {
        let ask = Ask { flags, ..ask(20, 20, format) };
        let made = thumbnail(&ask.v3(keep, &source)).2;
        let profile = profile_in(&made).expect("a profile");
        let read = ColorProfile::new_from_slice(&profile).unwrap();
        let near = |a: f64, b: f64| (a - b).abs() < 1e-3;
        let expected = ColorProfile::new_display_p3();
        assert!(near(read.red_colorant.x, expected.red_colorant.x));
        assert!(near(read.blue_colorant.z, expected.blue_colorant.z));
        let text = String::from_utf8_lossy(&profile).replace('\0', "");
        assert!(text.contains("RGB of the picture") && text.contains("Rebuilt by Thumbox"));
        assert!(!text.contains("Display P3"), "the file's own words");
        // The pixels are as they would be without a profile.
        let unprofiled = thumbnail(&ask.v3(Third::default(), &plain)).2;
        assert!(pixels(&made).to_rgb8() == pixels(&unprofiled).to_rgb8(), "format {format}");
        assert_eq!(profile_in(&thumbnail(&ask.v3(Third::default(), &source)).2), None);
        // Without a profile there is none to keep.
        assert!(thumbnail(&ask.v3(keep, &plain)).2 == unprofiled);
    }
}

#[test]
fn grey_is_kept_where_the_format_has_grey() {
    let keep = Third { colour: 1, ..Third::default() };
    let grey_profile = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
    let source = with_profile(&file(grey_with_alpha(40, 30), ImageFormat::Png), &grey_profile);
    let profile = |ask: Ask| profile_in(&thumbnail(&ask.v3(keep, &source)).2);
    for format in [JPEG, PNG] {
        assert!(profile(ask(20, 20, format)).unwrap().windows(4).any(|part| part == b"GRAY"));
    }
    assert_eq!(profile(ask(20, 20, WEBP)), None);
    let red = Ask { background: [200, 0, 0, 255], ..ask(20, 20, JPEG) };
    assert_eq!(profile(red), None, "grey over red is RGB");
}

/// The background is a colour of sRGB, and is converted into the space that the thumbnail keeps.
#[test]
fn the_background_is_the_same_colour_in_a_kept_space() {
    let keep = Third { colour: 1, ..Third::default() };
    for profile in [ColorProfile::new_display_p3(), ColorProfile::new_adobe_rgb()] {
        let source = with_profile(&png(40, 20), &profile.encode().unwrap());
        for background in
            [[200, 60, 40, 255], [255, 255, 255, 255], [0, 0, 0, 255], [90, 90, 90, 255]]
        {
            let contain = Ask { fit: 3, background, ..ask(40, 40, PNG) };
            let made = thumbnail(&contain.v3(keep, &source)).2;
            let own = pixels(&made).to_rgb8().get_pixel(1, 1).0;
            // Through the profile that the thumbnail carries.
            let flat = file(RgbImage::from_pixel(4, 4, Rgb(own)), ImageFormat::Png);
            let flat = with_profile(&flat, &profile_in(&made).unwrap());
            let seen = pixels(&thumbnail(&ask(4, 4, PNG).v1(&flat)).2).to_rgb8().get_pixel(1, 1).0;
            let far = seen.iter().zip(background).any(|(a, b)| a.abs_diff(b) > 1);
            assert!(!far, "{background:?} became {own:?}, which is {seen:?}");
        }
    }
}

/// CMYK becomes sRGB, whatever is asked, and so does what has no ICC profile of its own.
#[test]
fn what_has_no_space_of_its_own_becomes_srgb() {
    let keep = Third { colour: 1, ..Third::default() };
    // gAMA and cHRM describe a space; they are no profile.
    let gamma = with_chunk(&png(40, 30), b"gAMA", &100_000_u32.to_be_bytes());
    for source in [gamma, gif(20, 20, 1)] {
        let kept = thumbnail(&ask(20, 20, PNG).v3(keep, &source));
        assert_eq!(kept, thumbnail(&ask(20, 20, PNG).v3(Third::default(), &source)));
    }
}
