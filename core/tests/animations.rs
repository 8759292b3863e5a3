//! Animations: frames on their canvas, animated WebPs, pages, and what a probe says of them.

use image::codecs::gif::{GifEncoder, Repeat};
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder as _, Delay, Frame, Rgba, RgbaImage};
use thumbox_core::{Budget, Error, Limits, call};

use crate::common::*;

const ALL: Third = Third {
    frames: 1,
    gravity: 0,
    effort: 0,
    colour: 0,
    page: 0,
    focal: [0; 2],
    subsampling: 0,
    flags2: 0,
};

const RED: [u8; 4] = [220, 30, 30, 255];
const BLUE: [u8; 4] = [30, 30, 220, 255];
const GREEN: [u8; 4] = [30, 200, 30, 255];
const NOTHING: [u8; 4] = [0; 4];

/// A GIF of frames that each hide the one before, with these durations in milliseconds.
fn gif_of(frames: &[(RgbaImage, u32)], repeat: Repeat) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new(&mut file);
    encoder.set_repeat(repeat).unwrap();
    for (picture, duration) in frames {
        let delay = Delay::from_numer_denom_ms(*duration, 1);
        encoder.encode_frame(Frame::from_parts(picture.clone(), 0, 0, delay)).unwrap();
    }
    drop(encoder);
    file
}

fn flat(colour: [u8; 4]) -> RgbaImage {
    RgbaImage::from_pixel(40, 30, Rgba(colour))
}

/// The frames of a WebP as another decoder composes them, with their durations.
fn frames_of(webp: &[u8]) -> Vec<(RgbaImage, u32)> {
    let decoder = WebPDecoder::new(std::io::Cursor::new(webp)).unwrap();
    let frames = decoder.into_frames().collect_frames().unwrap();
    let duration = |frame: &Frame| frame.delay().numer_denom_ms().0;
    frames
        .into_iter()
        .map(|frame| {
            let ms = duration(&frame);
            (frame.into_buffer(), ms)
        })
        .collect()
}

fn near(found: &RgbaImage, (x, y): (u32, u32), expected: [u8; 4]) {
    let found = found.get_pixel(x, y).0;
    let is_near = found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) < 12);
    assert!(
        is_near || found[3] == 0 && expected[3] == 0,
        "{found:?} instead of {expected:?} at {x}, {y}"
    );
}

#[test]
fn frames_durations_and_repetitions_are_kept() {
    let pictures = [(flat(RED), 70), (flat(BLUE), 130), (flat(BLUE), 40), (flat(GREEN), 2000)];
    for (repeat, plays) in [(Repeat::Infinite, 0), (Repeat::Finite(4), 5)] {
        let source = gif_of(&pictures, repeat);
        for flags in [0, 2] {
            let (width, height, made) =
                thumbnail(&Ask { flags, ..ask(20, 20, WEBP) }.v3(ALL, &source));
            assert_eq!((width, height), (20, 15));
            let found = frames_of(&made);
            let durations: Vec<u32> = found.iter().map(|(_, duration)| *duration).collect();
            assert_eq!(durations, [70, 130, 40, 2000]);
            for ((picture, _), colour) in found.iter().zip([RED, BLUE, BLUE, GREEN]) {
                [(0, 0), (19, 14), (7, 8)].into_iter().for_each(|at| near(picture, at, colour));
            }
            let anim = made.windows(4).position(|kind| kind == b"ANIM").unwrap();
            assert_eq!(u16::from_le_bytes([made[anim + 12], made[anim + 13]]), plays);
        }
    }
}

#[test]
fn a_still_stays_a_still() {
    for source in [png(60, 40), gif(60, 40, 1)] {
        let ask = ask(20, 20, WEBP);
        assert_eq!(thumbnail(&ask.v3(ALL, &source)), thumbnail(&ask.v3(Third::default(), &source)));
    }
}

/// A frame's picture, place, duration as a fraction, and ways to blend and to go.
type Shown = (RgbaImage, (u32, u32), (u16, u16), png::BlendOp, png::DisposeOp);

fn apng(frames: &[Shown]) -> Vec<u8> {
    let mut file = Vec::new();
    let (width, height) = frames[0].0.dimensions();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_animated(frames.len() as u32, 3).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for (picture, (x, y), (numerator, denominator), blend, dispose) in frames {
        writer.set_frame_position(0, 0).unwrap();
        writer.set_frame_dimension(picture.width(), picture.height()).unwrap();
        writer.set_frame_position(*x, *y).unwrap();
        writer.set_frame_delay(*numerator, *denominator).unwrap();
        writer.set_blend_op(*blend).unwrap();
        writer.set_dispose_op(*dispose).unwrap();
        writer.write_image_data(picture).unwrap();
    }
    writer.finish().unwrap();
    file
}

fn part(colour: [u8; 4]) -> RgbaImage {
    RgbaImage::from_pixel(20, 10, Rgba(colour))
}

fn animated_png() -> Vec<u8> {
    use png::BlendOp::{Over, Source};
    use png::DisposeOp::{Background, None, Previous};
    apng(&[
        (flat(RED), (0, 0), (1, 10), Source, None),
        (part(BLUE), (10, 10), (1, 0), Source, Previous),
        (part(NOTHING), (20, 20), (3, 1000), Over, None),
        (part(NOTHING), (20, 20), (65_535, 1), Source, Background),
        (part(GREEN), (0, 0), (0, 7), Over, Background),
        (part(BLUE), (20, 0), (1, 1), Over, None),
    ])
}

#[test]
fn png_frames_are_composed_by_their_own_rules() {
    let lossless = Ask { flags: 2, ..ask(40, 30, WEBP) };
    let made = thumbnail(&lossless.v3(ALL, &animated_png())).2;
    let found = frames_of(&made);
    // The longest that a WebP can say is 0xFFFFFF.
    let durations: Vec<u32> = found.iter().map(|(_, duration)| *duration).collect();
    assert_eq!(durations, [100, 10, 3, 0x00FF_FFFF, 0, 1000]);
    let places = [(2, 2), (15, 15), (25, 25), (25, 5)];
    for ((picture, _), colours) in found.iter().zip([
        [RED, RED, RED, RED],
        [RED, BLUE, RED, RED],
        [RED, RED, RED, RED],
        [RED, RED, NOTHING, RED],
        [GREEN, RED, NOTHING, RED],
        [NOTHING, RED, NOTHING, BLUE],
    ]) {
        places.into_iter().zip(colours).for_each(|(at, colour)| near(picture, at, colour));
    }
    let anim = made.windows(4).position(|kind| kind == b"ANIM").unwrap();
    assert_eq!(u16::from_le_bytes([made[anim + 12], made[anim + 13]]), 3);
}

/// What is written is read again: frame by frame the same, twice through.
#[test]
fn an_animated_webp_is_a_source_too() {
    for flags in [0, 2] {
        let ask = Ask { flags, quality: 90, ..ask(40, 30, WEBP) };
        let first = thumbnail(&ask.v3(ALL, &animated_png())).2;
        let second = thumbnail(&ask.v3(ALL, &first)).2;
        let [first, second] = [&first, &second].map(|file| frames_of(file));
        assert_eq!(first.len(), second.len());
        for ((one, duration), (other, again)) in first.iter().zip(&second) {
            assert_eq!(duration, again);
            let differences = one.pixels().zip(other.pixels()).map(|(a, b)| {
                let visible = u32::from(a[3].max(b[3]) > 0);
                (0..4).map(|at| u32::from(a[at].abs_diff(b[at]))).sum::<u32>() * visible
            });
            let mean = f64::from(differences.sum::<u32>()) / f64::from(40 * 30 * 4);
            assert!(mean < if flags == 2 { 0.001 } else { 3.0 }, "{mean}");
        }
    }
}

#[test]
fn a_page_is_the_frame_with_its_number() {
    let source = animated_png();
    let lossless = Ask { flags: 2, ..ask(40, 30, WEBP) };
    let frames = frames_of(&thumbnail(&lossless.v3(ALL, &source)).2);
    for (page, (expected, _)) in (0..).zip(&frames) {
        let made = thumbnail(&ask(40, 30, PNG).v3(Third { page, ..Third::default() }, &source)).2;
        let made = pixels(&made).to_rgba8();
        for at in [(2, 2), (15, 15), (25, 25), (25, 5)] {
            near(&made, at, expected.get_pixel(at.0, at.1).0);
        }
    }
    let beyond = ask(9, 9, PNG).v3(Third { page: 6, ..Third::default() }, &source);
    let error = answer(100, &beyond).unwrap_err();
    assert_eq!(error.code().number(), 101);
    assert!(error.to_string().contains("page is 6; the file has 6 (0-5)"), "{error}");
    let still = ask(9, 9, PNG).v3(Third { page: 1, ..Third::default() }, &png(9, 9));
    let error = answer(100, &still).unwrap_err();
    assert!(error.to_string().contains("page is 1; the file has 1 (0)"), "{error}");
}

/// A TIFF of three pages, each of another size and grey.
fn pages() -> Vec<u8> {
    let mut file = tiff_data(&[10; 12]);
    let mut places = Vec::new();
    for (side, grey) in [(2_u32, 10_u8), (3, 100), (4, 200)] {
        let data = file.len() as u32;
        file.extend(vec![grey; (side * side) as usize]);
        places.push(add_directory(
            &mut file,
            &[
                (256, vec![side]),
                (257, vec![side]),
                (258, vec![8]),
                (259, vec![1]),
                (262, vec![1]),
                (273, vec![data]),
                (277, vec![1]),
                (278, vec![side]),
                (279, vec![side * side]),
            ],
        ));
    }
    file[4..8].copy_from_slice(&places[0].to_le_bytes());
    for pair in places.windows(2) {
        let next = pair[0] as usize + 2 + 9 * 12;
        file[next..next + 4].copy_from_slice(&pair[1].to_le_bytes());
    }
    file
}

#[test]
fn a_tiff_has_pages() {
    let file = pages();
    for (page, side, grey) in [(0, 2, 10), (1, 3, 100), (2, 4, 200)] {
        let (width, height, made) =
            thumbnail(&ask(9, 9, PNG).v3(Third { page, ..Third::default() }, &file));
        assert_eq!((width, height), (side, side));
        assert_eq!(pixels(&made).to_luma8().get_pixel(1, 1).0, [grey]);
    }
    let error = answer(100, &ask(9, 9, PNG).v3(Third { page: 3, ..Third::default() }, &file));
    assert!(error.unwrap_err().to_string().contains("page is 3; the file has 3 (0-2)"));
    // All frames of what is no animation are its first page.
    let (width, ..) = thumbnail(&ask(9, 9, WEBP).v3(ALL, &file));
    assert_eq!(width, 2);
    // A list that comes back to its start has an end.
    let mut endless = file.clone();
    let last = endless.len() - 4;
    let first = endless[4..8].to_vec();
    endless[last..].copy_from_slice(&first);
    assert_eq!(u32_at(&answer(101, &probe_2(&endless)).unwrap(), 28), 3);
}

#[test]
fn a_probe_counts_frames_and_milliseconds() {
    let animation = gif_of(&[(flat(RED), 70), (flat(BLUE), 130)], Repeat::Infinite);
    let webp = thumbnail(&ask(20, 20, WEBP).v3(ALL, &animation)).2;
    for (file, frames, duration) in [
        (animation, 2, 200),
        (webp, 2, 200),
        (animated_png(), 6, 100 + 10 + 3 + 65_535_000 + 1000),
        (gif(9, 9, 1), 1, 0),
        (png(9, 9), 1, 0),
        (jpeg(9, 9), 1, 0),
        (pages(), 3, 0),
    ] {
        let reply = answer(101, &probe_2(&file)).unwrap();
        assert_eq!((reply.len(), reply[0]), (36, 2));
        assert_eq!((u32_at(&reply, 28), u32_at(&reply, 32)), (frames, duration));
        // But for these, it is the first version's.
        let first = answer(101, &probe(&file)).unwrap();
        assert_eq!(reply[1..28], first[1..]);
    }
}

fn made(limits: Limits, request: &[u8]) -> Result<Vec<u8>, Error> {
    call(100, &[request], &Budget::new(limits))
}

#[test]
fn frames_have_a_limit_of_their_own() {
    let source = gif_of(&vec![(flat(RED), 10); 11], Repeat::Infinite);
    let request = ask(20, 20, WEBP).v3(ALL, &source);
    let pixels = 40 * 30 * 11;
    assert!(made(Limits { max_pixels: pixels, ..Limits::DEFAULT }, &request).is_ok());
    let error = made(Limits { max_pixels: pixels - 1, ..Limits::DEFAULT }, &request).unwrap_err();
    assert_eq!(error.code().number(), 304);
    let text = error.to_string();
    assert!(text.contains("11 frames of 40 x 30 pixels") && text.contains("13199"), "{text}");
    // The last frame needs them all, the fifth does not.
    let page = |page| ask(20, 20, PNG).v3(Third { page, ..Third::default() }, &source);
    let limits = Limits { max_pixels: pixels - 1, ..Limits::DEFAULT };
    assert_eq!(made(limits, &page(10)).unwrap_err().code().number(), 304);
    assert!(made(limits, &page(4)).is_ok());
    // 10,001 frames of a pixel each.
    let many = vec![(RgbaImage::from_pixel(1, 1, Rgba(RED)), 10); 10_001];
    let many = gif_of(&many, Repeat::Infinite);
    let error = answer(100, &ask(20, 20, WEBP).v3(ALL, &many)).unwrap_err();
    assert_eq!(error.code().number(), 304, "{error}");
    assert!(answer(100, &ask(20, 20, WEBP).v3(Third::default(), &many)).is_ok());
    // What is enlarged or padded may have more than was decoded.
    let source = gif_of(&vec![(RgbaImage::from_pixel(4, 4, Rgba(RED)), 10); 11], Repeat::Infinite);
    for (flags, fit) in [(1, 0), (0, 3)] {
        let request = Ask { flags, fit, ..ask(40, 40, WEBP) }.v3(ALL, &source);
        let pixels = 40 * 40 * 11;
        assert!(made(Limits { max_pixels: pixels, ..Limits::DEFAULT }, &request).is_ok());
        let limits = Limits { max_pixels: pixels - 1, ..Limits::DEFAULT };
        let error = made(limits, &request).unwrap_err();
        assert_eq!(error.code().number(), 304);
        let text = error.to_string();
        assert!(text.contains("11 frames of 40 x 40 pixels would be written"), "{text}");
    }
}

/// What came is shown, and nothing is made up.
#[test]
fn a_cut_animation_has_the_frames_that_came() {
    let source = animated_png();
    let whole = frames_of(&thumbnail(&ask(40, 30, WEBP).v3(ALL, &source)).2).len();
    for length in (200..source.len()).step_by(37) {
        let cut = &source[..length];
        match answer(100, &ask(40, 30, WEBP).v3(ALL, cut)) {
            Ok(_) => {}
            Err(error) => assert!(matches!(error.code().number(), 201 | 202), "{error}"),
        }
        let strict = Ask { flags: 4, ..ask(40, 30, WEBP) };
        let _ = answer(100, &strict.v3(ALL, cut));
    }
    assert_eq!(whole, 6);
}

#[test]
fn a_set_has_an_animation_for_each_member() {
    use thumbox_core::protocol::{OutputFormat, SetRequest, TargetFields};
    let source = animated_png();
    let fields = |side| TargetFields {
        width: side,
        height: side,
        format: OutputFormat::WebP as u32,
        frames: 1,
        ..TargetFields::DEFAULT
    };
    let header = SetRequest::header(&[fields(40), fields(20)], 0, source.len() as u32);
    let reply = answer(102, &[header.as_slice(), &source].concat()).unwrap();
    let first = u32_at(&reply, 8 + 16) as usize;
    let (large, small) = reply[48..].split_at(first);
    assert_eq!([large, small].map(|file| frames_of(file).len()), [6, 6]);
    let alone = thumbnail(&Ask { quality: 85, ..ask(40, 40, WEBP) }.v3(ALL, &source)).2;
    assert!(alone == large);
}

/// A placeholder is of the first frame that shows anything.
#[test]
fn a_placeholder_is_of_the_first_frame_that_is_seen() {
    use png::BlendOp::Source;
    use png::DisposeOp::None;
    let of = |colours: &[[u8; 4]]| {
        let frames: Vec<Shown> =
            colours.iter().map(|colour| (flat(*colour), (0, 0), (1, 10), Source, None)).collect();
        answer(103, &placeholder(0, &apng(&frames))).unwrap()
    };
    let (seen, nothing) = (of(&[NOTHING, NOTHING, RED, BLUE]), of(&[NOTHING; 3]));
    // Flags say transparency; the average is that of what is opaque.
    assert_eq!((seen[1], &seen[13..16]), (0, &RED[..3]));
    assert_eq!((nothing[1], &nothing[13..16]), (1, &[0; 3][..]));
}

/// Images that claim to be far larger than the canvas cost no more than what is shown of them.
#[test]
fn a_gif_s_images_are_cut_to_the_canvas() {
    let image = |width: u16, height: u16| {
        let mut block = vec![b',', 0, 0, 0, 0];
        block.extend(width.to_le_bytes());
        block.extend(height.to_le_bytes());
        // Two colours, and the codes of two pixels.
        block.extend([0x80, 255, 0, 0, 0, 0, 255, 2, 2, 0x4C, 0x01, 0]);
        block
    };
    let mut file = b"GIF89a\x0A\0\x0A\0\0\0\0".to_vec();
    file.extend(image(10, 10));
    for _ in 0..200 {
        file.extend(image(65_535, 65_535));
    }
    file.push(b';');
    let limits = Limits { max_memory: 2 << 20, ..Limits::DEFAULT };
    let reply = made(limits, &ask(10, 10, WEBP).v3(ALL, &file)).unwrap();
    assert_eq!(frames_of(&reply[20..]).len(), 201);
}

#[test]
fn what_stays_is_not_written_again() {
    let noise = |x: u32, y: u32| ((x * 7919 + y * 104_729) ^ (x * y)) as u8;
    let frame = |at: u32| {
        let ball = |x: u32, y: u32| (x / 16, y / 16) == (at, 3);
        RgbaImage::from_fn(160, 120, |x, y| {
            Rgba(if ball(x, y) { RED } else { [noise(x, y), noise(y, x), 128, 255] })
        })
    };
    let frames: Vec<Shown> = (0..10)
        .map(|at| (frame(at), (0, 0), (1, 10), png::BlendOp::Source, png::DisposeOp::None))
        .collect();
    let source = apng(&frames);
    for flags in [0, 2] {
        let ask = Ask { flags, ..ask(160, 120, WEBP) };
        let (still, all) =
            (thumbnail(&ask.v3(Third::default(), &source)).2, thumbnail(&ask.v3(ALL, &source)).2);
        assert!(all.len() < still.len() * 3 / 2, "{} beside {} bytes", all.len(), still.len());
        for (at, (picture, _)) in (0..).zip(frames_of(&all)) {
            near(&picture, (at * 16 + 8, 56), RED);
        }
    }
}

/// How the frames of an animated WebP are coded: for each, the kinds of its chunks.
fn kinds(webp: &[u8]) -> Vec<Vec<[u8; 4]>> {
    let chunks = |bytes: &[u8]| {
        let mut found = Vec::<([u8; 4], Vec<u8>)>::new();
        let mut at = 0;
        while at < bytes.len() {
            let size = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap()) as usize;
            let body = bytes[at + 8..at + 8 + size].to_vec();
            found.push((bytes[at..at + 4].try_into().unwrap(), body));
            at += 8 + size.next_multiple_of(2);
        }
        found
    };
    let frames = chunks(&webp[12..]).into_iter().filter(|(kind, _)| kind == b"ANMF");
    frames
        .map(|(_, body)| chunks(&body[16..]).into_iter().map(|(kind, _)| kind).collect())
        .collect()
}

#[test]
fn a_small_frame_is_coded_in_the_shortest_way() {
    // Two short lines that grow: between them, nothing changes.
    let drawn = |x: u32, y: u32, at: u32| (y == 20 || y == 70) && x < at * 4;
    let of = |effort: u8, shade: fn(u32, u32) -> u8| {
        let pictures: Vec<_> = (1..6)
            .map(|at| {
                let pixel =
                    |x, y| if drawn(x, y, at) { BLUE } else { [shade(x, y), 240, 240, 255] };
                (RgbaImage::from_fn(160, 90, |x, y| Rgba(pixel(x, y))), 50)
            })
            .collect();
        // In a request, effort 0 is 1.
        let third = Third { effort: effort + 1, ..ALL };
        let gif = gif_of(&pictures, Repeat::Infinite);
        let made = thumbnail(&ask(160, 90, WEBP).v3(third, &gif)).2;
        for ((picture, _), (source, _)) in frames_of(&made).iter().zip(&pictures) {
            let off = picture.iter().zip(source.iter()).map(|(a, b)| u32::from(a.abs_diff(*b)));
            let mean = f64::from(off.sum::<u32>()) / picture.len() as f64;
            assert!(mean < 2.0, "{mean} from the source in the mean");
        }
        kinds(&made).split_off(1)
    };
    // Of two colours: without loss, and as it is, although the picture is a lossy one.
    assert!(of(4, |_, _| 240).iter().all(|kinds| *kinds == [*b"VP8L"]));
    // Of many: with loss, and with what stays, which costs less than to leave it out.
    let kinds = of(4, |x, y| (x * 2 / 3 + y / 2) as u8 | 1);
    assert!(kinds.iter().any(|kinds| *kinds == [*b"VP8 "]), "{kinds:?}");
    // The fastest way, which tries no other.
    assert!(of(0, |_, _| 240).iter().all(|kinds| *kinds == [*b"ALPH", *b"VP8 "]));
}
