//! WebPs (RFC 9649).

use image::{DynamicImage, ImageFormat};

use super::super::common::*;
use super::super::containers::{riff_chunk as chunk, webp as riff};
use super::vp8;
use super::vp8l::{Lossless, Transform};
use super::{HEIGHT, Seed, WIDTH, cuts, icc, texture};

const ICC: u8 = 0x20;
const ALPHA: u8 = 0x10;
const EXIF: u8 = 0x08;
const XMP: u8 = 0x04;
const ANIMATION: u8 = 0x02;

const LOSSLESS: Lossless<'_> = Lossless {
    width: WIDTH,
    height: HEIGHT,
    alpha: false,
    transforms: &[],
    cache: None,
    groups: false,
};

pub(super) fn seeds() -> Vec<Seed> {
    let rgb = DynamicImage::from(scene(WIDTH, HEIGHT));
    let rgba = DynamicImage::from(scene_with_alpha(WIDTH, HEIGHT));
    let grey = DynamicImage::from(grey(WIDTH, HEIGHT));
    let mut found = Vec::new();
    for (name, picture) in [("rgb", &rgb), ("rgba", &rgba), ("grey", &grey)] {
        let source = file(picture.clone(), ImageFormat::Png);
        for quality in [1, 30, 75, 95, 100] {
            let ask = Ask { quality, ..ask(WIDTH, HEIGHT, WEBP) };
            found.push((format!("lossy-{name}-{quality}"), thumbnail(&ask.v1(&source)).2));
        }
        let lossless = Ask { flags: 2, ..ask(WIDTH, HEIGHT, WEBP) };
        found.push((format!("lossless-{name}"), thumbnail(&lossless.v2(0, &source)).2));
        if name != "grey" {
            found.push((format!("encoded-{name}"), file(picture.clone(), ImageFormat::WebP)));
        }
    }
    for (name, frame) in vp8::kinds() {
        found.push((format!("vp8-{name}"), riff(&[chunk(b"VP8 ", &frame)])));
    }
    found.extend(lossless());
    let lossy = found.iter().find(|seed| seed.0 == "lossy-rgb-75").unwrap().1.clone();
    let frame = chunk_of(&lossy, b"VP8 ");
    found.extend(alpha(&frame));
    found.extend(animations(&frame));
    found.extend(with_more(&frame));
    found.extend(cuts("lossy", &lossy));
    found.extend(cuts("lossless", &riff(&[chunk(b"VP8L", &LOSSLESS.chunk())])));
    found
}

/// Every transform and what goes with it.
fn lossless() -> Vec<Seed> {
    let mut found = Vec::new();
    let mut add = |name: String, picture: Lossless<'_>| {
        found.push((format!("vp8l-{name}"), riff(&[chunk(b"VP8L", &picture.chunk())])));
    };
    add("plain".into(), LOSSLESS);
    add("alpha".into(), Lossless { alpha: true, ..LOSSLESS });
    for mode in 0..7 {
        let transforms = &[Transform::Predictor([2 * mode, 2 * mode + 1])];
        add(format!("predictor-{mode}"), Lossless { transforms, ..LOSSLESS });
    }
    add("colour".into(), Lossless { transforms: &[Transform::Colour], ..LOSSLESS });
    add("green".into(), Lossless { transforms: &[Transform::SubtractGreen], ..LOSSLESS });
    for colours in [1, 2, 4, 16, 17, 256] {
        let transforms = &[Transform::Palette(colours)];
        add(format!("palette-{colours}"), Lossless { transforms, alpha: true, ..LOSSLESS });
    }
    let all = &[Transform::SubtractGreen, Transform::Predictor([11, 13]), Transform::Colour];
    add("three".into(), Lossless { transforms: all, alpha: true, ..LOSSLESS });
    add("cache".into(), Lossless { cache: Some(11), ..LOSSLESS });
    add("groups".into(), Lossless { groups: true, transforms: all, cache: Some(1), ..LOSSLESS });
    add("one-pixel".into(), Lossless { width: 1, height: 1, ..LOSSLESS });
    add("flat".into(), Lossless { width: 300, height: 1, ..LOSSLESS });
    found
}

/// Alpha beside a lossy frame: raw and lossless, each filtering, with and without fewer levels.
fn alpha(frame: &[u8]) -> Vec<Seed> {
    let mut found = Vec::new();
    let values = LOSSLESS.headless();
    for filtering in 0..4 {
        for levels in 0..2 {
            for (name, method, data) in
                [("raw", 0, texture((WIDTH * HEIGHT) as usize)), ("lossless", 1, values.clone())]
            {
                let header = levels << 4 | filtering << 2 | method;
                let alph = chunk(b"ALPH", &[&[header], data.as_slice()].concat());
                let file = riff(&[extended(ALPHA), alph, chunk(b"VP8 ", frame)]);
                found.push((format!("alpha-{name}-{filtering}-{levels}"), file));
            }
        }
    }
    let missing = riff(&[extended(ALPHA), chunk(b"VP8 ", frame)]);
    found.push(("odd-alpha-missing".into(), missing));
    let short = chunk(b"ALPH", &[0, 1, 2, 3]);
    found.push(("odd-alpha-short".into(), riff(&[extended(ALPHA), short, chunk(b"VP8 ", frame)])));
    found
}

/// Frames that cover the canvas or a part of it, blended or not, disposed of or not.
fn animations(lossy: &[u8]) -> Vec<Seed> {
    let mut found = Vec::new();
    let small = Lossless { width: 6, height: 5, alpha: true, ..LOSSLESS };
    let frames = [
        ("lossy", [WIDTH, HEIGHT], chunk(b"VP8 ", lossy)),
        ("lossless", [WIDTH, HEIGHT], chunk(b"VP8L", &LOSSLESS.chunk())),
        ("small", [6, 5], chunk(b"VP8L", &small.chunk())),
        (
            "alpha",
            [WIDTH, HEIGHT],
            [chunk(b"ALPH", &[&[4], texture(273).as_slice()].concat()), chunk(b"VP8 ", lossy)]
                .concat(),
        ),
    ];
    let control = chunk(b"ANIM", &[9, 8, 7, 255, 0, 0]);
    for (name, [width, height], data) in frames {
        for operations in 0..4 {
            let place = [0, 1, width - 1, height - 1, 100];
            let mut body: Vec<u8> =
                place.iter().flat_map(|value| value.to_le_bytes()[..3].to_vec()).collect();
            // A whole frame has no room to be elsewhere.
            if width == WIDTH {
                body[3] = 0;
            }
            body.push(operations);
            let frame = chunk(b"ANMF", &[body.as_slice(), &data].concat());
            let flags = ANIMATION | ALPHA;
            let file = riff(&[extended(flags), control.clone(), frame.clone(), frame]);
            found.push((format!("animated-{name}-{operations}"), file));
        }
    }
    found.push(("odd-animated-without-frames".into(), riff(&[extended(ANIMATION), control])));
    found
}

/// Files with chunks beside the picture.
fn with_more(frame: &[u8]) -> Vec<Seed> {
    let picture = chunk(b"VP8 ", frame);
    let lossless = chunk(b"VP8L", &LOSSLESS.chunk());
    let profile = chunk(b"ICCP", &icc::srgb());
    let orientation = chunk(b"EXIF", &exif(8)[6..]);
    let prefixed = chunk(b"EXIF", &exif(8));
    let xmp = chunk(b"XMP ", b"<x:xmpmeta/>");
    let unknown = chunk(b"abcd", &[1, 2, 3]);
    [
        ("profile", vec![extended(ICC), profile.clone(), picture.clone()]),
        ("profile-lossless", vec![extended(ICC), profile.clone(), lossless.clone()]),
        ("orientation", vec![extended(EXIF), picture.clone(), orientation]),
        ("orientation-prefixed", vec![extended(EXIF), picture.clone(), prefixed]),
        ("xmp", vec![extended(XMP), picture.clone(), xmp]),
        ("unknown", vec![extended(0), unknown.clone(), picture.clone()]),
        ("odd-unknown-first", vec![unknown, picture.clone()]),
        ("odd-no-picture", vec![extended(0)]),
        ("odd-two-pictures", vec![picture, lossless.clone()]),
        ("odd-profile-late", vec![extended(ICC), lossless, profile]),
    ]
    .into_iter()
    .map(|(name, chunks)| {
        let name = if name.starts_with("odd-") { name.into() } else { format!("with-{name}") };
        (name, riff(&chunks))
    })
    .collect()
}

fn extended(flags: u8) -> Vec<u8> {
    let mut body = vec![flags, 0, 0, 0];
    for side in [WIDTH, HEIGHT] {
        body.extend(&(side - 1).to_le_bytes()[..3]);
    }
    chunk(b"VP8X", &body)
}

/// The content of a file's first chunk of a kind.
fn chunk_of(file: &[u8], kind: &[u8; 4]) -> Vec<u8> {
    let mut at = 12;
    loop {
        let size = u32_at(file, at + 4) as usize;
        if &file[at..at + 4] == kind {
            return file[at + 8..at + 8 + size].to_vec();
        }
        at += 8 + size.next_multiple_of(2);
    }
}
