//! Files that break a rule and are shown all the same, because everybody shows them: GIF, BMP, PNG and WebP.

use image::{ImageFormat, Rgba, RgbaImage};
use thumbox_core::Code;
use weezl::BitOrder;

use crate::broken::{code, shown, strict_code};
use crate::common::*;
use crate::containers::{Chunk, zlib};
use crate::{containers, seeds};

const COLOURS: [[u8; 3]; 4] = [[200, 30, 30], [30, 200, 30], [30, 30, 200], [250, 250, 20]];
const WIDTH: u16 = 20;
const HEIGHT: u16 = 14;

#[derive(Clone, Copy)]
struct Gif<'a> {
    screen: [u16; 2],
    place: [u16; 4],
    table: bool,
    before: &'a [u8],
    after: &'a [u8],
    /// An index of each pixel.
    index: fn(u16, u16) -> u8,
}

const GIF: Gif<'_> = Gif {
    screen: [WIDTH, HEIGHT],
    place: [0, 0, WIDTH, HEIGHT],
    table: true,
    before: b"",
    after: b"\0;",
    index,
};

fn index(x: u16, y: u16) -> u8 {
    ((x / 4 + y / 3) % 4) as u8
}

impl Gif<'_> {
    fn file(&self) -> Vec<u8> {
        let indices: Vec<u8> = (0..HEIGHT)
            .flat_map(|y| (0..WIDTH).map(move |x| (x, y)))
            .map(|(x, y)| (self.index)(x, y))
            .collect();
        let data = weezl::encode::Encoder::new(BitOrder::Lsb, 4).encode(&indices).unwrap();
        let mut file = b"GIF89a".to_vec();
        file.extend(self.screen.iter().flat_map(|side| side.to_le_bytes()));
        file.extend([if self.table { 0x81 } else { 0 }, 0, 0]);
        if self.table {
            file.extend(COLOURS.as_flattened());
        }
        file.extend(self.before);
        file.push(b',');
        file.extend(self.place.iter().flat_map(|value| value.to_le_bytes()));
        file.extend([0, 4]);
        for block in data.chunks(255) {
            file.push(block.len() as u8);
            file.extend(block);
        }
        [file.as_slice(), self.after].concat()
    }
}

#[test]
fn gifs_are_shown_whatever_lies_around_their_image() {
    let expected = RgbaImage::from_fn(WIDTH.into(), HEIGHT.into(), |x, y| {
        let [r, g, b] = COLOURS[usize::from(index(x as u16, y as u16))];
        Rgba([r, g, b, 255])
    });
    let kinds: [(&str, Gif<'_>); 10] = [
        ("as it should be", GIF),
        ("unknown extension", Gif { before: b"\x21\x99\x03abc\0", ..GIF }),
        ("unknown extension behind", Gif { after: b"\0\x21\x99\x03abc\0;", ..GIF }),
        ("junk between blocks", Gif { before: b"\0\0\x17", ..GIF }),
        ("short graphic control", Gif { before: b"\x21\xF9\x01\x01\0", ..GIF }),
        ("long graphic control", Gif { before: b"\x21\xF9\x06\0\0\0\0\0\0\0", ..GIF }),
        ("no last block", Gif { after: b";", ..GIF }),
        ("no trailer", Gif { after: b"\0", ..GIF }),
        ("nothing behind", Gif { after: b"", ..GIF }),
        ("much behind", Gif { after: b"\0;GIF89a and more", ..GIF }),
    ];
    for (name, gif) in kinds {
        assert!(shown(&gif.file()) == expected, "{name}");
    }
}

#[test]
fn a_gif_s_screen_covers_its_first_image() {
    let [w, h] = [WIDTH, HEIGHT];
    for (screen, place, expected, at) in [
        ([0, 0], [0, 0, w, h], [w, h], [0, 0]),
        ([0, h], [0, 0, w, h], [w, h], [0, 0]),
        ([10, 8], [0, 0, w, h], [w, h], [0, 0]),
        ([w, h], [8, 5, w, h], [w + 8, h + 5], [8, 5]),
        ([w, h], [30, 20, w, h], [w + 30, h + 20], [30, 20]),
        ([w, h], [0, 0, 0, 0], [w, h], [0, 0]),
        ([w, h], [0, 0, 0, h], [w, h], [0, 0]),
        ([w, 2], [0, 0, 7, 0], [w, 2], [0, 0]),
    ] {
        let file = Gif { screen, place, ..GIF }.file();
        let found = shown(&file);
        assert_eq!(
            found.dimensions(),
            (expected[0].into(), expected[1].into()),
            "{screen:?} {place:?}"
        );
        let [r, g, b] = COLOURS[0];
        assert_eq!(found.get_pixel(at[0], at[1]).0, [r, g, b, 255]);
        let is_clear = found.get_pixel(0, 0).0[3] == 0;
        assert_eq!(is_clear, at != [0, 0], "{screen:?} {place:?}");
    }
    let error = answer(101, &probe(&Gif { screen: [0, 9], place: [0, 0, 0, 5], ..GIF }.file()));
    assert_eq!(error.unwrap_err().code(), Code::Corrupt);
}

#[test]
fn colours_that_a_gif_does_not_have_are_black() {
    let many = Gif { index: |x, y| ((x + y) % 16) as u8, ..GIF };
    let found = shown(&many.file());
    assert_eq!(found.get_pixel(1, 0).0, [30, 200, 30, 255]);
    assert_eq!(found.get_pixel(5, 0).0, [0, 0, 0, 255]);
    let none = shown(&Gif { table: false, ..many }.file());
    let row: Vec<[u8; 4]> = (0..4).map(|x| none.get_pixel(x, 0).0).collect();
    assert_eq!(row, [[0, 0, 0, 255], [255; 4], [0, 0, 0, 255], [0, 0, 0, 255]]);
    // Where others are transparent, these are, too.
    let clear = Gif { before: b"\x21\xF9\x04\x01\0\0\x01\0", ..many };
    let found = shown(&clear.file());
    assert_eq!([1, 5].map(|x| found.get_pixel(x, 0).0[3]), [0, 0]);
}

/// A BMP's fields.
#[derive(Clone)]
struct Bmp {
    header: u32,
    bits: u16,
    compression: u32,
    planes: u16,
    used: u32,
    masks: Vec<u32>,
    palette: Vec<u8>,
    data: Vec<u8>,
    height: i32,
    offset: Option<u32>,
}

impl Bmp {
    /// Of `bits` bits, its rows from the bottom.
    fn new(bits: u16) -> Self {
        let row = (usize::from(WIDTH) * usize::from(bits)).div_ceil(32) * 4;
        let data = (0..row * usize::from(HEIGHT)).map(|at| (at * 37 % 251) as u8).collect();
        let colours: usize = if bits <= 8 { 1 << bits } else { 0 };
        Self {
            header: 40,
            bits,
            compression: 0,
            planes: 1,
            used: 0,
            masks: Vec::new(),
            palette: (0..colours * 4).map(|at| (at * 59 % 253) as u8).collect(),
            data,
            height: HEIGHT.into(),
            offset: None,
        }
    }

    fn file(&self) -> Vec<u8> {
        let mut header = self.header.to_le_bytes().to_vec();
        header.extend(u32::from(WIDTH).to_le_bytes());
        header.extend(self.height.to_le_bytes());
        header.extend(self.planes.to_le_bytes());
        header.extend(self.bits.to_le_bytes());
        let length = self.data.len() as u32;
        for field in [self.compression, length, 2835, 2835, self.used, 0] {
            header.extend(field.to_le_bytes());
        }
        header.resize(self.header as usize, 0);
        header.extend(self.masks.iter().flat_map(|mask| mask.to_le_bytes()));
        let offset = 14 + header.len() + self.palette.len();
        let mut file = b"BM\0\0\0\0\0\0\0\0".to_vec();
        file.extend(self.offset.unwrap_or(offset as u32).to_le_bytes());
        [file, header, self.palette.clone(), self.data.clone()].concat()
    }
}

#[test]
fn bmps_are_shown_whatever_their_headers_leave_out() {
    for bits in [1, 2, 4, 8, 16, 24, 32] {
        let plain = Bmp::new(bits);
        let expected = shown(&plain.file());
        let mut kinds = vec![
            ("no offset", Bmp { offset: Some(0), ..plain.clone() }),
            ("the offset of the colours", Bmp { offset: Some(14 + 40), ..plain.clone() }),
            ("no planes", Bmp { planes: 0, ..plain.clone() }),
            ("OS/2's shortest header", Bmp { header: 16, ..plain.clone() }),
            (
                "OS/2's shortest header, no offset",
                Bmp { header: 16, offset: Some(0), ..plain.clone() },
            ),
            ("OS/2's longest header", Bmp { header: 64, ..plain.clone() }),
            ("the longest header", Bmp { header: 124, offset: Some(0), ..plain.clone() }),
            ("too many colours", Bmp { used: u32::MAX, ..plain.clone() }),
            (
                "too many colours, no offset",
                Bmp { used: u32::MAX, offset: Some(0), ..plain.clone() },
            ),
        ];
        if bits == 8 {
            let palette = [plain.palette.as_slice(), &[7; 44 * 4]].concat();
            let more = Bmp { used: 300, palette, ..plain.clone() };
            kinds.push(("300 colours, no offset", Bmp { offset: Some(0), ..more.clone() }));
            kinds.push(("300 colours", more));
        }
        if bits == 24 || bits == 32 {
            let masks = vec![0xFF_0000, 0xFF00, 0xFF];
            let fields = Bmp { compression: 3, masks, ..plain.clone() };
            kinds.push(("fields, no offset", Bmp { offset: Some(0), ..fields.clone() }));
            kinds.push(("fields", fields));
        }
        for (name, bmp) in kinds {
            assert!(shown(&bmp.file()) == expected, "{bits} bits, {name}");
        }
    }
}

#[test]
fn runs_need_no_end_and_may_begin_at_the_top() {
    let data: Vec<u8> =
        (0..HEIGHT as u8).flat_map(|y| [12, y, 0, 5, 1, 2, 3, y, 5, 0, 0, 0]).collect();
    let whole = Bmp { compression: 1, data: [data.as_slice(), &[0, 1]].concat(), ..Bmp::new(8) };
    let expected = shown(&whole.file());
    let no_end = Bmp { data, ..whole.clone() };
    assert!(shown(&no_end.file()) == expected);
    assert_eq!(strict_code(&no_end.file()), 0);
    let top_down = Bmp { height: -i32::from(HEIGHT), ..whole };
    let flipped = image::imageops::flip_vertical(&shown(&top_down.file()));
    assert!(flipped == expected);
}

#[test]
fn the_last_padding_of_a_bmp_may_be_missing() {
    for bits in [1, 4, 8, 24] {
        let file = Bmp::new(bits).file();
        let row = (usize::from(WIDTH) * usize::from(bits)).div_ceil(8);
        let padding = row.next_multiple_of(4) - row;
        let without = &file[..file.len() - padding];
        assert!(shown(without) == shown(&file), "{bits} bits");
        assert_eq!((strict_code(without), strict_code(&without[..without.len() - 1])), (0, 202));
        assert_eq!(code(&without[..without.len() - 1]), 0);
    }
}

#[test]
fn what_no_bmp_reader_knows_is_named() {
    for (bits, compression, words) in [
        (24, 4, "24 bits a pixel with compression 4"),
        (64, 0, "64 bits a pixel with compression 0"),
        (3, 0, "1, 2, 4, 8, 16, 24 or 32 bits"),
    ] {
        let file = Bmp { bits, compression, ..Bmp::new(24) }.file();
        let error = answer(101, &probe(&file)).unwrap_err();
        assert!(
            error.code() == Code::UnknownFormat && error.to_string().contains(words),
            "{error}"
        );
    }
}

/// A header of a PNG, and rows without a filter.
fn png_parts(colour: u8, bits: usize) -> (Chunk, Vec<u8>) {
    let sides = [u32::from(WIDTH).to_be_bytes(), u32::from(HEIGHT).to_be_bytes()].concat();
    let header = (*b"IHDR", [sides.as_slice(), &[8, colour, 0, 0, 0]].concat());
    let row = usize::from(WIDTH) * bits / 8;
    let rows = (0..usize::from(HEIGHT)).flat_map(|y| {
        [vec![0], (0..row).map(|x| ((x * 5 + y * 17) % 251) as u8).collect()].concat()
    });
    (header, rows.collect())
}

fn idat(data: &[u8]) -> Chunk {
    (*b"IDAT", data.to_vec())
}

#[test]
fn pngs_are_shown_whatever_lies_around_their_data() {
    let (header, rows) = png_parts(0, 8);
    let stream = zlib(&rows);
    let good = containers::png(&[header.clone(), idat(&stream)]);
    let expected = shown(&good);
    let of = |chunks: &[Chunk]| containers::png(&[std::slice::from_ref(&header), chunks].concat());
    let mut wrong_crc = good.clone();
    wrong_crc[29] ^= 1;
    let end = wrong_crc.len() - 13;
    wrong_crc[end] ^= 1;
    let length = stream.len();
    for (name, file, strict) in [
        ("no IEND", good[..good.len() - 12].to_vec(), 0),
        ("bytes behind", [good.as_slice(), &[7; 99]].concat(), 0),
        ("empty IDATs", of(&[idat(b""), idat(&stream[..9]), idat(b""), idat(&stream[9..])]), 0),
        ("an unknown critical chunk", of(&[(*b"ABCD", vec![1]), idat(&stream)]), 0),
        ("a second header", of(&[header.clone(), idat(&stream)]), 0),
        ("wrong checksums of chunks", wrong_crc, 201),
        (
            "a wrong checksum of the data",
            of(&[idat(&[&stream[..length - 1], &[!stream[length - 1]]].concat())]),
            201,
        ),
        ("no checksum of the data", of(&[idat(&stream[..length - 4])]), 202),
        ("more data", of(&[idat(&zlib(&[rows.as_slice(), &[0; 99]].concat()))]), 0),
        ("a small window", of(&[idat(&[&[0x08, 0x1D], &stream[2..]].concat())]), 0),
        (
            "a wrong length of IDAT",
            {
                let mut file = good.clone();
                file[33..37].copy_from_slice(&[0xFF; 4]);
                file
            },
            0,
        ),
    ] {
        assert!(shown(&file) == expected, "{name}");
        assert_eq!(strict_code(&file), strict, "{name}");
    }
}

#[test]
fn palettes_of_pngs_may_have_too_few_or_too_many_colours() {
    let (header, rows) = png_parts(3, 8);
    let palette: Vec<u8> = (0..=255).flat_map(|n| [n, n ^ 0x55, 255 - n]).collect();
    let file = |palette: &[u8], opacity: &[u8]| {
        let mut chunks = vec![header.clone(), (*b"PLTE", palette.to_vec())];
        if !opacity.is_empty() {
            chunks.push((*b"tRNS", opacity.to_vec()));
        }
        containers::png(&[chunks.as_slice(), &[idat(&zlib(&rows))]].concat())
    };
    let expected = shown(&file(&palette, &[]));
    let long = [palette.as_slice(), &[9; 40]].concat();
    assert!(shown(&file(&long, &[])) == expected);
    assert!(shown(&file(&palette, &[255; 300])) == expected);
    // 10 colours and a part of one.
    let few = shown(&file(&palette[..31], &[]));
    assert_eq!([few.get_pixel(1, 0).0, few.get_pixel(2, 0).0], [[5, 80, 250, 255], [0, 0, 0, 255]]);
    assert_eq!(code(&file(&palette[..2], &[])), 201);
}

/// What came before the damage is shown, to the row.
#[test]
fn damage_ends_a_picture_where_it_is() {
    let neutral = [128, 128, 128, 255];
    let (header, rows) = png_parts(0, 8);
    let png = |stream: &[u8]| containers::png(&[header.clone(), idat(stream)]);
    let expected = shown(&png(&zlib(&rows)));
    // A filter that there is not, and a block of a kind that there is not.
    let mut filter = rows.clone();
    filter[9 * 21] = 7;
    let mut block = zlib(&rows[..9 * 21]);
    block[2] = 0;
    block.truncate(block.len() - 4);
    block.extend([7; 40]);
    for file in [png(&zlib(&filter)), png(&block)] {
        let found = shown(&file);
        for (y, row) in found.rows().enumerate() {
            let is_right = row.enumerate().all(|(x, pixel)| {
                pixel.0 == if y < 9 { expected.get_pixel(x as u32, y as u32).0 } else { neutral }
            });
            assert!(is_right, "row {y}");
        }
        assert_eq!(strict_code(&file), 201);
    }
    // At once.
    assert_eq!(code(&png(&[0x78, 0x01, 7, 7, 7])), 201);
    let gif = GIF.file();
    let expected = shown(&gif);
    let mut broken = gif.clone();
    let middle = gif.len() / 2;
    broken[middle..].fill(0xFF);
    broken.extend([0xFF; 300]);
    let found = shown(&broken);
    assert!(found.get_pixel(5, 1) == expected.get_pixel(5, 1));
    assert_eq!(found.get_pixel(19, 13).0, neutral);
    assert_ne!(strict_code(&broken), 0);
}

/// Cut anywhere, a file of every kind gives a picture, or 202 because there is nothing yet: it is never called corrupt.
#[test]
fn a_file_that_is_cut_off_is_shown_or_truncated() {
    for (format, most, least) in
        [("bmp", 1200, 60), ("gif", 700, 20), ("png", 700, 40), ("webp", 700, 20)]
    {
        let seeds = seeds::seeds(format).into_iter();
        let whole = seeds.filter(|(name, file)| {
            file.len() < most && !["odd-", "cut-"].iter().any(|start| name.starts_with(start))
        });
        let whole: Vec<_> = whole.filter(|(_, file)| strict_code(file) == 0).collect();
        assert!(whole.len() >= least, "{format}: {}", whole.len());
        for (name, file) in whole.iter().step_by(whole.len().div_ceil(12)) {
            let mut shown = 0;
            for length in 0..file.len() {
                match answer(100, &ask(8, 8, PNG).v1(&file[..length])) {
                    Ok(_) => shown += 1,
                    Err(error) => {
                        let is_cut = error.code() == Code::Truncated;
                        assert!(is_cut, "{format} {name}, {length} bytes: {error}");
                    }
                }
            }
            // What a foreign decoder makes of a part of it, it does not give away.
            assert!(shown > 0 || format == "webp", "{format} {name}");
        }
    }
}

/// An animation is shown as soon as its first frame is there.
#[test]
fn the_first_frame_of_a_webp_needs_no_other() {
    let picture = file(scene(40, 30), ImageFormat::Png);
    for flags in [0, 2] {
        let still = thumbnail(&Ask { flags, ..ask(40, 30, WEBP) }.v2(0, &picture)).2;
        let body = [&[0; 6][..], &[39, 0, 0, 29, 0, 0, 100, 0, 0, 0], &still[12..]].concat();
        let frame = containers::riff_chunk(b"ANMF", &body);
        let header = containers::riff_chunk(b"VP8X", &[2, 0, 0, 0, 39, 0, 0, 29, 0, 0]);
        let control = containers::riff_chunk(b"ANIM", &[0; 6]);
        let whole = containers::webp(&[header, control, frame.clone(), frame.clone()]);
        let cut = &whole[..whole.len() - frame.len() / 2];
        assert!(shown(cut) == shown(&whole), "{flags}");
    }
}

/// libwebp lets the last pixel end beyond the data.
#[test]
fn a_lossless_webp_is_shown_without_its_last_bits() {
    let picture = file(scene(40, 30), ImageFormat::Png);
    let still = thumbnail(&Ask { flags: 2, ..ask(40, 30, WEBP) }.v2(0, &picture)).2;
    assert_eq!(&still[12..16], b"VP8L");
    let frame = &still[20..][..u32::from_le_bytes(still[16..20].try_into().unwrap()) as usize];
    let header = containers::riff_chunk(b"VP8X", &[0, 0, 0, 0, 39, 0, 0, 29, 0, 0]);
    let without = |bytes: usize| {
        let frame = containers::riff_chunk(b"VP8L", &frame[..frame.len() - bytes]);
        [vec![frame.clone()], vec![header.clone(), frame]].map(|chunks| containers::webp(&chunks))
    };
    let expected = shown(&still);
    for damaged in without(1) {
        let found = shown(&damaged);
        assert_eq!(strict_code(&damaged), 0);
        let different = expected.pixels().zip(found.pixels()).filter(|(one, other)| one != other);
        // A byte has a few pixels at the most.
        assert!(different.count() <= 8);
    }
    for damaged in without(16) {
        assert_eq!(strict_code(&damaged), 201);
    }
}

#[test]
fn a_lossy_webp_whose_alpha_cannot_be_read_is_opaque() {
    let picture = file(scene(40, 30), ImageFormat::Png);
    let still = thumbnail(&ask(40, 30, WEBP).v1(&picture)).2;
    let header = containers::riff_chunk(b"VP8X", &[0x10, 0, 0, 0, 39, 0, 0, 29, 0, 0]);
    let with = |alpha: &[u8]| {
        let alpha = containers::riff_chunk(b"ALPH", alpha);
        containers::webp(&[header.clone(), alpha, still[12..].to_vec()])
    };
    let mut opaque = vec![255; 40 * 30 + 1];
    opaque[0] = 0;
    let expected = shown(&with(&opaque));
    // Prefix codes that no lossless picture has; nothing.
    for alpha in [[&[1][..], &[0xFF; 20]].concat(), vec![1], vec![]] {
        let damaged = with(&alpha);
        assert!(shown(&damaged) == expected, "{alpha:?}");
        assert!(matches!(strict_code(&damaged), 201 | 202), "{alpha:?}");
    }
    assert_eq!(code(&with(&[2, 0, 0])), 200);
}
