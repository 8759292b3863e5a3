//! PSD and PSB: every mode beside what its planes say, what is cut off, and sections that lie.

use image::{Rgba, RgbaImage};
use thumbox_core::{Budget, Limits, call};

use crate::broken::{code, shown, strict_code};
use crate::common::*;

const WIDTH: u32 = 21;
const HEIGHT: u32 = 13;

/// Planes of so many bits a sample, with runs in them.
fn planes(count: usize, depth: u16) -> Vec<Vec<u8>> {
    let bytes = (WIDTH as usize * usize::from(depth)).div_ceil(8) * HEIGHT as usize;
    let planes = (0..count).map(|plane| {
        let mut bytes: Vec<u8> =
            (0..bytes).map(|at| (at * (37 + 14 * plane) % 251) as u8).collect();
        bytes[7..20].fill(plane as u8 * 60);
        bytes
    });
    planes.collect()
}

/// A sample of a plane in 16 bits.
fn sample(planes: &[Vec<u8>], depth: u16, plane: usize, at: usize) -> u16 {
    match depth {
        8 => u16::from(planes[plane][at]) * 257,
        _ => u16::from_be_bytes([planes[plane][2 * at], planes[plane][2 * at + 1]]),
    }
}

fn level(sample: f64) -> u8 {
    (sample / 257.0).round().clamp(0.0, 255.0) as u8
}

/// Both sizes of file, in runs and not, have to show the same.
fn all(psd: &Psd) -> Vec<u8> {
    let files = [(false, 0), (false, 1), (true, 0), (true, 1)]
        .map(|(large, compression)| Psd { large, compression, ..psd.clone() }.file());
    for file in &files {
        assert!(shown(file) == shown(&files[0]));
        assert_eq!(strict_code(file), 0);
        let reply = answer(101, &probe(file)).unwrap();
        assert_eq!((u32_at(&reply, 4), u32_at(&reply, 8), u32_at(&reply, 20)), (WIDTH, HEIGHT, 14));
    }
    files[0].clone()
}

fn picture(pixel: impl Fn(usize) -> [u8; 4]) -> RgbaImage {
    RgbaImage::from_fn(WIDTH, HEIGHT, |x, y| Rgba(pixel((y * WIDTH + x) as usize)))
}

#[test]
fn planes_are_what_their_mode_says() {
    for depth in [8, 16] {
        for (mode, count) in [(1, 1), (8, 1), (3, 3), (4, 4), (1, 3), (3, 5), (4, 5)] {
            let planes = planes(count, depth);
            let psd = Psd::new(mode, depth, WIDTH, HEIGHT, planes.clone());
            let at = |plane: usize, at: usize| f64::from(sample(&planes, depth, plane, at));
            let expected = picture(|pixel| match mode {
                3 => [level(at(0, pixel)), level(at(1, pixel)), level(at(2, pixel)), 255],
                4 => {
                    let ink = |plane: usize| {
                        // Rounded in the depth of the picture.
                        let most = if depth == 8 { 255.0 } else { 65_535.0 };
                        let step = 65_535.0 / most;
                        let product = at(plane, pixel) / step * at(3, pixel) / step;
                        level((product / most).round() * step)
                    };
                    [ink(0), ink(1), ink(2), 255]
                }
                _ => {
                    let grey = level(at(0, pixel));
                    [grey, grey, grey, 255]
                }
            });
            assert!(shown(&all(&psd)) == expected, "mode {mode}, {depth} bits");
        }
    }
}

#[test]
fn bits_are_black_where_they_are_set() {
    let planes = planes(1, 1);
    let stride = WIDTH.div_ceil(8) as usize;
    let expected = picture(|at| {
        let (x, y) = (at % WIDTH as usize, at / WIDTH as usize);
        let set = planes[0][y * stride + x / 8] << (x % 8) & 0x80 != 0;
        if set { [0, 0, 0, 255] } else { [255; 4] }
    });
    assert!(shown(&all(&Psd::new(0, 1, WIDTH, HEIGHT, planes.clone()))) == expected);
}

#[test]
fn colours_are_looked_up_and_one_may_be_transparent() {
    let (planes, palette) =
        (planes(1, 8), (0..768).map(|at| (at * 59 % 253) as u8).collect::<Vec<u8>>());
    let indexed = Psd { palette: palette.clone(), ..Psd::new(2, 8, WIDTH, HEIGHT, planes.clone()) };
    let of = |number: u8| [0, 256, 512].map(|plane| palette[plane + usize::from(number)]);
    let expected = picture(|at| {
        let [r, g, b] = of(planes[0][at]);
        [r, g, b, 255]
    });
    assert!(shown(&all(&indexed)) == expected);
    let clear = Psd { resources: vec![(1047, vec![0, 37])], ..indexed };
    let expected = picture(|at| match planes[0][at] {
        37 => [0; 4],
        number => {
            let [r, g, b] = of(number);
            [r, g, b, 255]
        }
    });
    assert!(shown(&all(&clear)) == expected);
}

/// CIE 1976 and sRGB, by their definitions.
#[test]
fn lab_becomes_srgb() {
    for depth in [8, 16] {
        let planes = planes(3, depth);
        let found = shown(&all(&Psd::new(9, depth, WIDTH, HEIGHT, planes.clone())));
        for (at, pixel) in found.pixels().enumerate() {
            let [l, a, b] =
                [0, 1, 2].map(|plane| f64::from(sample(&planes, depth, plane, at)) / 257.0);
            let (l, a, b) = (l * 100.0 / 255.0, a - 128.0, b - 128.0);
            let y = (l + 16.0) / 116.0;
            let inverse =
                |f: f64| if f > 6.0 / 29.0 { f.powi(3) } else { (f - 4.0 / 29.0) * 108.0 / 841.0 };
            let [x, y, z] =
                [0.964_22 * inverse(y + a / 500.0), inverse(y), 0.825_21 * inverse(y - b / 200.0)];
            let rgb = [
                3.133_856 * x - 1.616_867 * y - 0.490_615 * z,
                -0.978_768 * x + 1.916_142 * y + 0.033_454 * z,
                0.071_945 * x - 0.228_991 * y + 1.405_243 * z,
            ];
            for (light, found) in rgb.into_iter().zip(pixel.0) {
                let light = light.clamp(0.0, 1.0);
                let encoded = if light <= 0.003_130_8 {
                    12.92 * light
                } else {
                    1.055 * light.powf(1.0 / 2.4) - 0.055
                };
                assert!(
                    (encoded * 255.0 - f64::from(found)).abs() <= 0.51,
                    "{depth} bits, {at}: {pixel:?}"
                );
            }
        }
    }
}

/// The plane behind the colours is alpha where the layers say so. The white that Photoshop puts behind is taken away.
#[test]
fn alpha_is_what_the_layers_say() {
    let white_behind = |straight: [u8; 4]| {
        let [.., alpha] = straight.map(f64::from);
        let over = |sample: u8| (f64::from(sample) * alpha + 255.0 * (255.0 - alpha)) / 255.0;
        [over(straight[0]), over(straight[1]), over(straight[2]), alpha]
    };
    let straight = scene_with_alpha(WIDTH, HEIGHT);
    for depth in [8, 16] {
        let planes = [0, 1, 2, 3].map(|plane| {
            let samples = straight.pixels().map(|pixel| white_behind(pixel.0)[plane]);
            let bytes = samples.flat_map(|sample| match depth {
                8 => vec![sample.round() as u8],
                _ => ((sample * 257.0).round() as u16).to_be_bytes().to_vec(),
            });
            bytes.collect::<Vec<u8>>()
        });
        let opaque = Psd::new(3, depth, WIDTH, HEIGHT, planes.to_vec());
        for (layers, blocks, has_alpha) in [
            (None, vec![], false),
            (Some(0), vec![], false),
            (Some(3), vec![], false),
            (Some(-1), vec![], true),
            (Some(0), vec![(*b"abcd", vec![1; 5]), (*b"Mt16", vec![])], true),
            (None, vec![(*b"Mtrn", vec![])], true),
            (None, vec![(*b"Lr16", (-2_i16).to_be_bytes().to_vec())], true),
            (None, vec![(*b"Lr16", 2_i16.to_be_bytes().to_vec())], false),
        ] {
            let file = all(&Psd { layers, blocks, ..opaque.clone() });
            let reply = answer(101, &probe(&file)).unwrap();
            assert_eq!(reply[2] & 1, u8::from(has_alpha), "{layers:?}");
            let found = shown(&file);
            for (found, straight) in found.pixels().zip(straight.pixels()) {
                let [.., alpha] = straight.0;
                if !has_alpha {
                    assert_eq!(found.0[3], 255);
                } else if alpha > 0 {
                    assert_eq!(found.0[3], alpha);
                    // A level of what is stored is more of what is nearly transparent.
                    let allowed = if depth == 8 { 128 / u32::from(alpha) + 1 } else { 1 };
                    let pairs = found.0.iter().zip(straight.0);
                    let far = pairs.map(|(a, b)| u32::from(a.abs_diff(b))).max().unwrap();
                    assert!(far <= allowed, "{found:?} {straight:?}");
                }
            }
        }
    }
    // Grey, too.
    let grey = Psd { layers: Some(-1), ..Psd::new(1, 8, 1, 1, vec![vec![155], vec![128]]) };
    assert_eq!(shown(&grey.file()).get_pixel(0, 0).0, [56, 56, 56, 128]);
    // Three planes have none, whatever is said.
    let three = Psd { layers: Some(-1), ..Psd::new(3, 8, WIDTH, HEIGHT, planes(3, 8)) };
    assert_eq!(answer(101, &probe(&three.file())).unwrap()[2], 0);
}

#[test]
fn a_profile_is_applied() {
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let plain = Psd::new(3, 8, WIDTH, HEIGHT, planes(3, 8));
    let tagged = Psd { resources: vec![(1005, vec![1; 7]), (1039, p3.clone())], ..plain.clone() };
    assert_eq!(answer(101, &probe(&tagged.file())).unwrap()[2], 4);
    let stored = pixels(&thumbnail(&ask(99, 99, PNG).v1(&plain.file())).2);
    let same = file(stored, image::ImageFormat::Png);
    let tagged_png = with_chunk(&same, b"iCCP", &[&b"x\0\0"[..], &zlib(&p3)].concat());
    assert!(shown(&tagged.file()) == shown(&tagged_png));
    assert!(shown(&tagged.file()) != shown(&plain.file()));
}

#[test]
fn a_thumbnail_is_the_png_s() {
    let picture = scene(300, 200);
    for side in [37, 90, 250] {
        let [ours, png] = [psd_of(&picture), png(300, 200)]
            .map(|file| thumbnail(&ask(side, side, PNG).v1(&file)).2);
        assert!(ours == png, "{side}");
    }
}

/// Without a flattened picture there is nothing to show, and what to do is said.
#[test]
fn layers_alone_are_refused_by_name() {
    let resources = vec![(1057, vec![0, 0, 0, 1, 0, 0, 0, 0])];
    let layered = Psd { resources, layers: Some(2), ..Psd::new(3, 8, WIDTH, HEIGHT, planes(3, 8)) };
    let error = answer(100, &ask(8, 8, PNG).v1(&layered.file())).unwrap_err();
    assert_eq!(error.code().number(), 200);
    assert!(error.to_string().contains("maximize compatibility"), "{error}");
    assert!(answer(101, &probe(&layered.file())).is_ok());
    // Without layers there is nothing else.
    assert_eq!(code(&Psd { layers: None, ..layered.clone() }.file()), 0);
    let flattened = vec![(1057, vec![0, 0, 0, 1, 1, 0, 0, 0])];
    assert_eq!(code(&Psd { resources: flattened, ..layered }.file()), 0);
}

#[test]
fn what_is_there_of_a_cut_file_is_shown() {
    let stored = planes(3, 8);
    for (large, compression) in [(false, 0), (true, 0), (false, 1), (true, 1)] {
        let psd = Psd { large, compression, ..Psd::new(3, 8, WIDTH, HEIGHT, stored.clone()) };
        let whole = psd.file();
        let mut shown_from = None;
        for length in 0..whole.len() {
            let found = code(&whole[..length]);
            assert!(matches!(found, 0 | 202), "{length}: {found}");
            assert!(found == 0 || shown_from.is_none(), "{length}");
            if found == 0 {
                shown_from.get_or_insert(length);
            }
            assert_eq!(strict_code(&whole[..length]), 202, "{length}");
        }
        assert!(shown_from < Some(whole.len() - 600), "{shown_from:?}");
    }
    // Without green and blue, red is grey; what of red is missing is neutral.
    let whole = Psd::new(3, 8, WIDTH, HEIGHT, stored.clone()).file();
    let row = WIDTH as usize;
    let found = shown(&whole[..whole.len() - 2 * 13 * row - 3 * row - 4]);
    for (at, pixel) in found.pixels().enumerate() {
        let red = stored[0][at];
        let expected = if at < 10 * row - 4 { [red, red, red, 255] } else { [128, 128, 128, 255] };
        assert_eq!(pixel.0, expected, "{at}");
    }
    // Without the last rows of blue, green stands for it.
    let found = shown(&whole[..whole.len() - 2 * row]);
    let [last, before] = [HEIGHT - 1, HEIGHT - 3].map(|y| found.get_pixel(5, y).0);
    assert_eq!((last[1], before[2]), (last[2], stored[2][10 * row + 5]));
    // Inks that are missing are none.
    let inks = Psd::new(
        4,
        8,
        WIDTH,
        HEIGHT,
        vec![vec![255; 273], vec![255; 273], vec![0; 273], vec![255; 273]],
    );
    let inks = inks.file();
    assert_eq!(shown(&inks[..inks.len() - 274]).get_pixel(3, 3).0, [255, 255, 0, 255]);
}

#[test]
fn sections_may_lie() {
    let plain = Psd::new(3, 8, WIDTH, HEIGHT, planes(3, 8));
    let file = plain.file();
    let with = |at: usize, bytes: &[u8]| {
        let mut file = file.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };
    for (file, expected, words) in [
        (with(4, &[0, 3]), 200, "version 3"),
        (with(12, &[0, 2]), 201, "2 channels; its colours take 3"),
        (with(14, &[0; 4]), 201, "21 x 0"),
        (with(18, &[0; 4]), 201, "0 x 13"),
        (with(14, &[0xFF; 8]), 201, "4294967295 x 4294967295; 1 to 300000"),
        (with(14, &[0, 4, 0x93, 0xE0, 0, 4, 0x93, 0xE0]), 300, "300000 x 300000"),
        (with(22, &[0, 32]), 200, "colour mode 3 (RGB) of 32 bits"),
        (with(22, &[0, 1]), 200, "colour mode 3 (RGB) of 1 bits"),
        (with(24, &[0, 7]), 200, "colour mode 7 (multichannel)"),
        (with(24, &[0, 5]), 200, "colour mode 5 (unknown)"),
        (with(26, &[0xFF; 4]), 202, "nothing to show"),
        (with(30, &[0xFF; 4]), 202, "nothing to show"),
        (with(34, &[0xFF; 4]), 202, "nothing to show"),
        (with(38, &[0, 2]), 200, "compression 2 (ZIP)"),
        (with(38, &[0, 9]), 200, "compression 9"),
    ] {
        let error = answer(100, &ask(8, 8, PNG).v1(&file)).unwrap_err();
        assert!(error.code().number() == expected && error.to_string().contains(words), "{error}");
    }
    // Resources and blocks whose lengths lie, and runs that are too long, too short, or end nowhere.
    let blocks = vec![(*b"Lr16", vec![0, 0]), (*b"Mt16", vec![])];
    let resources = vec![(1039, vec![9; 40])];
    let odd = Psd { resources, blocks, compression: 1, ..plain };
    let whole = odd.file();
    for at in 26..whole.len() {
        for value in [0, 0x7F, 0x80, 0xFF] {
            let mut changed = whole.clone();
            changed[at] = value;
            assert!(matches!(code(&changed), 0 | 200 | 202), "{at}");
        }
    }
}

/// As wide, as high and of as many planes as can be said, with hardly a byte behind it.
#[test]
fn claims_cost_nothing() {
    for (width, height, depth, mode) in
        [(300_000, 800, 16, 4), (800, 300_000, 16, 4), (800, 300_000, 8, 9)]
    {
        for compression in [0, 1] {
            let planes = vec![vec![1; 9]; 56];
            let psd =
                Psd { large: true, compression, ..Psd::new(mode, depth, width, height, planes) };
            let request = ask(64, 64, PNG).v1(&psd.file());
            let budget = Budget::new(Limits::DEFAULT);
            let _ = call(100, &[&request], &budget);
            assert!(budget.peak() < 24 << 20, "{}", budget.peak());
        }
    }
}
