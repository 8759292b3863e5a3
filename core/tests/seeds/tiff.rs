//! TIFFs (TIFF 6.0 and its supplements).

use super::super::common::exif;
use super::tiff_data::{COMPRESSIONS, Shape, compressed};
use super::{HEIGHT, Seed, WIDTH, cuts, icc, texture};

/// What a pixel is: name, photometric interpretation, bits, samples, format of samples, extra samples.
type Pixel = (&'static str, u32, u32, usize, u32, &'static [u32]);

const UNSIGNED: u32 = 1;
const SIGNED: u32 = 2;
const FLOAT: u32 = 3;

const PIXELS: [Pixel; 33] = [
    ("white-1", 0, 1, 1, UNSIGNED, &[]),
    ("grey-1", 1, 1, 1, UNSIGNED, &[]),
    ("odd-grey-2", 1, 2, 1, UNSIGNED, &[]),
    ("odd-grey-4", 1, 4, 1, UNSIGNED, &[]),
    ("white-8", 0, 8, 1, UNSIGNED, &[]),
    ("grey-8", 1, 8, 1, UNSIGNED, &[]),
    ("grey-16", 1, 16, 1, UNSIGNED, &[]),
    ("odd-grey-12", 1, 12, 1, UNSIGNED, &[]),
    ("odd-grey-32", 1, 32, 1, UNSIGNED, &[]),
    ("odd-grey-64", 1, 64, 1, UNSIGNED, &[]),
    ("odd-grey-float", 1, 32, 1, FLOAT, &[]),
    ("odd-grey-double", 1, 64, 1, FLOAT, &[]),
    ("odd-grey-half", 1, 16, 1, FLOAT, &[]),
    ("odd-grey-signed", 1, 16, 1, SIGNED, &[]),
    ("odd-grey-alpha-8", 1, 8, 2, UNSIGNED, &[2]),
    ("odd-grey-alpha-16", 1, 16, 2, UNSIGNED, &[1]),
    ("rgb-8", 2, 8, 3, UNSIGNED, &[]),
    ("rgb-16", 2, 16, 3, UNSIGNED, &[]),
    ("odd-rgb-32", 2, 32, 3, UNSIGNED, &[]),
    ("rgb-float", 2, 32, 3, FLOAT, &[]),
    ("odd-rgb-signed", 2, 8, 3, SIGNED, &[]),
    ("rgba-8", 2, 8, 4, UNSIGNED, &[2]),
    ("rgba-8-associated", 2, 8, 4, UNSIGNED, &[1]),
    ("odd-rgbx-8", 2, 8, 4, UNSIGNED, &[0]),
    ("rgba-16", 2, 16, 4, UNSIGNED, &[2]),
    ("odd-rgb-2-more", 2, 8, 5, UNSIGNED, &[2, 0]),
    ("odd-palette-4", 3, 4, 1, UNSIGNED, &[]),
    ("odd-palette-8", 3, 8, 1, UNSIGNED, &[]),
    ("cmyk-8", 5, 8, 4, UNSIGNED, &[]),
    ("cmyk-16", 5, 16, 4, UNSIGNED, &[]),
    ("odd-cmyk-alpha", 5, 8, 5, UNSIGNED, &[2]),
    ("odd-ycc", 6, 8, 3, UNSIGNED, &[]),
    ("odd-lab", 8, 8, 3, UNSIGNED, &[]),
];

/// How the samples lie in the file.
#[derive(Clone, Copy)]
struct How {
    compression: u32,
    predictor: u32,
    /// Rows of a strip; none for tiles of 16 x 16.
    rows: Option<u32>,
    planar: bool,
    big_endian: bool,
    big: bool,
    profile: bool,
    /// Whether a picture of half the size stands below it.
    pyramid: bool,
}

const PLAIN: How = How {
    compression: 1,
    predictor: 1,
    rows: Some(HEIGHT),
    planar: false,
    big_endian: false,
    big: false,
    profile: false,
    pyramid: false,
};

pub(super) fn seeds() -> Vec<Seed> {
    let mut found = Vec::new();
    for pixel in PIXELS {
        found.push((pixel.0.to_owned(), file(pixel, PLAIN)));
        let turned = How { big_endian: true, rows: Some(5), ..PLAIN };
        found.push((format!("{}-big-endian", pixel.0), file(pixel, turned)));
    }
    let named = |name| *PIXELS.iter().find(|pixel| pixel.0 == name).unwrap();
    for (compression, name) in COMPRESSIONS {
        for pixel in ["grey-1", "grey-8", "rgb-8", "rgb-16", "cmyk-8"] {
            let fits = match compression {
                2..=4 => pixel == "grey-1",
                6 | 7 => !matches!(pixel, "grey-1" | "rgb-16" | "cmyk-8"),
                _ => true,
            };
            for (kind, rows) in [("strips", Some(4)), ("tiles", None)] {
                // Tiles of faxes and of bits are rare.
                let odd = if rows.is_none() && pixel == "grey-1" { "odd-" } else { "" };
                if fits {
                    let how = How { compression, rows, ..PLAIN };
                    found.push((format!("{odd}{name}-{pixel}-{kind}"), file(named(pixel), how)));
                }
            }
        }
    }
    for (pixel, predictor) in [
        ("grey-8", 2),
        ("rgb-8", 2),
        ("rgb-16", 2),
        ("rgba-16", 2),
        ("odd-rgb-32", 2),
        ("rgb-float", 3),
    ] {
        for (name, compression) in [("lzw", 5), ("deflate", 8), ("none", 1)] {
            for big_endian in [false, true] {
                let how = How { compression, predictor, big_endian, rows: Some(5), ..PLAIN };
                let odd = if compression == 1 || pixel.starts_with("odd-") { "odd-" } else { "" };
                let name = format!("{odd}{name}-predictor-{pixel}-{}", u8::from(big_endian));
                found.push((name, file(named(pixel), how)));
            }
        }
    }
    for (name, how) in [
        ("odd-planar", How { planar: true, rows: Some(5), ..PLAIN }),
        ("odd-planar-lzw", How { planar: true, compression: 5, predictor: 2, ..PLAIN }),
        ("big", How { big: true, ..PLAIN }),
        ("big-tiles", How { big: true, rows: None, big_endian: true, ..PLAIN }),
        ("profile", How { profile: true, ..PLAIN }),
        ("odd-pyramid", How { pyramid: true, ..PLAIN }),
        ("odd-big-pyramid", How { pyramid: true, big: true, big_endian: true, ..PLAIN }),
        ("odd-predictor-9", How { predictor: 9, compression: 5, ..PLAIN }),
    ] {
        for pixel in ["rgb-8", "rgb-16", "cmyk-8"] {
            found.push((format!("{name}-of-{pixel}"), file(named(pixel), how)));
        }
    }
    let plain = file(named("rgb-8"), PLAIN);
    found.push(("odd-loop".into(), looped(&plain)));
    found.extend(cuts("strip", &plain));
    found.extend(cuts("tiles", &file(named("rgb-8"), How { rows: None, ..PLAIN })));
    let plain_exif = exif(5)[6..].to_vec();
    found.push(("odd-exif-alone".into(), plain_exif));
    found
}

/// The next directory is the first again.
fn looped(file: &[u8]) -> Vec<u8> {
    let mut looped = file.to_vec();
    let end = looped.len() - 4;
    looped.copy_within(4..8, end);
    looped
}

/// A file of one picture.
fn file(pixel: Pixel, how: How) -> Vec<u8> {
    let (_, photometric, bits, samples, format, extra) = pixel;
    let mut writer = Writer::new(how.big_endian, how.big);
    let (across, down) = match how.rows {
        Some(rows) => (WIDTH, rows),
        None => (16, 16),
    };
    let planes = if how.planar { samples } else { 1 };
    let (mut offsets, mut counts) = (Vec::new(), Vec::new());
    for _ in 0..planes {
        for top in (0..HEIGHT).step_by(down as usize) {
            for _ in (0..WIDTH).step_by(across as usize) {
                let rows = if how.rows.is_some() { down.min(HEIGHT - top) } else { down };
                let shape = Shape { width: across, rows, samples: samples / planes, bits };
                let data = compressed(how.compression, &plain(shape, format, how), shape);
                offsets.push(writer.bytes.len() as u64);
                counts.push(data.len() as u64);
                writer.bytes.extend(data);
            }
        }
    }
    let below = how.pyramid.then(|| smaller(&mut writer, pixel, how));
    let one = |value: u32| vec![u64::from(value)];
    let each = |value: u32| vec![u64::from(value); samples];
    writer.tag(256, SHORT, one(WIDTH));
    writer.tag(257, SHORT, one(HEIGHT));
    writer.tag(258, SHORT, each(bits));
    writer.tag(259, SHORT, one(how.compression));
    writer.tag(262, SHORT, one(photometric));
    let strips = how.rows.is_some();
    if strips {
        writer.tag(273, LONG, offsets.clone());
    }
    writer.tag(274, SHORT, one(6));
    writer.tag(277, SHORT, one(samples as u32));
    if strips {
        writer.tag(278, SHORT, one(down));
        writer.tag(279, LONG, counts.clone());
    }
    writer.tag(284, SHORT, one(1 + u32::from(how.planar)));
    if how.predictor != 1 {
        writer.tag(317, SHORT, one(how.predictor));
    }
    if photometric == 3 {
        let colours = texture(3 << bits).iter().map(|value| u64::from(*value) << 8).collect();
        writer.tag(320, SHORT, colours);
    }
    if !strips {
        writer.tag(322, SHORT, one(16));
        writer.tag(323, SHORT, one(16));
        writer.tag(324, LONG, offsets);
        writer.tag(325, LONG, counts);
    }
    if let Some(place) = below {
        writer.tag(330, LONG, vec![place]);
    }
    if !extra.is_empty() {
        writer.tag(338, SHORT, extra.iter().map(|kind| u64::from(*kind)).collect());
    }
    writer.tag(339, SHORT, each(format));
    if how.profile {
        let profile = if photometric == 5 { icc::cmyk() } else { icc::srgb() };
        writer.tag(34675, BYTES, profile.iter().map(|byte| u64::from(*byte)).collect());
    }
    writer.finish()
}

/// Writes a picture of half the size, and its directory: where that is.
fn smaller(writer: &mut Writer, pixel: Pixel, how: How) -> u64 {
    let (_, photometric, bits, samples, format, _) = pixel;
    let (width, height) = (WIDTH / 2, HEIGHT / 2);
    let strip = writer.bytes.len() as u64;
    let data = plain(Shape { width, rows: height, samples, bits }, format, how);
    writer.bytes.extend(&data);
    for (tag, value) in [(254, 1), (256, width), (257, height)] {
        writer.tag(tag, SHORT, vec![value.into()]);
    }
    writer.tag(258, SHORT, vec![bits.into(); samples]);
    writer.tag(262, SHORT, vec![photometric.into()]);
    writer.tag(273, LONG, vec![strip]);
    writer.tag(277, SHORT, vec![samples as u64]);
    writer.tag(279, LONG, vec![data.len() as u64]);
    writer.directory()
}

/// Rows that are not compressed yet.
fn plain(shape: Shape, format: u32, how: How) -> Vec<u8> {
    let row = (shape.width as usize * shape.samples * shape.bits as usize).div_ceil(8);
    let length = row * shape.rows as usize;
    if format != FLOAT || shape.bits != 32 || how.predictor == 3 {
        return texture(length);
    }
    let values = texture(length / 4).into_iter().map(|value| f32::from(value) / 250.0);
    values
        .flat_map(|value| if how.big_endian { value.to_be_bytes() } else { value.to_le_bytes() })
        .collect()
}

/// Types of a tag's values, and their bytes.
const SHORT: (u16, usize) = (3, 2);
const LONG: (u16, usize) = (4, 4);
const BYTES: (u16, usize) = (7, 1);

/// A file whose first directory is at its end.
struct Writer {
    big_endian: bool,
    big: bool,
    bytes: Vec<u8>,
    tags: Vec<(u16, (u16, usize), Vec<u64>)>,
}

impl Writer {
    fn new(big_endian: bool, big: bool) -> Self {
        let mut writer = Self { big_endian, big, bytes: Vec::new(), tags: Vec::new() };
        writer.bytes.extend(if big_endian { b"MM" } else { b"II" });
        writer.put(if big { 43 } else { 42 }, 2);
        if big {
            writer.put(8, 2);
            writer.put(0, 2);
        }
        // The directory's place, which is not known yet.
        writer.put(0, if big { 8 } else { 4 });
        writer
    }

    fn put(&mut self, value: u64, bytes: usize) {
        let encoded = self.encoded(value, bytes);
        self.bytes.extend(encoded);
    }

    fn encoded(&self, value: u64, bytes: usize) -> Vec<u8> {
        if self.big_endian {
            value.to_be_bytes()[8 - bytes..].to_vec()
        } else {
            value.to_le_bytes()[..bytes].to_vec()
        }
    }

    fn tag(&mut self, tag: u16, kind: (u16, usize), values: Vec<u64>) {
        self.tags.push((tag, kind, values));
    }

    /// Writes the tags as a directory: where that is.
    fn directory(&mut self) -> u64 {
        let word = if self.big { 8 } else { 4 };
        let mut entries = Vec::new();
        for (tag, (kind, size), values) in std::mem::take(&mut self.tags) {
            entries.extend(self.encoded(tag.into(), 2));
            entries.extend(self.encoded(kind.into(), 2));
            entries.extend(self.encoded(values.len() as u64, word));
            let mut data: Vec<u8> =
                values.iter().flat_map(|value| self.encoded(*value, size)).collect();
            if data.len() > word {
                let place = self.encoded(self.bytes.len() as u64, word);
                self.bytes.extend(&data);
                data = place;
            }
            data.resize(word, 0);
            entries.extend(data);
        }
        let place = self.bytes.len() as u64;
        let count = entries.len() / (4 + 2 * word);
        self.put(count as u64, if self.big { 8 } else { 2 });
        self.bytes.extend(entries);
        self.put(0, word);
        place
    }

    fn finish(mut self) -> Vec<u8> {
        let place = self.directory();
        let (at, word) = if self.big { (8, 8) } else { (4, 4) };
        let place = self.encoded(place, word);
        self.bytes[at..at + word].copy_from_slice(&place);
        self.bytes
    }
}
