//! PSDs and PSBs: every mode and depth, in runs and not, with alpha, profiles and layers.

use super::super::common::Psd;
use super::{HEIGHT, Seed, WIDTH, cuts, icc, texture};

pub(super) fn seeds() -> Vec<Seed> {
    let mut found = Vec::new();
    for (name, mode, depth, planes) in [
        ("bitmap", 0, 1, 1),
        ("grey", 1, 8, 1),
        ("grey-16", 1, 16, 1),
        ("indexed", 2, 8, 1),
        ("rgb", 3, 8, 3),
        ("rgb-16", 3, 16, 3),
        ("cmyk", 4, 8, 4),
        ("cmyk-16", 4, 16, 4),
        ("duotone", 8, 8, 1),
        ("lab", 9, 8, 3),
        ("lab-16", 9, 16, 3),
    ] {
        let bytes = (WIDTH as usize * usize::from(depth)).div_ceil(8) * HEIGHT as usize;
        let palette = if mode == 2 { texture(768) } else { Vec::new() };
        for (more, alpha) in [("", 0), ("-alpha", 1), ("-more", 2)] {
            let mut planes: Vec<_> = (0..planes + alpha).map(|_| texture(bytes)).collect();
            for (at, plane) in planes.iter_mut().enumerate() {
                plane.rotate_left(at * 11);
                plane[5..30].fill(at as u8);
            }
            let layers = (alpha > 0).then_some(-1);
            let plain = Psd {
                palette: palette.clone(),
                layers,
                ..Psd::new(mode, depth, WIDTH, HEIGHT, planes)
            };
            for (size, large) in [("psd", false), ("psb", true)] {
                for compression in [0, 1] {
                    let psd = Psd { large, compression, ..plain.clone() };
                    // What Pillow reads, and shows as we do.
                    let pillow = !large
                        && matches!((mode, depth, alpha), (0, 1, 0) | (1 | 2 | 3 | 4 | 8, 8, 0));
                    let odd = if pillow { "" } else { "odd-" };
                    found.push((format!("{odd}{name}{more}-{size}-{compression}"), psd.file()));
                }
            }
        }
    }
    let planes = || vec![texture((WIDTH * HEIGHT) as usize); 3];
    let rgb = Psd::new(3, 8, WIDTH, HEIGHT, planes());
    for (name, psd) in [
        (
            "odd-profile",
            Psd { resources: vec![(1039, icc::srgb()), (1005, vec![7; 15])], ..rgb.clone() },
        ),
        (
            "odd-not-flattened",
            Psd { resources: vec![(1057, vec![0, 0, 0, 1, 0])], layers: Some(2), ..rgb.clone() },
        ),
        (
            "odd-blocks",
            Psd { blocks: vec![(*b"Lr16", vec![0xFF, 0xFE]), (*b"Mt16", vec![])], ..rgb.clone() },
        ),
        ("odd-zip", Psd { compression: 2, ..rgb.clone() }),
        ("odd-deep", Psd { depth: 32, ..rgb.clone() }),
        ("odd-mode", Psd { mode: 7, ..rgb.clone() }),
        (
            "odd-largest",
            Psd { width: u32::MAX, height: u32::MAX, depth: 1, mode: 0, ..rgb.clone() },
        ),
        ("odd-side", Psd { width: 300_000, height: 1, ..rgb.clone() }),
        (
            "odd-clear-colour",
            Psd {
                mode: 2,
                palette: texture(768),
                resources: vec![(1047, vec![0, 9])],
                ..rgb.clone()
            },
        ),
    ] {
        found.push((name.into(), psd.file()));
    }
    found.extend(cuts("stored", &rgb.file()));
    found.extend(cuts("runs", &Psd { compression: 1, ..rgb }.file()));
    found
}
