//! What symbols cost: bits, from how often they occur.

use super::code::Counts;

/// How often the symbols of a component's two tables occur.
#[derive(Clone, Debug)]
pub(super) struct Statistics {
    pub(super) dc: Counts,
    pub(super) ac: Counts,
}

impl Statistics {
    pub(super) const fn new() -> Self {
        Self { dc: [0; 256], ac: [0; 256] }
    }
}

/// The bits of each symbol with those that follow it.
#[derive(Debug)]
pub(super) struct Rates {
    pub(super) dc: [f32; 16],
    pub(super) ac: [f32; 256],
}

impl Rates {
    pub(super) fn new(statistics: &Statistics) -> Self {
        let dc = rates(&statistics.dc);
        Self { dc: *dc.first_chunk().unwrap_or(&[0.0; 16]), ac: rates(&statistics.ac) }
    }

    #[inline(always)]
    pub(super) fn ac(&self, symbol: usize) -> f32 {
        self.ac.get(symbol & 255).copied().unwrap_or_default()
    }

    #[inline(always)]
    pub(super) fn dc(&self, size: usize) -> f32 {
        self.dc.get(size & 15).copied().unwrap_or_default()
    }
}

/// Ideal code lengths, and the bits that follow. What has not occurred is taken to be as rare as can be.
fn rates(counts: &Counts) -> [f32; 256] {
    let mut rates = [0.0; 256];
    let sum: u32 = counts.iter().map(|count| count * 4 + 1).sum();
    let all = log2(sum);
    for ((rate, count), symbol) in rates.iter_mut().zip(counts).zip(0_u8..=255) {
        *rate = (all - log2(count * 4 + 1)).clamp(1.0, 16.0) + f32::from(symbol & 15);
    }
    rates
}

/// To some hundredths: only additions and multiplications, so that every machine gives the same.
fn log2(value: u32) -> f32 {
    let bits = (value as f32).to_bits();
    let exponent = (bits >> 23) as f32 - 127.0;
    let mantissa = f32::from_bits(bits & 0x7F_FFFF | 127 << 23);
    exponent + (-1.0 / 3.0 * mantissa + 2.0) * mantissa - 5.0 / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_near() {
        for value in [1, 2, 3, 4, 5, 7, 100, 1000, 65_535, 1 << 31, u32::MAX] {
            let expected = f64::from(value).log2();
            assert!((f64::from(log2(value)) - expected).abs() < 0.02, "{value} {}", log2(value));
        }
    }
}
