//! ICOs and CURs: bitmaps of every depth with masks, PNGs, and several of them.

use super::super::common::file;
use super::super::common::{Bitmap, icon, png, scene_with_alpha};
use super::{HEIGHT, Seed, WIDTH, cuts, texture};

pub(super) fn seeds(kind: u8) -> Vec<Seed> {
    let mut found = Vec::new();
    let bitmap = |bits: u16, side: u32| {
        let rows = |bits: u16| texture(Bitmap::stride(side, bits) * side as usize);
        let colours = if bits <= 8 { 4 << bits } else { 0 };
        Bitmap {
            width: side,
            height: side,
            bits,
            palette: texture(colours),
            pixels: rows(bits),
            mask: rows(1),
        }
    };
    for bits in [1, 4, 8, 16, 24, 32] {
        for side in [16, 21] {
            found.push((format!("bitmap-{bits}-{side}"), icon(kind, &[bitmap(bits, side).file()])));
        }
        let no_mask = Bitmap { mask: Vec::new(), ..bitmap(bits, 16) };
        found.push((format!("odd-no-mask-{bits}"), icon(kind, &[no_mask.file()])));
    }
    let opaque = Bitmap { pixels: [1, 2, 3, 0].repeat(256), ..bitmap(32, 16) };
    found.push(("odd-no-alpha".into(), icon(kind, &[opaque.file()])));
    let alpha = file(scene_with_alpha(WIDTH, HEIGHT), image::ImageFormat::Png);
    found.push(("png".into(), icon(kind, &[png(WIDTH, HEIGHT)])));
    found.push(("png-alpha".into(), icon(kind, std::slice::from_ref(&alpha))));
    let several = icon(kind, &[bitmap(8, 16).file(), alpha, bitmap(32, 24).file(), png(40, 40)]);
    found.extend(cuts("several", &several));
    found.push(("several".into(), several));
    let mut same = icon(kind, &[bitmap(8, 16).file()]);
    // The directory for a picture.
    same[18..22].copy_from_slice(&[0; 4]);
    found.push(("odd-itself".into(), same.clone()));
    same[4..6].copy_from_slice(&[0xFF; 2]);
    found.push(("odd-many".into(), same));
    found.push(("odd-none".into(), icon(kind, &[])));
    found
}
