//! Embedded ICC profiles: applied where they can be used, and rebuilt from the tags that count before anything else
//! reads them.

use image::{ImageFormat, Rgb, RgbImage};
use jpeg_encoder::{ColorType, SamplingFactor};
use moxcms::ColorProfile;
use thumbox_core::{Budget, Limits, call};

use crate::common::*;

/// A flat colour in a PNG with this ICC profile, as it comes out.
fn through_profile(colour: [u8; 3], profile: &[u8]) -> [u8; 3] {
    let body = [b"profile\0\0", zlib(profile).as_slice()].concat();
    let source = file(RgbImage::from_pixel(8, 8, Rgb(colour)), ImageFormat::Png);
    let file = thumbnail(&ask(8, 8, PNG).v1(&with_chunk(&source, b"iCCP", &body))).2;
    pixels(&file).to_rgb8().get_pixel(4, 4).0
}

#[test]
fn profiles_are_applied() {
    let p3 = ColorProfile::new_display_p3().encode().unwrap();
    for colour in [[128, 128, 128], [200, 100, 50], [60, 120, 90], [255, 0, 0], [0, 255, 0]] {
        let found = through_profile(colour, &p3);
        let expected = display_p3_to_srgb(colour);
        let differs = found.iter().zip(expected).any(|(a, b)| a.abs_diff(b) > 2);
        assert!(!differs, "{colour:?} became {found:?}, not {expected:?}");
    }
}

/// By the definitions: IEC 61966-2-1's curve, and P3's primaries to sRGB's, both with D65 white.
fn display_p3_to_srgb(colour: [u8; 3]) -> [u8; 3] {
    let linear = colour.map(|sample| {
        let sample = f64::from(sample) / 255.0;
        if sample <= 0.04045 { sample / 12.92 } else { ((sample + 0.055) / 1.055).powf(2.4) }
    });
    let matrix = [
        [1.224_940, -0.224_940, 0.0],
        [-0.042_057, 1.042_057, 0.0],
        [-0.019_638, -0.078_636, 1.098_274],
    ];
    matrix.map(|row| {
        let value: f64 = row.iter().zip(linear).map(|(factor, sample)| factor * sample).sum();
        let value = value.clamp(0.0, 1.0);
        let curve = if value <= 0.003_130_8 {
            value * 12.92
        } else {
            1.055 * value.powf(1.0 / 2.4) - 0.055
        };
        (curve * 255.0).round() as u8
    })
}

#[test]
fn profiles_that_cannot_be_used_are_passed_over() {
    let grey_profile = ColorProfile::new_gray_with_gamma(2.2).encode().unwrap();
    let p3 = ColorProfile::new_display_p3().encode().unwrap();
    for profile in [&grey_profile[..], &p3[..p3.len() / 2], b"no profile at all", &[0; 200]] {
        assert_eq!(through_profile([10, 200, 30], profile), [10, 200, 30]);
    }
}

#[test]
fn grey_goes_through_its_own_profile() {
    let profile = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
    let body = [b"profile\0\0", zlib(&profile).as_slice()].concat();
    let source = file(image::GrayImage::from_pixel(8, 8, image::Luma([55])), ImageFormat::Png);
    let file = thumbnail(&ask(8, 8, PNG).v1(&with_chunk(&source, b"iCCP", &body))).2;
    let found = pixels(&file).to_luma8().get_pixel(4, 4).0[0];
    // Linear 55 / 255 on sRGB's curve is 0.5029.
    assert!(found.abs_diff(128) <= 2, "{found}");
}

/// A profile of these tags, each where the last one ends unless it says where it is.
fn profile(space: &[u8; 4], tags: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut file = vec![0; 128];
    for (at, field) in
        [(8, &[4, 0x30, 0, 0]), (12, b"mntr"), (16, space), (20, b"XYZ "), (36, b"acsp")]
    {
        file[at..at + 4].copy_from_slice(field);
    }
    // 2026-11-28, and D50.
    file[24..30].copy_from_slice(&[0x07, 0xEA, 0, 11, 0, 28]);
    file[68..80].copy_from_slice(&[0, 0, 0xF6, 0xD6, 0, 1, 0, 0, 0, 0, 0xD3, 0x2D]);
    file.extend((tags.len() as u32).to_be_bytes());
    let mut body = Vec::new();
    for (name, tag) in tags {
        let offset = 132 + 12 * tags.len() + body.len();
        file.extend(*name);
        file.extend((offset as u32).to_be_bytes());
        file.extend((tag.len() as u32).to_be_bytes());
        body.extend(*tag);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    file.extend(body);
    let size = (file.len() as u32).to_be_bytes();
    file[..4].copy_from_slice(&size);
    file
}

fn xyz(values: [f64; 3]) -> Vec<u8> {
    let mut tag = b"XYZ \0\0\0\0".to_vec();
    tag.extend(values.iter().flat_map(|value| ((value * 65536.0) as i32).to_be_bytes()));
    tag
}

fn gamma(power: f64) -> Vec<u8> {
    [b"para\0\0\0\0\0\0\0\0".as_slice(), &((power * 65536.0) as i32).to_be_bytes()].concat()
}

/// The tags of an RGB profile: sRGB's colorants, and a power for a curve.
fn matrix_and_curves(power: f64) -> Vec<(&'static [u8; 4], Vec<u8>)> {
    vec![
        (b"rXYZ", xyz([0.43607, 0.22249, 0.01392])),
        (b"gXYZ", xyz([0.38515, 0.71687, 0.09708])),
        (b"bXYZ", xyz([0.14307, 0.06061, 0.71410])),
        (b"rTRC", gamma(power)),
        (b"gTRC", gamma(power)),
        (b"bTRC", gamma(power)),
    ]
}

fn rgb_profile(more: &[(&'static [u8; 4], Vec<u8>)]) -> Vec<u8> {
    let tags = [&matrix_and_curves(1.0)[..], more].concat();
    let tags: Vec<_> = tags.iter().map(|(name, tag)| (*name, tag.as_slice())).collect();
    profile(b"RGB ", &tags)
}

/// A text whose records all lie on the same characters.
fn texts(records: u32, characters: u32) -> Vec<u8> {
    let mut tag = b"mluc\0\0\0\0".to_vec();
    tag.extend(records.to_be_bytes());
    tag.extend(12_u32.to_be_bytes());
    for _ in 0..records {
        tag.extend(b"enUS");
        tag.extend((2 * characters).to_be_bytes());
        tag.extend((16 + 12 * records).to_be_bytes());
    }
    tag.extend(b"\0a".repeat(characters as usize));
    tag
}

const GREY: [u8; 3] = [55, 55, 55];

/// What linear samples become: 55 / 255 on sRGB's curve is 0.5029.
fn is_linear(colour: [u8; 3]) -> bool {
    colour.iter().all(|sample| sample.abs_diff(128) <= 2)
}

#[test]
fn texts_that_lie_on_each_other_cost_nothing() {
    let with_text =
        rgb_profile(&[(b"desc", texts(4000, 250_000)), (b"cprt", texts(4000, 250_000))]);
    let body = [b"profile\0\0", zlib(&with_text).as_slice()].concat();
    let source = file(RgbImage::from_pixel(8, 8, Rgb(GREY)), ImageFormat::Png);
    let request = ask(8, 8, PNG).v1(&with_chunk(&source, b"iCCP", &body));
    let budget = Budget::new(Limits::DEFAULT);
    let mut answer = None;
    let held = allocation_counter::measure(|| answer = Some(call(100, &[&request], &budget)));
    let reply = answer.unwrap().unwrap();
    assert!(held.bytes_max <= budget.peak() && held.bytes_max < 16 << 20, "{held:?}");
    assert!(is_linear(pixels(&reply[20..]).to_rgb8().get_pixel(4, 4).0));
}

#[test]
fn tags_that_are_not_used_do_not_matter_whatever_they_say() {
    for (name, tag) in [
        (b"desc", b"mluc".to_vec()),
        (b"cprt", b"mluc\0\0\0\0\xFF\xFF\xFF\xFF\0\0\0\x0C".to_vec()),
        (b"tech", vec![0xFF; 3]),
        (b"meas", Vec::new()),
        (b"A2B1", b"mft2".repeat(20)),
        (b"B2A0", b"mAB ".repeat(20)),
        (b"gamt", vec![0; 60]),
        (b"view", vec![0xFF; 36]),
        // PQ with BT.2020's primaries, which would make another picture of the same samples.
        (b"cicp", b"cicp\0\0\0\0\x09\x10\x00\x01".to_vec()),
    ] {
        let found = through_profile(GREY, &rgb_profile(&[(name, tag)]));
        assert!(is_linear(found), "{}: {found:?}", name.escape_ascii());
    }
}

#[test]
fn the_first_of_two_tags_with_a_name_counts() {
    let found = through_profile(GREY, &rgb_profile(&matrix_and_curves(2.2)));
    assert!(is_linear(found), "{found:?}");
}

/// A profile of which a used tag claims what is not there is passed over: no offset or size is believed.
#[test]
fn a_used_tag_that_lies_makes_the_profile_unusable() {
    let good = rgb_profile(&[]);
    assert!(is_linear(through_profile(GREY, &good)));
    for tag in 0..6 {
        for (field, value) in [
            (4, u32::MAX),
            (4, good.len() as u32),
            (4, u32::MAX - 3),
            (8, u32::MAX),
            (8, good.len() as u32),
            (8, 0),
            (8, 11),
        ] {
            let mut broken = good.clone();
            let at = 132 + 12 * tag + field;
            broken[at..at + 4].copy_from_slice(&value.to_be_bytes());
            assert_eq!(through_profile(GREY, &broken), GREY, "tag {tag}, field {field}, {value}");
        }
    }
    for count in [u32::MAX, 1 << 31, good.len() as u32] {
        let mut broken = good.clone();
        broken[128..132].copy_from_slice(&count.to_be_bytes());
        assert_eq!(through_profile(GREY, &broken), GREY, "{count} tags");
    }
    for curve in
        [&b"curv\0\0\0\0\xFF\xFF\xFF\xFF\0\0"[..], b"para\0\0\0\0\0\x05\0\0\0\0\0\0", b"curv", b""]
    {
        let mut tags = matrix_and_curves(1.0);
        tags[3].1 = curve.to_vec();
        let tags: Vec<_> = tags.iter().map(|(name, tag)| (*name, tag.as_slice())).collect();
        assert_eq!(through_profile(GREY, &profile(b"RGB ", &tags)), GREY);
    }
}

/// An `mft2` table that turns its first three channels around, with the identity for curves.
fn table(channels: u8, grid: u8) -> Vec<u8> {
    let mut tag = b"mft2\0\0\0\0".to_vec();
    tag.extend([channels, 3, grid, 0]);
    for row in 0..3 {
        tag.extend(
            (0..3).flat_map(|column| u32::from(row == column).wrapping_mul(0x10000).to_be_bytes()),
        );
    }
    tag.extend([0, 2, 0, 2]);
    tag.extend([0, 0, 0xFF, 0xFF].repeat(channels.into()));
    let nodes = u32::from(grid).pow(channels.into());
    for node in 0..nodes {
        // XYZ of D50 is 1.0 at 0x8000; black ink or no light is none.
        let light = if channels == 4 { nodes - 1 - node } else { node };
        let part = f64::from(light) / f64::from(nodes - 1) * 32768.0;
        for white in [0.9642, 1.0, 0.8249] {
            tag.extend(((part * white) as u16).to_be_bytes());
        }
    }
    tag.extend([0, 0, 0xFF, 0xFF].repeat(3));
    tag
}

#[test]
fn lookup_tables_are_applied_and_paid_for() {
    let inks = profile(b"CMYK", &[(b"A2B0", &table(4, 9))]);
    let how = Jpeg { sampling: SamplingFactor::F_1_1, ..BASELINE };
    let picture = jpeg_of(&[0, 0, 0, 0].repeat(64), 8, 8, ColorType::Cmyk, how);
    let of = |profile: &[u8]| {
        let parts = profile.chunks(60_000);
        let count = parts.len() as u8;
        let mut file = picture.clone();
        for (number, part) in (1..).zip(parts).collect::<Vec<(u8, _)>>().into_iter().rev() {
            file =
                with_segment(&file, 0xE2, &[b"ICC_PROFILE\0", &[number, count][..], part].concat());
        }
        file
    };
    let shown = |profile: &[u8]| {
        let file = thumbnail(&ask(8, 8, PNG).v1(&of(profile))).2;
        pixels(&file).to_rgb8().get_pixel(4, 4).0
    };
    assert!(shown(&inks).iter().all(|sample| *sample > 250), "{:?}", shown(&inks));
    // The table of another number of channels, and one whose grid is larger than the tag.
    for tag in [table(3, 9), table(4, 9)[..2000].to_vec(), {
        let mut tag = table(4, 9);
        tag[10] = 255;
        tag
    }] {
        let broken = profile(b"CMYK", &[(b"A2B0", &tag)]);
        assert_eq!(shown(&broken), [255; 3], "without a profile no ink is white");
    }
    let request = ask(8, 8, PNG).v1(&of(&profile(b"CMYK", &[(b"A2B0", &table(4, 25))])));
    let budget = Budget::new(Limits::DEFAULT);
    let held = allocation_counter::measure(|| drop(call(100, &[&request], &budget).unwrap()));
    assert!(held.bytes_max > 8 << 20, "{held:?}");
    assert!(held.bytes_max <= budget.peak() + (96 << 10), "{held:?}, {} charged", budget.peak());
    let least = Budget::new(Limits { max_memory: 16 << 20, ..Limits::DEFAULT });
    assert_eq!(call(100, &[&request], &least).unwrap_err().code().number(), 301);
}

/// 58 MiB of parts of a profile, of which none can count: in a probe, too.
#[test]
fn parts_of_a_profile_without_number_cost_nothing() {
    let picture = jpeg(8, 8);
    let part = with_segment(&[0xFF, 0xD8], 0xE2, b"ICC_PROFILE\0\x01\x01")[2..].to_vec();
    let file = [&picture[..2], &part.repeat(200_000), &picture[2..]].concat();
    for (message, request) in [(100, ask(8, 8, PNG).v1(&file)), (101, probe(&file))] {
        let budget = Budget::new(Limits::DEFAULT);
        let held =
            allocation_counter::measure(|| drop(call(message, &[&request], &budget).unwrap()));
        assert!(held.bytes_max <= budget.peak() + (96 << 10), "message {message}: {held:?}");
    }
}
