//! PNMs: every kind in text and in bytes, and every tuple of PAM.

use super::super::common::{plain_pnm, pnm};
use super::{HEIGHT, Seed, WIDTH, cuts, texture};

pub(super) fn seeds() -> Vec<Seed> {
    let mut found = Vec::new();
    let noise = texture((WIDTH * HEIGHT * 8) as usize);
    let samples = |channels: u32, max: u16| -> Vec<u16> {
        let pairs = noise.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair));
        let samples = pairs.take((WIDTH * HEIGHT * channels) as usize);
        samples.map(|sample| (u32::from(sample) % (u32::from(max) + 1)) as u16).collect()
    };
    for max in [1, 5, 15, 100, 255, 256, 1000, 4095, 65_535] {
        // What Pillow makes of greys of more than 8 bits is 32 bits wide.
        let odd = if max > 255 { "odd-" } else { "" };
        for (kind, channels) in [(2, 1), (3, 3)] {
            let (samples, sides) = (samples(channels, max), format!("{WIDTH} {HEIGHT}\n{max}\n"));
            let odd = if kind == 2 { odd } else { "" };
            found.push((
                format!("{odd}plain-{kind}-{max}"),
                plain_pnm(&format!("P{kind}\n{sides}"), &samples),
            ));
            let raw = pnm(&format!("P{}\n{sides}", kind + 3), max, &samples);
            found.push((format!("{odd}raw-{}-{max}", kind + 3), raw));
        }
        for (tuple, channels) in [
            ("BLACKANDWHITE", 1),
            ("GRAYSCALE", 1),
            ("RGB", 3),
            ("BLACKANDWHITE_ALPHA", 2),
            ("GRAYSCALE_ALPHA", 2),
            ("RGB_ALPHA", 4),
            ("CMYK", 4),
            ("CMYK_ALPHA", 5),
            ("", 1),
            ("", 4),
            ("RGB", 7),
        ] {
            let header = format!(
                "P7\nWIDTH {WIDTH}\nHEIGHT {HEIGHT}\nDEPTH {channels}\nMAXVAL {max}\nTUPLTYPE {tuple}\nENDHDR\n"
            );
            let file = pnm(&header, max, &samples(channels.min(4), max).repeat(2));
            found.push((format!("odd-pam-{tuple}-{channels}-{max}"), file));
        }
    }
    let bits = &noise[..(WIDTH.div_ceil(8) * HEIGHT) as usize];
    let header = format!("P4\n{WIDTH} {HEIGHT}\n");
    let bitmap = [header.as_bytes(), bits].concat();
    found.extend(cuts("bitmap", &bitmap));
    found.push(("bitmap".into(), bitmap));
    let digits: Vec<u8> =
        noise.iter().take((WIDTH * HEIGHT) as usize).map(|byte| b'0' + byte % 2).collect();
    let header = format!("P1 # bits\n{WIDTH} #9\n{HEIGHT}\n");
    found.push(("digits".into(), [header.as_bytes(), &digits].concat()));
    for (name, file) in [
        ("odd-no-maximum", b"P5\n3 3\n0\n123456789".to_vec()),
        ("odd-large-maximum", b"P5\n3 3\n65536\n123456789".to_vec()),
        ("odd-largest", b"P6\n4294967295 99999999999999999999\n255\n123".to_vec()),
        ("odd-depth", b"P7\nWIDTH 3\nHEIGHT 3\nDEPTH 99999999\nMAXVAL 255\nENDHDR\n123".to_vec()),
        ("odd-junk", b"P2\n3 3\n9\n1 2 3 4 x 6".to_vec()),
        ("odd-comments", b"P5#\n#5\n3#\n#\r 3\n255#12\n123456789".to_vec()),
    ] {
        found.push((name.into(), file));
    }
    found.extend(cuts("plain", &plain_pnm("P3\n7 5\n99\n", &samples(3, 99)[..105])));
    found
}
