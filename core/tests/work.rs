//! What a file may cost, and what a host allows to be read: formats, dimensions and work (codes 203, 300 and 303).

use image::ImageFormat;
use jpeg_encoder::ColorType;
use thumbox_core::{Budget, Error, Format, Formats, Limits, call};

use crate::cameras::raw;
use crate::common::*;

fn every_format() -> [(Format, Vec<u8>); 13] {
    let picture = || scene(20, 10);
    let webp = thumbnail(&ask(20, 10, WEBP).v1(&png(20, 10))).2;
    [
        (Format::Jpeg, jpeg(20, 10)),
        (Format::Png, png(20, 10)),
        (Format::WebP, webp),
        (Format::Gif, gif(20, 10, 1)),
        (Format::Bmp, file(picture(), ImageFormat::Bmp)),
        (Format::Tiff, file(picture(), ImageFormat::Tiff)),
        (Format::Raw, raw(20, 10)),
        (Format::Qoi, qoi_of(&picture())),
        (Format::Pnm, ppm_of(&picture())),
        (Format::Tga, tga_of(&picture())),
        (Format::Psd, psd_of(&picture())),
        (Format::Ico, icon(1, &[png(20, 10)])),
        (Format::Cur, icon(2, &[png(20, 10)])),
    ]
}

#[test]
fn only_formats_that_are_allowed_are_read() {
    for (format, image) in every_format() {
        let requests = [
            (100, ask(8, 8, PNG).v1(&image)),
            (101, probe(&image)),
            (102, set(&[ask(8, 8, PNG)], &image)),
            (103, placeholder(0, &image)),
        ];
        for allowed in Format::ALL {
            let formats = Formats::from_iter([allowed]);
            for (message, request) in &requests {
                let budget = Budget::new(Limits { formats, ..Limits::DEFAULT });
                let answer = call(*message, &[request], &budget);
                if allowed == format {
                    assert!(answer.is_ok(), "{format}, message {message}: {answer:?}");
                    continue;
                }
                let error = answer.unwrap_err();
                assert_eq!((error.code().number(), budget.peak()), (203, 0));
                let says = format!("the image is a {format}; allowed formats: {allowed}");
                assert_eq!(error.to_string(), says);
            }
        }
        // Before anything else is read: a file that is no more than its first bytes.
        let formats: Formats = Format::ALL.into_iter().filter(|other| *other != format).collect();
        let budget = Budget::new(Limits { formats, ..Limits::DEFAULT });
        // A TGA is told by its end.
        let start = if format == Format::Tga { &image } else { &image[..12] };
        let error = call(101, &[&probe(start)], &budget).unwrap_err();
        assert_eq!(error.code().number(), 203, "{format}: {error}");
    }
}

fn refused(image: &[u8]) -> Error {
    answer(100, &ask(64, 64, PNG).v1(image)).unwrap_err()
}

#[test]
fn scans_without_end_meet_a_limit() {
    let how = Jpeg { progressive: true, ..BASELINE };
    let file = jpeg_of(&scene(512, 512), 512, 512, ColorType::Rgb, how);
    assert!(answer(100, &ask(64, 64, PNG).v1(&file)).is_ok());
    // A scan of a component's coefficients 1 to 63 that says of all its blocks at once that they have none, in a few
    // bytes: behind a table whose only code means 2^14 blocks and more.
    let first = file.windows(2).position(|marker| marker == [0xFF, 0xDA]).unwrap();
    let component = file[first + 5];
    let table = [vec![0xFF, 0xC4, 0, 20, 0x10, 1], vec![0; 15], vec![0xE0]].concat();
    let scan = [&[0xFF, 0xDA, 0, 8, 1, component, 0, 1, 63, 0][..], &[0; 8]].concat();
    for count in [10, 4000] {
        let many = [&file[..file.len() - 2], &table, &scan.repeat(count), &[0xFF, 0xD9]].concat();
        let request = ask(256, 256, PNG).v1(&many);
        let answer = answer(100, &request);
        if count == 10 {
            assert!(answer.is_ok(), "{answer:?}");
        } else {
            let error = answer.unwrap_err();
            assert_eq!(error.code().number(), 303, "{error}");
            assert!(error.to_string().starts_with("the JPEG image takes more than "), "{error}");
        }
    }
}

/// Restarts after every block that are not there, and a table whose one code is as long as can be and says black: no
/// block is read from nothing, in one scan or in several.
#[test]
fn what_restarts_that_are_missing_should_have_begun_is_not_read() {
    let segment = |marker: u8, body: &[u8]| {
        [&[0xFF, marker][..], &(body.len() as u16 + 2).to_be_bytes(), body].concat()
    };
    let table = |class: u8| segment(0xC4, &[&[class][..], &[0; 15], &[1, 0x0A]].concat());
    for components in [1, 3] {
        let sides = 512_u16.to_be_bytes();
        let mut frame = [&[8][..], &sides, &sides, &[components]].concat();
        frame.extend((1..=components).flat_map(|id| [id, 0x11, 0]));
        let quantisation = segment(0xDB, &[&[0][..], &[1; 64]].concat());
        let head = [segment(0xC0, &frame), table(0), table(0x10), segment(0xDD, &[0, 1])].concat();
        let scans = (1..=components).map(|id| segment(0xDA, &[1, id, 0, 0, 63, 0]));
        let scans = scans.map(|scan| [scan, vec![0; 8]].concat()).collect::<Vec<_>>().concat();
        let image = [&[0xFF, 0xD8][..], &quantisation, &head, &scans].concat();
        let shown = pixels(&thumbnail(&ask(16, 16, PNG).v1(&image)).2).to_rgb8();
        assert_eq!(shown.get_pixel(15, 15).0, [128; 3], "{components} components");
    }
}

/// A TIFF of one row to a strip.
fn tiff(width: u32, strips: &[(u32, u32)], compression: u16, data: &[u8]) -> Vec<u8> {
    grey_tiff(
        &GreyTiff { width, height: strips.len() as u32, rows: 1, bits: 8, compression },
        strips,
        data,
    )
}

#[test]
fn strips_that_share_bytes_are_refused() {
    let data = [9; 40];
    let apart: Vec<_> = (0..4).map(|row| (8 + 10 * row, 10)).collect();
    let good = tiff(10, &apart, 1, &data);
    assert!(answer(100, &ask(8, 8, PNG).v1(&good)).is_ok());
    for (strips, at) in [
        ([(8, 10), (18, 10), (28, 10), (27, 10)], 27),
        ([(8, 10); 4], 8),
        ([(8, 10), (8, 1), (28, 10), (38, 10)], 8),
        ([(20, u32::MAX), (21, u32::MAX), (8, 1), (9, 1)], 21),
    ] {
        let file = tiff(10, &strips, 1, &data);
        let error = refused(&file);
        assert_eq!(error.code().number(), 201, "{error}");
        let says = format!("share byte {at} of the file");
        assert!(error.to_string().contains(&says), "{error}");
    }
    // What lies behind the end is missing, and that is another error.
    let cut = tiff(10, &[(8, 10), (18, 10), (1 << 20, 10), (1 << 20, 10)], 1, &data);
    let error = answer(100, &ask(8, 8, PNG).v1(&cut)).err();
    assert!(error.is_none_or(|error| !error.to_string().contains("share")));
}

#[test]
fn a_jpeg_inside_a_tiff_is_held_to_the_limits() {
    let photo = |side: u16| {
        let mut photo = jpeg_of(&[9; 64], 8, 8, ColorType::Luma, BASELINE);
        let frame = photo.windows(2).position(|bytes| bytes == [0xFF, 0xC0]).unwrap();
        photo[frame + 5..frame + 7].copy_from_slice(&side.to_be_bytes());
        photo[frame + 7..frame + 9].copy_from_slice(&side.to_be_bytes());
        photo
    };
    let shown = thumbnail(&ask(8, 8, PNG).v1(&tile_tiff(8, 8, 16, 7, &photo(16))));
    assert_eq!((shown.0, shown.1), (8, 8));
    for (side, says, code) in [
        (16_u32, 16_384_u16, 201),
        (16_000, 16_000, 303),
        (65_535, 65_535, 301),
        (8, 4000, 201),
        (4000, 4000, 303),
    ] {
        let error = refused(&tile_tiff(8, 8, side, 7, &photo(says)));
        assert_eq!(error.code().number(), code, "{side} {says}: {error}");
    }
}

#[test]
fn runs_of_zstandard_are_not_unpacked_without_bound() {
    // A frame of one window, then blocks of 128 KiB of one byte each (RFC 8878, sections 3.1.1.1 and 3.1.1.2).
    let block = |last: u32| [&(last | 1 << 1 | (128 << 10) << 3).to_le_bytes()[..3], &[7]].concat();
    let frame = |blocks: usize| {
        let head = [0x28, 0xB5, 0x2F, 0xFD, 0, 7 << 3];
        [&head[..], &block(0).repeat(blocks - 1), &block(1)].concat()
    };
    let file = |side: u32, blocks: usize| {
        let data = frame(blocks);
        let picture =
            GreyTiff { width: side, height: side, rows: side, bits: 32, compression: 50_000 };
        grey_tiff(&picture, &[(8, data.len() as u32)], &data)
    };
    // 16 MiB and 1 GiB.
    let (_, _, shown) = thumbnail(&ask(8, 8, PNG).v1(&file(2048, 128)));
    assert_eq!(pixels(&shown).to_luma8().get_pixel(3, 3).0, [7]);
    assert_eq!(refused(&file(16_384, 8192)).code().number(), 303);
    // 16 MiB, too, and each byte a row.
    let (data, rows) = (frame(128), 128 << 17);
    let narrow = GreyTiff { width: 1, height: rows, rows, bits: 8, compression: 50_000 };
    let narrow = grey_tiff(&narrow, &[(8, data.len() as u32)], &data);
    assert_eq!(refused(&narrow).code().number(), 303);
}

#[test]
fn rows_of_a_png_are_not_read_without_bound() {
    let file = |rows: u32| {
        let mut file = png_claiming(1, rows);
        // A bit of grey for each pixel, and a byte of the filter.
        file.truncate(33);
        file[24..26].copy_from_slice(&[1, 0]);
        let zeros = fdeflate::compress_to_vec(&vec![0; 2 * rows as usize]);
        file.extend((zeros.len() as u32).to_be_bytes());
        file.extend(b"IDAT");
        file.extend(zeros);
        file.extend([0; 4]);
        file
    };
    assert!(answer(100, &ask(8, 8, PNG).v1(&file(1 << 20))).is_ok());
    assert_eq!(refused(&file((64 << 20) + 1)).code().number(), 303);
}

#[test]
fn a_bmp_may_claim_any_dimensions() {
    let good = file(scene(20, 10), ImageFormat::Bmp);
    for (width, height, code) in [
        (20, 10, None),
        (20, -10_i32, None),
        // Its row takes more memory than there is for a call.
        (1 << 27, 1, Some(301)),
        (1, 1 << 30, Some(300)),
        (1, i32::MIN, Some(300)),
        (65_535, 65_535, Some(300)),
        (0x86, 0x2400_0000, Some(300)),
        (-1, 10, Some(201)),
    ] {
        let mut image = good.clone();
        image[18..22].copy_from_slice(&i32::to_le_bytes(width));
        image[22..26].copy_from_slice(&height.to_le_bytes());
        for (message, request) in [(100, ask(8, 8, PNG).v1(&image)), (101, probe(&image))] {
            let found = answer(message, &request).err().map(|error| error.code().number());
            // Whether it is too large to be decoded, a probe does not ask.
            let expected = code.filter(|code| message == 100 || *code == 201);
            assert_eq!(found, expected, "{width} x {height}, message {message}");
        }
    }
}

#[test]
fn no_limit_on_pixels_goes_beyond_the_highest() {
    let budget = Budget::new(Limits { max_pixels: u64::MAX, ..Limits::DEFAULT });
    let request = ask(8, 8, PNG).v1(&png_claiming(1 << 15, (1 << 14) + 1));
    let error = call(100, &[&request], &budget).unwrap_err();
    assert!(error.code().number() == 300 && error.to_string().contains("536870912"), "{error}");
}

/// Ordinary files stay far below what they may cost.
#[test]
fn ordinary_files_take_a_fraction_of_what_is_allowed() {
    for (format, image) in every_format() {
        let budget = Budget::new(Limits::DEFAULT);
        call(100, &[&ask(8, 8, PNG).v1(&image)], &budget).unwrap();
        let expected = match format {
            Format::Jpeg | Format::Raw => 1..4096 / 4,
            Format::Png | Format::Ico | Format::Cur => 10..11,
            // Nothing that they hold is read twice; nor is a lossy WebP, nor what a TIFF does not compress.
            _ => 0..1,
        };
        assert!(expected.contains(&budget.work_done()), "{format}: {}", budget.work_done());
    }
}
