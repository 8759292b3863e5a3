//! The work budget: what decoding may cost, so that no file takes longer than its size explains.
//!
//! A deadline needs a clock, which the core does not have, and would stop another picture on each machine. So decoders
//! count steps, whole numbers at the same places in every build, against
//!
//! ```text
//! constant + per_block * ceil(pixels / 64) + per_byte * bytes of the file
//! ```
//!
//! | format | a step | constant | per 64 pixels | per byte |
//! |---|---|---|---|---|
//! | JPEG | a block of 8 x 8 samples in a scan that is read | 4096 | 32 | 64 |
//! | PNG, also in ICO and CUR | a row of a pass | 67108864 | 0 | 0 |
//! | TIFF | a byte of a strip or tile that was decompressed, and 12 for each row of one; of JPEGs, as for JPEG | 67108864 | 0 | 4096 |
//! | camera raw | as for JPEG, of the previews that are decoded and their bytes | 4096 | 32 | 64 |
//! | lossless WebP | a byte that the decoder reads, and 4 for each time that it reads | 65536 | 0 | 32 |
//!
//! AVIF, HEIC, GIF, BMP, QOI, PNM, TGA, PSD and lossy WebP count nothing: their decoders read each byte once and make each row once. A PNG's do so, too,
//! but that an inflated byte may be a row.
//!
//! A JPEG's scan counts as 64 blocks at the least. Encoders write some ten scans, of which most touch one component;
//! what is decoded from many scans over and over is refused with code 303. LZW and Deflate cannot reach TIFF's limit; what
//! can are Zstandard's runs, empty rows of a fax, and rows of a few pixels.

use thumbox_protocol::Format;

/// Steps that decoding a picture of `pixels` pixels from `bytes` bytes may take.
pub(crate) fn allowed(format: Format, pixels: u64, bytes: u64) -> u64 {
    let (constant, per_block, per_byte) = match format {
        Format::Jpeg | Format::Raw => (4096, 32, 64),
        Format::Png | Format::Ico | Format::Cur => (64 << 20, 0, 0),
        Format::Tiff => (64 << 20, 0, 4096),
        _ => (65_536, 0, 32),
    };
    constant + pixels.div_ceil(64).saturating_mul(per_block) + bytes.saturating_mul(per_byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formula_is_the_table_s_and_does_not_overflow() {
        assert_eq!(allowed(Format::Jpeg, 65, 10), 4096 + 64 + 640);
        assert_eq!(allowed(Format::Png, 65, 10), 67_108_864);
        assert_eq!(allowed(Format::Tiff, 65, 10), 67_108_864 + 40_960);
        assert_eq!(allowed(Format::WebP, 65, 10), 65_536 + 320);
        assert_eq!(allowed(Format::Jpeg, 0, u64::MAX >> 7), 4096 + (u64::MAX >> 7) * 64);
    }
}
