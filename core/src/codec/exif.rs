//! The one thing that is read from EXIF: the orientation (EXIF 2.32, section 4.6.4, tag 274).

use super::ifd::entries;
use crate::orientation::Orientation;

/// The tag of the orientation, in EXIF and in TIFF.
const ORIENTATION: u16 = 274;

/// The orientation that an EXIF block names, upright where it names none or cannot be read. Some writers
/// leave JPEG's `Exif\0\0` before the block in PNG and WebP files as well, and some write it twice in JPEGs.
pub(crate) fn orientation(block: &[u8]) -> Orientation {
    let mut tiff = block;
    while let Some(rest) = tiff.strip_prefix(b"Exif\0\0") {
        tiff = rest;
    }
    let entry =
        entries(tiff).and_then(|mut entries| entries.find(|entry| entry.tag == ORIENTATION));
    entry.and_then(|entry| entry.integer()).map_or(Orientation::UPRIGHT, Orientation::from_exif)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(order: &[u8], kind: u8, value: u8) -> Vec<u8> {
        let big = order == b"MM";
        let short = |v: u16| if big { v.to_be_bytes() } else { v.to_le_bytes() };
        let long = |v: u32| if big { v.to_be_bytes() } else { v.to_le_bytes() };
        let mut block = order.to_vec();
        block.extend(short(42));
        block.extend(long(8));
        block.extend(short(2));
        for (tag, value) in [(271, 0), (ORIENTATION, value)] {
            block.extend(short(tag));
            block.extend(short(u16::from(kind)));
            block.extend(long(1));
            match kind {
                1 | 6 => block.extend([value, 0, 0, 0]),
                3 | 8 => block.extend([short(u16::from(value)), [0, 0]].concat()),
                _ => block.extend(long(u32::from(value))),
            }
        }
        block
    }

    #[test]
    fn reads_both_byte_orders_and_every_integer_type() {
        for order in [b"II", b"MM"] {
            for kind in [1, 3, 4, 6, 8, 9] {
                let block = block(order, kind, 6);
                assert_eq!(orientation(&block).number(), 6);
                for times in 1..3 {
                    let block = [&b"Exif\0\0".repeat(times), block.as_slice()].concat();
                    assert_eq!(orientation(&block).number(), 6, "{times} times");
                }
            }
        }
    }

    #[test]
    fn what_means_nothing_is_upright() {
        let good = block(b"II", 3, 6);
        for length in 0..good.len() - 2 {
            assert_eq!(orientation(&good[..length]).number(), 1, "{length} bytes");
        }
        for value in [0, 9, 255] {
            assert_eq!(orientation(&block(b"MM", 3, value)).number(), 1);
        }
        assert_eq!(orientation(&block(b"II", 7, 6)).number(), 1);
    }
}
