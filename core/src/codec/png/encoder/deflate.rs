//! Compression into a zlib stream (RFC 1950, RFC 1951) of a known greatest length.

use std::io::{self, Write};

use miniz_oxide::deflate::core::{
    CompressionStrategy, CompressorOxide, TDEFLFlush, TDEFLStatus, compress,
    create_comp_flags_from_zip_params,
};

#[derive(Clone, Copy)]
pub(super) enum Level {
    /// Codes that are made for filtered rows of photographs, and runs of zeros: by far the fastest.
    Fixed,
    /// Runs of a byte, and no other matches.
    Runs,
    /// Zlib's levels, 1 to 9, with matches of at least 3 bytes.
    All(u8),
    /// With matches of at least 6 bytes: photographs' rows have few repetitions, and a short match then takes more bits than
    /// its bytes would.
    Long(u8),
}

/// Bytes of a compressor's state.
pub(super) const STATE: u64 = 512 << 10;

/// What a stored block holds, and what it adds.
const BLOCK: usize = 0xFFFF;
const BLOCK_HEAD: usize = 5;

/// The most bytes that `raw` bytes become.
pub(super) fn most_bytes(raw: u64) -> u64 {
    raw + (raw / BLOCK as u64 + 1) * BLOCK_HEAD as u64 + 6
}

pub(super) fn zlib(raw: &[u8], level: Level) -> Vec<u8> {
    let most = usize::try_from(most_bytes(raw.len() as u64)).unwrap_or(usize::MAX);
    let data = match level {
        Level::Fixed => fixed(raw, most),
        Level::Runs => searched(raw, most, 6, CompressionStrategy::RLE),
        Level::All(level) => searched(raw, most, level, CompressionStrategy::Default),
        Level::Long(level) => searched(raw, most, level, CompressionStrategy::Filtered),
    };
    data.unwrap_or_else(|| stored(raw, most))
}

fn fixed(raw: &[u8], most: usize) -> Option<Vec<u8>> {
    let to = Bounded { data: Vec::with_capacity(most), full: false };
    let mut compressor = fdeflate::Compressor::new(to).ok()?;
    compressor.write_data(raw).ok()?;
    let to = compressor.finish().ok()?;
    (!to.full).then_some(to.data)
}

/// Memory that does not grow. What finds no room is dropped: the compressor panics where writing fails.
struct Bounded {
    data: Vec<u8>,
    full: bool,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.full |= bytes.len() > self.data.capacity() - self.data.len();
        if !self.full {
            self.data.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn searched(raw: &[u8], most: usize, level: u8, strategy: CompressionStrategy) -> Option<Vec<u8>> {
    let flags = create_comp_flags_from_zip_params(level.into(), 15, strategy as i32);
    let mut compressor = Box::new(CompressorOxide::new(flags));
    let mut data = vec![0; most];
    let (status, _, written) = compress(&mut compressor, raw, &mut data, TDEFLFlush::Finish);
    data.truncate(written);
    (status == TDEFLStatus::Done).then_some(data)
}

/// Blocks that are not compressed, for what cannot be.
fn stored(raw: &[u8], most: usize) -> Vec<u8> {
    let mut data = Vec::with_capacity(most);
    data.extend([0x78, 0x01]);
    let blocks = raw.len().div_ceil(BLOCK);
    for (at, block) in (1..).zip(raw.chunks(BLOCK)) {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        data.push((at == blocks).into());
        data.extend(length.to_le_bytes());
        data.extend((!length).to_le_bytes());
        data.extend(block);
    }
    data.extend(adler32(raw).to_be_bytes());
    data
}

/// RFC 1950, section 8.2.
fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    // As many bytes as cannot overflow the second sum.
    let (a, b) = bytes.chunks(5552).fold((1, 0), |sums, bytes| {
        let (a, b) = bytes.iter().fold(sums, |(a, b), byte| {
            let a = a + u32::from(*byte);
            (a, b + a)
        });
        (a % MODULUS, b % MODULUS)
    });
    b << 16 | a
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise, which no level makes smaller.
    fn noise(count: usize) -> Vec<u8> {
        let mut random = 7_u32;
        (0..count)
            .map(|_| {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                random.to_be_bytes()[0]
            })
            .collect()
    }

    #[test]
    fn every_level_holds_its_bytes_and_its_greatest_length() {
        let levels = [Level::Fixed, Level::All(1), Level::Long(1), Level::All(6), Level::Long(9)];
        for count in [1, 7, 65_535, 65_536, 140_000] {
            for raw in [noise(count), vec![255; count], vec![0; count]] {
                let most = usize::try_from(most_bytes(count as u64)).unwrap();
                for level in levels {
                    let data = zlib(&raw, level);
                    assert!(data.len() <= most, "{} of {most} bytes", data.len());
                    assert_eq!(fdeflate::decompress_to_vec(&data).unwrap(), raw);
                }
                let data = stored(&raw, most);
                assert_eq!(data.len(), most - if count % BLOCK == 0 { BLOCK_HEAD } else { 0 });
                assert_eq!(fdeflate::decompress_to_vec(&data).unwrap(), raw);
            }
        }
    }
}
