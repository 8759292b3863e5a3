//! Holds what a call really allocates under what its budget was charged, with a counting allocator: for every
//! decoder and encoder, for pictures large enough that no constant hides a factor, and for broken files.

mod charges;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::ImageFormat;
use jpeg_encoder::{ColorType, SamplingFactor};
use thumbox_core::{Budget, Limits, call};

use crate::cameras::raw;
use crate::common::*;
use crate::golden_set;

/// What a call may hold that no request or image chooses: errors, parsers' states, fixed tables.
const CONSTANT: u64 = 96 << 10;

/// Makes a call; gives the most bytes that it held at once, and the most that were charged.
fn measure(message_id: u32, request: &[u8], limits: Limits) -> (u64, u64, Option<u32>) {
    let budget = Budget::new(limits);
    let mut result = Ok(Vec::new());
    let held = allocation_counter::measure(|| result = call(message_id, &[request], &budget));
    let real = held.bytes_max;
    assert_eq!(budget.left(), limits.max_memory, "a charge was not given back");
    (real, budget.peak(), result.err().map(|error| error.code().number()))
}

fn held_under(name: &str, message_id: u32, request: &[u8], limits: Limits) {
    let (real, charged, _) = measure(message_id, request, limits);
    assert!(real <= charged + CONSTANT, "{name}: {real} bytes held, {charged} charged");
}

/// Large TIFFs of every compression, in one strip and in many: samples of 0, since it is what is claimed that counts.
fn compressed_tiffs() -> Vec<(String, Vec<u8>)> {
    let (width, height) = (1203_u32, 901_u32);
    let pack = |bytes: usize| {
        let mut data = [0x81, 0].repeat(bytes / 128);
        data.extend([257_usize.wrapping_sub(bytes % 128) as u8, 0]);
        data
    };
    // Codes of 9 bits, with a clear before they would have to grow.
    let lzw = |bytes: usize| {
        let mut bits = BitsFromTheTop::default();
        for at in 0..bytes {
            if at % 200 == 0 {
                bits.put(256, 9);
            }
            bits.put(0, 9);
        }
        bits.put(257, 9);
        bits.bytes
    };
    // T.6: each row is as the last one, which is white.
    let fax = |rows: usize| [vec![0xFF; rows.div_ceil(8)], vec![0, 0x10, 0x01]].concat();
    let mut files = Vec::new();
    for rows in [16, height] {
        let strips =
            (0..height).step_by(rows as usize).map(|first| rows.min(height - first) as usize);
        let strips: Vec<usize> = strips.collect();
        for (name, compression, bits) in
            [("none", 1, 8), ("g4", 4, 1), ("lzw", 5, 8), ("deflate", 8, 8), ("packbits", 32773, 8)]
        {
            let (mut data, mut places) = (Vec::new(), Vec::new());
            for rows in &strips {
                let bytes = rows * width as usize;
                let strip = match compression {
                    1 => vec![0; bytes],
                    4 => fax(*rows),
                    5 => lzw(bytes),
                    8 => zlib(&vec![0; bytes]),
                    _ => pack(bytes),
                };
                places.push((8 + data.len() as u32, strip.len() as u32));
                data.extend(strip);
            }
            let picture = GreyTiff { width, height, rows, bits, compression };
            files.push((format!("tiff {name}, {rows} rows"), grey_tiff(&picture, &places, &data)));
        }
    }
    files
}

/// Bits, the highest of each byte first.
#[derive(Default)]
struct BitsFromTheTop {
    bytes: Vec<u8>,
    count: usize,
}

impl BitsFromTheTop {
    fn put(&mut self, value: u32, width: u32) {
        for bit in (0..width).rev() {
            if self.count.is_multiple_of(8) {
                self.bytes.push(0);
            }
            *self.bytes.last_mut().unwrap() |= ((value >> bit & 1) as u8) << (7 - self.count % 8);
            self.count += 1;
        }
    }
}

#[test]
fn every_compression_of_tiff_stays_under_its_charge() {
    for (name, image) in compressed_tiffs() {
        let request = ask(64, 64, PNG).v1(&image);
        let (real, charged, code) = measure(100, &request, Limits::DEFAULT);
        assert_eq!(code, None, "{name}");
        let shown = pixels(&thumbnail(&request).2).to_luma8();
        assert!(shown.pixels().all(|pixel| pixel.0 == [0]), "{name}");
        assert!(real <= charged + CONSTANT, "{name}: {real} bytes held, {charged} charged");
    }
}

/// Large pictures of every kind that a decoder tells apart.
fn large() -> Vec<(&'static str, Vec<u8>)> {
    let (width, height) = (1203, 901);
    let rgb = scene(width, height);
    let of = |pixels: &[u8], color, how| jpeg_of(pixels, width, height, color, how);
    let inks: Vec<u8> =
        rgb.pixels().flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2], 9]).collect();
    let mut files = vec![
        ("jpeg grey", of(&grey(width, height), ColorType::Luma, BASELINE)),
        (
            "jpeg cmyk",
            of(&inks, ColorType::Cmyk, Jpeg { sampling: SamplingFactor::F_1_1, ..BASELINE }),
        ),
        ("jpeg ycck", of(&inks, ColorType::CmykAsYcck, BASELINE)),
        ("png rgb", file(rgb.clone(), ImageFormat::Png)),
        ("png rgba", file(scene_with_alpha(width, height), ImageFormat::Png)),
        ("png grey", file(grey(width, height), ImageFormat::Png)),
        ("png palette", palette_png(width, height)),
        ("png 16", file(image::DynamicImage::from(rgb.clone()).into_rgba16(), ImageFormat::Png)),
        ("webp lossless", file(rgb.clone(), ImageFormat::WebP)),
        ("webp lossless alpha", file(scene_with_alpha(width, height), ImageFormat::WebP)),
        ("gif", gif(width, height, 2)),
        ("bmp", file(rgb.clone(), ImageFormat::Bmp)),
        ("qoi", qoi_of(&rgb)),
        ("pnm", ppm_of(&rgb)),
        (
            "pnm text",
            plain_pnm("P3 1203 901 255\n", &rgb.iter().map(|s| (*s).into()).collect::<Vec<u16>>()),
        ),
        ("pnm bits", pnm("P4 1203 901\n", 1, &vec![0x5A; 151 * 901])),
        (
            "pnm 16",
            pnm(
                "P6 1203 901 60000\n",
                60_000,
                &rgb.iter().map(|s| (*s).into()).collect::<Vec<u16>>(),
            ),
        ),
        ("tga", tga_of(&rgb)),
        (
            "tga colours",
            Tga {
                map: Some((0, 32, vec![9; 1024])),
                ..Tga::new(9, 8, 1203, 901, vec![5; 1203 * 901])
            }
            .file(),
        ),
        ("psd", psd_of(&rgb)),
        ("psd bits", Psd::new(0, 1, width, height, vec![vec![0x5A; 151 * 901]]).file()),
        (
            "psd colours",
            Psd {
                palette: vec![7; 768],
                ..Psd::new(2, 8, width, height, vec![vec![0x5A; 1203 * 901]])
            }
            .file(),
        ),
        (
            "psd lab 16",
            Psd {
                layers: Some(-1),
                ..Psd::new(9, 16, width, height, vec![vec![0x5A; 2 * 1203 * 901]; 4])
            }
            .file(),
        ),
        ("ico png", icon(1, &[file(scene_with_alpha(width, height), ImageFormat::Png)])),
        ("ico bitmap", {
            let pixels = vec![0x5A; Bitmap::stride(width, 24) * height as usize];
            let mask = vec![0x5A; Bitmap::stride(width, 1) * height as usize];
            icon(1, &[Bitmap { width, height, bits: 24, palette: vec![], pixels, mask }.file()])
        }),
        ("bmp alpha", file(scene_with_alpha(width, height), ImageFormat::Bmp)),
        ("raw", raw(width, height)),
        ("tiff", file(rgb.clone(), ImageFormat::Tiff)),
        ("tiff grey", file(grey(width, height), ImageFormat::Tiff)),
        ("tiff 16", file(image::DynamicImage::from(rgb.clone()).into_rgba16(), ImageFormat::Tiff)),
        (
            "tiff float",
            file(image::DynamicImage::from(rgb.clone()).into_rgba32f(), ImageFormat::Tiff),
        ),
    ];
    for (name, sampling) in [
        ("jpeg 444", SamplingFactor::F_1_1),
        ("jpeg 422", SamplingFactor::F_2_1),
        ("jpeg 440", SamplingFactor::F_1_2),
        ("jpeg 420", SamplingFactor::F_2_2),
        ("jpeg 411", SamplingFactor::F_4_1),
        ("jpeg 4x2", SamplingFactor::F_4_2),
        ("jpeg 1x4", SamplingFactor::F_1_4),
        ("jpeg 2x4", SamplingFactor::F_2_4),
    ] {
        for progressive in [false, true] {
            files
                .push((name, of(&rgb, ColorType::Rgb, Jpeg { sampling, progressive, restart: 0 })));
        }
    }
    let all = u32::MAX;
    for (name, source) in [
        ("webp lossy", file(rgb, ImageFormat::Png)),
        ("webp lossy alpha", file(scene_with_alpha(width, height), ImageFormat::Png)),
    ] {
        files.push((name, thumbnail(&ask(all, all, WEBP).v1(&source)).2));
    }
    files
}

#[test]
fn every_decoder_stays_under_its_charge() {
    for (name, image) in large() {
        for (width, height) in [(64, 64), (0, 700)] {
            held_under(name, 100, &ask(width, height, JPEG).v1(&image), Limits::DEFAULT);
        }
        held_under(name, 101, &probe(&image), Limits::DEFAULT);
        held_under(name, 103, &placeholder(0, &image), Limits::DEFAULT);
    }
    // What is measured is what is there: a lossless WebP is decoded whole.
    let webp = file(scene(1203, 901), ImageFormat::WebP);
    let (real, charged, _) = measure(100, &ask(64, 64, JPEG).v1(&webp), Limits::DEFAULT);
    assert!(real > 1203 * 901 * 3 && charged < 4 * real, "{real} bytes held, {charged} charged");
}

/// A PNG of that size in one colour, written a row at a time.
fn plain_png(width: u32, height: u32, color: png::ColorType, depth: png::BitDepth) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    encoder.set_compression(png::Compression::Fastest);
    encoder.set_filter(png::Filter::Up);
    let mut writer = encoder.write_header().unwrap();
    let row = vec![77; color.samples() * width as usize * depth as usize / 8];
    let mut rows = writer.stream_writer().unwrap();
    (0..height).for_each(|_| rows.write_all(&row).unwrap());
    rows.finish().unwrap();
    writer.finish().unwrap();
    file
}

#[test]
fn a_hundred_megapixels_take_a_few_megabytes() {
    use png::{BitDepth, ColorType};
    let side = 10_000;
    let files = [
        ("png rgb", plain_png(side, side, ColorType::Rgb, BitDepth::Eight)),
        ("png rgba 16", plain_png(side, side, ColorType::Rgba, BitDepth::Sixteen)),
        ("png grey 1", plain_png(side, side, ColorType::Grayscale, BitDepth::One)),
        ("webp lossy", blank_webp(side as u16)),
        ("gif", gif_of_one_code(side as u16)),
        ("bmp", bmp_of_runs(side)),
        ("tiff", packed_tiff(side)),
    ];
    for (name, image) in files {
        for (box_, most) in [(256, 16 << 20), (512, 48 << 20)] {
            let request = ask(box_, box_, JPEG).v1(&image);
            let (real, charged, code) = measure(100, &request, Limits::DEFAULT);
            assert_eq!(code, None, "{name}");
            assert!(charged < most && real <= charged + CONSTANT, "{name}: {real}, {charged}");
        }
    }
}

/// A lossy WebP of a square whose macroblocks are all alike and take no bits: zeros for everything.
fn blank_webp(side: u16) -> Vec<u8> {
    let (first, second) = (vec![0; 300_000], vec![0; 400_000]);
    let tag = (first.len() as u32) << 5 | 0x10;
    let mut frame = tag.to_le_bytes()[..3].to_vec();
    frame.extend([0x9D, 0x01, 0x2A]);
    frame.extend([side, side].map(u16::to_le_bytes).concat());
    frame.extend(first);
    frame.extend(second);
    let mut file = b"RIFF".to_vec();
    file.extend((frame.len() as u32 + 12).to_le_bytes());
    file.extend(b"WEBPVP8 ");
    file.extend((frame.len() as u32).to_le_bytes());
    file.extend(frame);
    file
}

/// A GIF of a square whose data is one code of pixels and the end.
fn gif_of_one_code(side: u16) -> Vec<u8> {
    let mut file = b"GIF89a".to_vec();
    for value in [side, side] {
        file.extend(value.to_le_bytes());
    }
    file.extend([0x80, 0, 0, 1, 2, 3, 4, 5, 6, b',', 0, 0, 0, 0]);
    for value in [side, side] {
        file.extend(value.to_le_bytes());
    }
    file.extend([0, 2, 2, 0x4C, 1, 0, b';']);
    file
}

/// A BMP of a square whose runs end at once.
fn bmp_of_runs(side: u32) -> Vec<u8> {
    let mut file = b"BM".to_vec();
    for value in [62 + 2, 0, 62, 40, side, side, 8 << 16 | 1, 1, 2, 0, 0, 2, 0, 0, 0x0102_0304] {
        file.extend(value.to_le_bytes());
    }
    file.extend([0, 1]);
    file
}

/// A grey TIFF of a square in one strip, packed.
fn packed_tiff(side: u32) -> Vec<u8> {
    let data = [0x81, 0].repeat((side * side).div_ceil(128) as usize);
    let picture = GreyTiff { width: side, height: side, rows: side, bits: 8, compression: 32_773 };
    grey_tiff(&picture, &[(8, data.len() as u32)], &data)
}

#[test]
fn every_encoder_stays_under_its_charge() {
    let sources = [
        file(scene(900, 700), ImageFormat::Png),
        file(scene_with_alpha(901, 701), ImageFormat::Png),
        file(grey(900, 700), ImageFormat::Png),
        file(grey_with_alpha(901, 701), ImageFormat::Png),
        jpeg_noise(800, 600),
    ];
    for (at, image) in sources.iter().enumerate() {
        for format in [JPEG, PNG, WEBP] {
            for flags in [0, 1, 2] {
                if flags == 2 && format != WEBP {
                    continue;
                }
                let ask = Ask { quality: 100, flags, ..ask(1500, 1500, format) };
                let name = format!("source {at} to format {format}, flags {flags}");
                held_under(&name, 100, &ask.v2(0, image), Limits::DEFAULT);
            }
            for (effort, flags2) in [(1, 0), (7, 0), (0, 1)] {
                if flags2 == 1 && format != PNG {
                    continue;
                }
                let encoding = Third { effort, flags2, ..Third::default() };
                let ask = Ask { quality: 100, ..ask(700, 700, format) };
                let name = format!("source {at} to format {format}, effort {effort}, {flags2}");
                held_under(&name, 100, &ask.v3(encoding, image), Limits::DEFAULT);
            }
        }
    }
}

/// Noise is what compresses worst.
fn jpeg_noise(width: u32, height: u32) -> Vec<u8> {
    let mut random = Random(7);
    let pixels: Vec<u8> = (0..width * height * 3).map(|_| random.next() as u8).collect();
    jpeg_of(&pixels, width, height, ColorType::Rgb, BASELINE)
}

#[test]
fn sets_orientations_and_profiles_stay_under_their_charge() {
    let photo = jpeg(1600, 1200);
    let turned = with_orientation(&photo, 6);
    let asks = [ask(400, 400, PNG), ask(300, 300, WEBP), Ask { fit: 1, ..ask(200, 200, JPEG) }];
    held_under("a set", 102, &set(&asks, &turned), Limits::DEFAULT);
    // Narrower and higher: 24 MB between the two passes.
    let taller = Ask { fit: 2, flags: 1, ..ask(2000, 2000, JPEG) };
    held_under("a stretch", 100, &taller.v2(0, &png(4000, 10)), Limits::DEFAULT);
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let p3 = [b"ICC_PROFILE\0\x01\x01", p3.as_slice()].concat();
    let tagged = with_segment(&photo, 0xE2, &p3);
    held_under("a profile", 100, &ask(200, 200, PNG).v1(&tagged), Limits::DEFAULT);
    for format in [JPEG, PNG, WEBP] {
        let kept = Third { colour: 1, ..Third::default() };
        let small = ask(20, 20, format);
        held_under("a kept profile", 100, &small.v3(kept, &tagged), Limits::DEFAULT);
        let contain = Ask { fit: 3, ..ask(1200, 1200, format) };
        held_under("padding", 100, &contain.v3(Third::default(), &tagged), Limits::DEFAULT);
        let cover = Ask { fit: 1, ..ask(300, 100, format) };
        let attention = Third { gravity: 10, ..Third::default() };
        held_under("attention", 100, &cover.v3(attention, &turned), Limits::DEFAULT);
    }
}

/// A WebP says more than once how large it is.
#[test]
fn a_webp_frame_larger_than_its_canvas_stays_under_its_charge() {
    let source = file(scene_with_alpha(20, 14), ImageFormat::Png);
    let still = thumbnail(&ask(20, 14, WEBP).v1(&source)).2;
    let frame = still.windows(4).position(|kind| kind == b"VP8 ").unwrap();
    let chunk = |kind: &[u8; 4], body: &[u8]| {
        [kind, (body.len() as u32).to_le_bytes().as_slice(), body].concat()
    };
    // One frame of the whole canvas, without its alpha.
    let place = [0, 0, 0, 0, 0, 0, 19, 0, 0, 13, 0, 0, 100, 0, 0, 0];
    let chunks = [
        chunk(b"VP8X", &[2, 0, 0, 0, 19, 0, 0, 13, 0, 0]),
        chunk(b"ANIM", &[0; 6]),
        chunk(b"ANMF", &[&place, &still[frame..]].concat()),
    ];
    let animated = chunk(b"RIFF", &[b"WEBP", chunks.concat().as_slice()].concat());
    for (name, whole) in [("still", still), ("animated", animated)] {
        let size = thumbnail(&ask(0, 0, PNG).v1(&whole));
        assert_eq!((size.0, size.1), (20, 14), "{name}");
        let mut larger = whole;
        let start = larger.windows(3).position(|start| start == [0x9D, 0x01, 0x2A]).unwrap();
        larger[start + 3..start + 7].copy_from_slice(&[0xFF, 0x2F, 0xFF, 0x2F]);
        let request = ask(8, 8, PNG).v1(&larger);
        held_under(name, 100, &request, Limits::DEFAULT);
        let error = answer(100, &request).unwrap_err();
        assert_eq!(error.code().number(), 201, "{name}: {error}");
        assert!(error.to_string().contains("12287 x 12287"), "{name}: {error}");
    }
}

/// The length of a chunk is a claim.
#[test]
fn a_webp_profile_that_is_not_there_costs_nothing() {
    let still = file(scene(20, 14), ImageFormat::WebP);
    let chunk = |kind: &[u8; 4], length: u32, body: &[u8]| {
        [kind, length.to_le_bytes().as_slice(), body].concat()
    };
    for claimed in [3, 1 << 20, u32::MAX - 1, u32::MAX] {
        let chunks = [
            chunk(b"VP8X", 10, &[0x20, 0, 0, 0, 19, 0, 0, 13, 0, 0]),
            still[12..].to_vec(),
            chunk(b"ICCP", claimed, &[0; 2]),
        ];
        let whole = [b"WEBP", chunks.concat().as_slice()].concat();
        let whole = chunk(b"RIFF", whole.len() as u32, &whole);
        let request = ask(0, 0, PNG).v1(&whole);
        held_under("a profile that is cut off", 100, &request, Limits::DEFAULT);
        assert_eq!(thumbnail(&request).2, thumbnail(&ask(0, 0, PNG).v1(&still)).2, "{claimed}");
    }
}

#[test]
fn the_corpus_stays_under_its_charge() {
    for (name, image) in corpus() {
        held_under(&name, 100, &ask(256, 256, WEBP).v1(&image), Limits::DEFAULT);
    }
}

/// A lossless WebP of 64 x 64 pixels that names 65,536 groups of prefix codes and describes the first `groups`, each with five
/// codes that take a table of 4 KiB and are written in 91 bits.
fn webp_of_groups(groups: usize) -> Vec<u8> {
    let mut bits = BitWriter::default();
    bits.put(&[(0x2F, 8), (63, 14), (63, 14), (0, 4), (0, 1), (0, 1)]); // no transform, no cache
    bits.put(&[(1, 1), (0, 3), (0, 1)]); // groups, in blocks of 4 x 4, without a cache
    for symbol in [255, 255, 0, 0, 0] {
        bits.put(&[(1, 1), (0, 1), (1, 1), (symbol, 8)]); // every pixel names the last group
    }
    // Lengths 1 to 10, by a code with 3 bits for 1 to 6 and 4 bits for 7 to 10.
    let order = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10];
    let length_of = |symbol: u32| match symbol {
        1..=6 => 3,
        7..=10 => 4,
        _ => 0,
    };
    let reversed = |code: u32, length: u32| code.reverse_bits() >> (32 - length);
    for _ in 0..groups * 5 {
        bits.put(&[(0, 1), (order.len() as u32 - 4, 4)]);
        order.iter().for_each(|symbol| bits.put(&[(length_of(*symbol), 3)]));
        bits.put(&[(1, 1), (1, 3), (11 - 2, 4)]);
        for symbol in (1..=10).chain([10]) {
            let code = if symbol <= 6 { symbol - 1 } else { 12 + symbol - 7 };
            bits.put(&[(reversed(code, length_of(symbol)), length_of(symbol))]);
        }
    }
    let body = bits.bytes;
    let mut file = b"RIFF\0\0\0\0WEBPVP8L".to_vec();
    file.extend((body.len() as u32).to_le_bytes());
    file.extend(&body);
    let length = (file.len() - 8) as u32;
    file[4..8].copy_from_slice(&length.to_le_bytes());
    file
}

#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    count: usize,
}

impl BitWriter {
    fn put(&mut self, values: &[(u32, u32)]) {
        for (value, width) in values {
            for bit in 0..*width {
                if self.count.is_multiple_of(8) {
                    self.bytes.push(0);
                }
                *self.bytes.last_mut().unwrap() |= ((value >> bit & 1) as u8) << (self.count % 8);
                self.count += 1;
            }
        }
    }
}

/// Some 400 bytes of tables for a byte of the file: charged as they are, and refused where they are too much.
#[test]
fn groups_of_prefix_codes_are_paid_for() {
    for groups in [1, 500] {
        let request = ask(32, 32, PNG).v1(&webp_of_groups(groups));
        let (real, charged, code) = measure(100, &request, Limits::DEFAULT);
        assert!(matches!(code, Some(201 | 202)), "{code:?}");
        assert!(real > groups as u64 * 5 * 4096, "{groups} groups: {real} bytes held");
        assert!(real <= charged + CONSTANT, "{groups} groups: {real} held, {charged} charged");
        assert!(charged < 2 * real + (2 << 20), "{groups} groups: {real} held, {charged} charged");
    }
    let request = ask(32, 32, PNG).v1(&webp_of_groups(3000));
    let limits = Limits { max_memory: 32 << 20, ..Limits::DEFAULT };
    let (real, _, code) = measure(100, &request, limits);
    assert_eq!(code, Some(301));
    assert!(real < 1 << 20, "{real} bytes held of a picture that was refused");
}

/// A generator that is the same everywhere (xorshift, Marsaglia 2003).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// Files with some bytes changed, mostly near their start where the claims are: no panic, and never more
/// memory than was charged.
#[test]
fn broken_files_stay_under_their_charge() {
    let limits = Limits { max_memory: 48 << 20, ..Limits::DEFAULT };
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let cases = golden_set::cases(root).into_iter();
    let cases: Vec<_> = cases.filter(|case| case.name.starts_with("png-of-")).collect();
    assert!(cases.len() > 20);
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let mut codes = std::collections::BTreeMap::<u32, u32>::new();
    for golden_set::Case { name, request, .. } in cases {
        for _ in 0..rounds() {
            let mut broken = request.clone();
            for _ in 0..=random.below(4) {
                let reach =
                    if random.below(3) == 0 { broken.len() } else { broken.len().min(24 + 400) };
                let at = 24 + random.below(reach - 24);
                broken[at] = match random.below(4) {
                    0 => 0xFF,
                    1 => 0,
                    2 => broken[at] ^ (1 << random.below(8)),
                    _ => random.next() as u8,
                };
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| measure(100, &broken, limits)));
            let Ok((real, charged, code)) = outcome else {
                panic!(
                    "{name}: a panic from {}",
                    broken.iter().map(|b| format!("{b:02x}")).collect::<String>()
                );
            };
            assert!(
                real <= charged + CONSTANT,
                "{name}: {real} bytes held, {charged} charged, from {}",
                broken.iter().map(|b| format!("{b:02x}")).collect::<String>()
            );
            *codes.entry(code.unwrap_or(0)).or_default() += 1;
        }
    }
    assert!(codes.len() > 3, "the changes reached too little: {codes:?}");
}

/// Changed files per source; `cargo xtask soak` asks for more.
fn rounds() -> usize {
    std::env::var("THUMBOX_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(300)
}
