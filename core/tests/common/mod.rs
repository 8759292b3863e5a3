//! What the tests share: pictures that they make themselves, and requests.
#![allow(dead_code, unused_imports, reason = "each test file uses its own part")]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "test code: it may fail where it stands"
)]

mod ico;
mod pnm;
mod psd;
mod qoi;
mod tga;

use std::fmt::Write as _;
use std::io::Cursor;

pub use ico::{Bitmap, icon};
use image::codecs::gif::GifEncoder;
use image::{
    Delay, DynamicImage, ExtendedColorType, Frame, GrayAlphaImage, GrayImage, ImageEncoder,
    ImageFormat, Luma, LumaA, Rgb, RgbImage, Rgba, RgbaImage,
};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
pub use pnm::{plain_pnm, pnm, ppm_of};
pub use psd::{Psd, psd_of};
pub use qoi::{qoi, qoi_of};
pub use tga::{Tga, tga_of};
use thumbox_core::{Budget, Error, Limits, call};

/// A picture with something of everything: gradients, edges, a disc, fine texture.
pub fn scene(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (x * 255 / width.max(1), y * 255 / height.max(1));
        let (dx, dy) = (u.abs_diff(170), v.abs_diff(80));
        if dx * dx + dy * dy < 1600 {
            Rgb([250, 220, 40])
        } else if v > 150 + (u / 4) % 40 {
            let texture = (x * 7919 + y * 104_729) % 61;
            Rgb([(40 + texture) as u8, (90 + texture) as u8, 30])
        } else {
            Rgb([(u / 3) as u8, (90 + v / 3) as u8, (255 - v / 2) as u8])
        }
    })
}

/// The scene, transparent to the left and half so in the middle.
pub fn scene_with_alpha(width: u32, height: u32) -> RgbaImage {
    let scene = scene(width, height);
    RgbaImage::from_fn(width, height, |x, y| {
        let Rgb([r, g, b]) = *scene.get_pixel(x, y);
        Rgba([r, g, b, (x * 255 / width.max(1)) as u8])
    })
}

pub fn grey(width: u32, height: u32) -> GrayImage {
    DynamicImage::from(scene(width, height)).into_luma8()
}

pub fn grey_with_alpha(width: u32, height: u32) -> GrayAlphaImage {
    let grey = grey(width, height);
    GrayAlphaImage::from_fn(width, height, |x, y| {
        let Luma([value]) = *grey.get_pixel(x, y);
        LumaA([value, (y * 255 / height.max(1)) as u8])
    })
}

/// Any picture in a format of the `image` crate.
pub fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.into().write_to(&mut file, format).unwrap();
    file.into_inner()
}

pub fn png(width: u32, height: u32) -> Vec<u8> {
    file(scene(width, height), ImageFormat::Png)
}

/// How a JPEG is coded.
#[derive(Clone, Copy)]
pub struct Jpeg {
    pub sampling: SamplingFactor,
    pub progressive: bool,
    pub restart: u16,
}

pub const BASELINE: Jpeg = Jpeg { sampling: SamplingFactor::F_2_2, progressive: false, restart: 0 };

pub fn jpeg_of(pixels: &[u8], width: u32, height: u32, color: ColorType, how: Jpeg) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 90);
    encoder.set_sampling_factor(how.sampling);
    encoder.set_progressive(how.progressive);
    if how.restart > 0 {
        encoder.set_restart_interval(how.restart);
    }
    encoder.encode(pixels, width as u16, height as u16, color).unwrap();
    file
}

pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    jpeg_of(&scene(width, height), width, height, ColorType::Rgb, BASELINE)
}

/// Puts a segment behind the start marker of a JPEG.
pub fn with_segment(jpeg: &[u8], marker: u8, body: &[u8]) -> Vec<u8> {
    let mut file = jpeg[..2].to_vec();
    file.extend([0xFF, marker]);
    file.extend((body.len() as u16 + 2).to_be_bytes());
    file.extend(body);
    file.extend(&jpeg[2..]);
    file
}

/// An EXIF block, little-endian, with nothing but an orientation.
pub fn exif(orientation: u16) -> Vec<u8> {
    let mut block = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    block.extend(orientation.to_le_bytes());
    block.extend([0; 6]);
    block
}

pub fn with_orientation(jpeg: &[u8], orientation: u16) -> Vec<u8> {
    with_segment(jpeg, 0xE1, &exif(orientation))
}

/// Puts a chunk behind the header of a PNG.
pub fn with_chunk(png: &[u8], kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = kind.to_vec();
    chunk.extend(body);
    let mut file = png[..33].to_vec();
    file.extend((body.len() as u32).to_be_bytes());
    file.extend(&chunk);
    file.extend(crc32(&chunk).to_be_bytes());
    file.extend(&png[33..]);
    file
}

/// CRC-32 as PNG has it (W3C PNG, annex D).
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    })
}

/// A zlib stream of stored blocks (RFC 1950, RFC 1951 section 3.2.4).
pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks: Vec<_> = bytes.chunks(0xFFFF).collect();
    for (at, block) in blocks.iter().enumerate() {
        stream.push(u8::from(at + 1 == blocks.len()));
        stream.extend((block.len() as u16).to_le_bytes());
        stream.extend((!(block.len() as u16)).to_le_bytes());
        stream.extend(*block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

/// A PNG whose header claims dimensions that its data does not have.
pub fn png_claiming(width: u32, height: u32) -> Vec<u8> {
    let mut file = png(8, 8);
    file[16..20].copy_from_slice(&width.to_be_bytes());
    file[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc32(&file[12..29]).to_be_bytes();
    file[29..33].copy_from_slice(&crc);
    file
}

/// A GIF of `frames` frames, the first of them the scene.
pub fn gif(width: u32, height: u32, frames: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new(&mut file);
    for _ in 0..frames {
        let opaque = DynamicImage::from(scene(width, height)).into_rgba8();
        encoder.encode_frame(Frame::new(opaque)).unwrap();
    }
    drop(encoder);
    file
}

/// A GIF of three frames: a square moves before a picture that stays, and leaves a hole in the last.
pub fn moving_gif(width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new(&mut file);
    for at in 0..3 {
        let mut picture = DynamicImage::from(scene(width, height)).into_rgba8();
        for (x, y, pixel) in picture.enumerate_pixels_mut() {
            if (x / 12, y / 12) == (at + 1, 1) {
                pixel.0 = if at == 2 { [0; 4] } else { [250, 40, 20, 255] };
            }
        }
        let delay = Delay::from_numer_denom_ms(100, 1);
        encoder.encode_frame(Frame::from_parts(picture, 0, 0, delay)).unwrap();
    }
    drop(encoder);
    file
}

/// A palette PNG of four colours, the last of them transparent.
pub fn palette_png(width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Two);
    encoder.set_palette(vec![200, 30, 30, 30, 200, 30, 30, 30, 200, 255, 255, 255]);
    encoder.set_trns(vec![255, 255, 255, 0]);
    let mut writer = encoder.write_header().unwrap();
    let row = width.div_ceil(4) as usize;
    let data: Vec<u8> = (0..row * height as usize).map(|at| (at * 37 % 251) as u8).collect();
    writer.write_image_data(&data).unwrap();
    writer.finish().unwrap();
    file
}

/// One thumbnail's parameters as a version 2 request or a set has them.
#[derive(Clone, Copy)]
pub struct Ask {
    pub width: u32,
    pub height: u32,
    pub format: u32,
    pub quality: u32,
    pub fit: u8,
    pub flags: u8,
    pub background: [u8; 4],
}

pub const JPEG: u32 = 0;
pub const PNG: u32 = 1;
pub const WEBP: u32 = 2;

pub fn ask(width: u32, height: u32, format: u32) -> Ask {
    Ask { width, height, format, quality: 80, fit: 0, flags: 0, background: [0; 4] }
}

impl Ask {
    /// A request of message 100, version 1.
    pub fn v1(&self, image: &[u8]) -> Vec<u8> {
        let mut request = vec![1, 0, 0, 0];
        let size = image.len() as u32;
        for value in [self.width, self.height, self.format, self.quality, size] {
            request.extend(value.to_le_bytes());
        }
        [request.as_slice(), image].concat()
    }

    /// A request of message 100, version 2.
    pub fn v2(&self, max_pixels: u32, image: &[u8]) -> Vec<u8> {
        let mut request = self.v1(&[]);
        request[0] = 2;
        request[20..24].copy_from_slice(&(image.len() as u32).to_le_bytes());
        request.extend([self.fit, self.flags, 0, 0]);
        request.extend(self.background);
        request.extend(max_pixels.to_le_bytes());
        request.extend([0; 4]);
        [request.as_slice(), image].concat()
    }

    /// A request of message 100, version 3.
    pub fn v3(&self, third: Third, image: &[u8]) -> Vec<u8> {
        let mut request = self.v2(0, image);
        request[0] = 3;
        let mut more = [0; 24];
        more[..4].copy_from_slice(&[third.gravity, third.effort, third.frames, third.colour]);
        more[10..12].copy_from_slice(&third.page.to_le_bytes());
        more[4..6].copy_from_slice(&third.focal[0].to_le_bytes());
        more[6..8].copy_from_slice(&third.focal[1].to_le_bytes());
        (more[8], more[9]) = (third.subsampling, third.flags2);
        request.splice(40..40, more);
        request
    }
}

/// What version 3 adds, as it stands in a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Third {
    pub gravity: u8,
    pub effort: u8,
    pub frames: u8,
    pub colour: u8,
    pub page: u16,
    pub focal: [u16; 2],
    pub subsampling: u8,
    pub flags2: u8,
}

/// A request of message 101.
pub fn probe(image: &[u8]) -> Vec<u8> {
    [&[1, 0, 0, 0], &(image.len() as u32).to_le_bytes(), image].concat()
}

/// A request of message 101, version 2.
pub fn probe_2(image: &[u8]) -> Vec<u8> {
    [&[2, 0, 0, 0], &(image.len() as u32).to_le_bytes(), image].concat()
}

/// A request of message 102.
pub fn set(asks: &[Ask], image: &[u8]) -> Vec<u8> {
    let mut request = vec![1, 0, 0, 0];
    request.extend((asks.len() as u32).to_le_bytes());
    request.extend((image.len() as u32).to_le_bytes());
    for ask in asks {
        for value in [ask.width, ask.height, ask.format, ask.quality] {
            request.extend(value.to_le_bytes());
        }
        request.extend([ask.fit, ask.flags, 0, 0]);
        request.extend(ask.background);
    }
    [request.as_slice(), image].concat()
}

/// A request of message 103.
pub fn placeholder(max_pixels: u32, image: &[u8]) -> Vec<u8> {
    let size = image.len() as u32;
    [&[1, 0, 0, 0], &max_pixels.to_le_bytes()[..], &size.to_le_bytes(), image].concat()
}

pub fn answer(message_id: u32, request: &[u8]) -> Result<Vec<u8>, Error> {
    call(message_id, &[request], &Budget::new(Limits::DEFAULT))
}

/// The file in a reply to message 100, with its width and height.
pub fn thumbnail(request: &[u8]) -> (u32, u32, Vec<u8>) {
    let reply = answer(100, request).unwrap();
    (u32_at(&reply, 4), u32_at(&reply, 8), reply[20..].to_vec())
}

pub fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(bytes[offset..offset + 4].try_into().unwrap())
}

/// The pixels of a file, by decoders that the project does not ship for this.
pub fn pixels(file: &[u8]) -> DynamicImage {
    image::load_from_memory(file).unwrap()
}

/// Bytes as people read them, for messages.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(64).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Every picture of the folder that `cargo xtask test --corpus` names.
pub fn corpus() -> Vec<(String, Vec<u8>)> {
    let Some(folder) = std::env::var_os("THUMBOX_CORPUS") else { return Vec::new() };
    let mut files = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push((path.display().to_string(), std::fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// Encodes raw samples with the `image` crate, for depths that [`file()`] has no picture type for.
pub fn encoded(
    encoder: impl ImageEncoder,
    bytes: &[u8],
    width: u32,
    height: u32,
    color: ExtendedColorType,
) {
    encoder.write_image(bytes, width, height, color).unwrap();
}

/// A TIFF of grey samples, little-endian.
pub struct GreyTiff {
    pub width: u32,
    pub height: u32,
    /// Of a strip.
    pub rows: u32,
    pub bits: u16,
    pub compression: u16,
}

/// Writes a TIFF whose strips have these offsets and byte counts; `data` begins at offset 8.
pub fn grey_tiff(picture: &GreyTiff, strips: &[(u32, u32)], data: &[u8]) -> Vec<u8> {
    let mut file = tiff_data(data);
    let (offsets, counts) = strips.iter().copied().unzip();
    let entries = [
        (256, vec![picture.width]),
        (257, vec![picture.height]),
        (258, vec![picture.bits.into()]),
        (259, vec![picture.compression.into()]),
        (262, vec![1]),
        (273, offsets),
        (277, vec![1]),
        (278, vec![picture.rows]),
        (279, counts),
    ];
    end_tiff(&mut file, &entries);
    file
}

/// A TIFF of grey pixels of 8 bits in one tile of `side` pixels a side, which is `data`.
pub fn tile_tiff(width: u32, height: u32, side: u32, compression: u16, data: &[u8]) -> Vec<u8> {
    let mut file = tiff_data(data);
    let entries = [
        (256, vec![width]),
        (257, vec![height]),
        (258, vec![8]),
        (259, vec![compression.into()]),
        (262, vec![1]),
        (277, vec![1]),
        (322, vec![side]),
        (323, vec![side]),
        (324, vec![8]),
        (325, vec![data.len() as u32]),
    ];
    end_tiff(&mut file, &entries);
    file
}

/// The header of a TIFF, and what begins at offset 8.
pub fn tiff_data(data: &[u8]) -> Vec<u8> {
    [b"II*\0\0\0\0\0", data].concat()
}

/// Adds a directory of tags and their numbers, and makes it the first of the file.
pub fn end_tiff(file: &mut Vec<u8>, entries: &[(u16, Vec<u32>)]) {
    let first = add_directory(file, entries);
    file[4..8].copy_from_slice(&first.to_le_bytes());
}

/// Adds a directory of tags and their numbers; where it is.
pub fn add_directory(file: &mut Vec<u8>, entries: &[(u16, Vec<u32>)]) -> u32 {
    file.resize(file.len().next_multiple_of(4), 0);
    let mut directory = (entries.len() as u16).to_le_bytes().to_vec();
    for (tag, values) in entries {
        directory.extend(tag.to_le_bytes());
        directory.extend(4_u16.to_le_bytes());
        directory.extend((values.len() as u32).to_le_bytes());
        let value = match values.as_slice() {
            [one] => *one,
            _ => file.len() as u32,
        };
        directory.extend(value.to_le_bytes());
        if values.len() != 1 {
            file.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        }
    }
    let place = file.len() as u32;
    file.extend(directory);
    file.extend([0; 4]);
    place
}
