//! Planes of samples to pixels, sixteen at once.

use wide::{bytemuck, u8x16};

/// Red, green and blue to pixels of three bytes.
#[inline(always)]
pub(super) fn rgb(r: u8x16, g: u8x16, b: u8x16) -> [u8; 48] {
    // Four pixels of 32 bits, of which the last byte is 0, into three words.
    let packed = quads(r, g, b, u8x16::ZERO).map(|[a, b, c, d]| {
        let [a, b, c, d] = [a, b, c, d].map(u32::from_le);
        [a | b << 24, b >> 8 | c << 16, c >> 16 | d << 8].map(u32::to_le)
    });
    bytemuck::cast(packed)
}

/// Red, green, blue and alpha to pixels of four bytes.
#[inline(always)]
pub(super) fn rgba(r: u8x16, g: u8x16, b: u8x16, a: u8x16) -> [u8; 64] {
    bytemuck::cast(quads(r, g, b, a))
}

#[inline(always)]
fn quads(r: u8x16, g: u8x16, b: u8x16, a: u8x16) -> [[u32; 4]; 4] {
    let (low, high) = (u8x16::unpack_low, u8x16::unpack_high);
    let ((rb, ga), (rb_high, ga_high)) = ((low(r, b), low(g, a)), (high(r, b), high(g, a)));
    bytemuck::cast([low(rb, ga), high(rb, ga), low(rb_high, ga_high), high(rb_high, ga_high)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_a_pixel_are_side_by_side() {
        let mut samples = 0..;
        let [r, g, b, a] =
            [(); 4].map(|()| u8x16::new(std::array::from_fn(|_| samples.next().unwrap())));
        let (three, four) = (rgb(r, g, b), rgba(r, g, b, a));
        for ((three, four), at) in three.as_chunks().0.iter().zip(four.as_chunks().0).zip(0..) {
            assert_eq!((*three, *four), ([at, at + 16, at + 32], [at, at + 16, at + 32, at + 48]));
        }
    }
}
