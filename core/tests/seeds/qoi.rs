//! QOIs: every chunk, with and without alpha.

use super::super::common::{qoi, qoi_of, scene, scene_with_alpha};
use super::{HEIGHT, Seed, WIDTH, cuts, texture};

pub(super) fn seeds() -> Vec<Seed> {
    let noise = texture((WIDTH * HEIGHT * 4) as usize);
    let alpha = scene_with_alpha(WIDTH, HEIGHT);
    let plain = vec![[9, 99, 199, 255]; (WIDTH * HEIGHT) as usize];
    let mut found = vec![
        ("scene".into(), qoi_of(&scene(WIDTH, HEIGHT))),
        ("alpha".into(), qoi(alpha.as_chunks().0, WIDTH, HEIGHT, 4)),
        ("alpha-left-out".into(), qoi(alpha.as_chunks().0, WIDTH, HEIGHT, 3)),
        ("noise".into(), qoi(noise.as_chunks().0, WIDTH, HEIGHT, 4)),
        ("runs".into(), qoi(&plain, WIDTH, HEIGHT, 4)),
        ("black".into(), qoi(&vec![[0, 0, 0, 255]; 99], 99, 1, 3)),
        ("odd-channels".into(), qoi(&plain, WIDTH, HEIGHT, 5)),
        ("odd-no-pixels".into(), qoi(&[], 0, HEIGHT, 4)),
        ("odd-largest".into(), qoi(&plain, u32::MAX, u32::MAX, 4)),
    ];
    // Each kind of chunk by its own, and what it refers to.
    for (name, chunks) in [
        ("index", &[0xFE, 1, 2, 3, 0xFE, 4, 5, 6, 3 + 10 + 21 + 53 - 64, 0xC0][..]),
        ("differences", &[0x40, 0x7F, 0x6A, 0x55]),
        ("luma", &[0x80, 0x00, 0xBF, 0xFF, 0xA0, 0x88, 0xA1, 0x79]),
        ("long-run", &[0xFD]),
    ] {
        let header = [&b"qoif"[..], &[0, 0, 0, 2, 0, 0, 0, 2, 4, 0]].concat();
        found.push((name.into(), [&header, chunks, &[0, 0, 0, 0, 0, 0, 0, 1]].concat()));
    }
    found.extend(cuts("scene", &qoi_of(&scene(WIDTH, HEIGHT))));
    found
}
