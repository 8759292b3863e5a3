//! Pixels as fields of bits in a number of 16, 24 or 32 bits: those of BMP and TGA.

use thumbox_protocol::Format;

use crate::error::{Error, Result};

/// Where the samples of a pixel are: red, green, blue and alpha.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fields([Field; 4]);

/// Bits that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Field {
    shift: u32,
    /// The highest value; 0 if there are no bits.
    most: u32,
}

impl Field {
    const fn new(mask: u32) -> Self {
        if mask == 0 {
            return Self { shift: 0, most: 0 };
        }
        Self { shift: mask.trailing_zeros(), most: mask >> mask.trailing_zeros() }
    }

    /// The value in 8 bits, rounded; 0 if there is none.
    #[inline(always)]
    fn sample(self, pixel: u32) -> u8 {
        let value = u64::from(pixel >> self.shift & self.most);
        let most = u64::from(self.most);
        let sample = (value * 255 + most / 2).checked_div(most).unwrap_or(0);
        u8::try_from(sample).unwrap_or(u8::MAX)
    }
}

impl Fields {
    const fn of(colours: [u32; 3], alpha: u32) -> Self {
        let [red, green, blue] = colours;
        Self([Field::new(red), Field::new(green), Field::new(blue), Field::new(alpha)])
    }

    /// Pixels of 16 bits without masks.
    pub(super) const RGB555: Self = Self::of([0x7C00, 0x3E0, 0x1F], 0);
    /// The same with a bit of alpha above them.
    pub(super) const ARGB1555: Self = Self::of([0x7C00, 0x3E0, 0x1F], 0x8000);
    /// Pixels of 32 bits without masks.
    pub(super) const RGB888: Self = Self::of([0xFF_0000, 0xFF00, 0xFF], 0);
    /// The same with alpha above them.
    pub(super) const RGBA8888: Self = Self::of([0xFF_0000, 0xFF00, 0xFF], 0xFF00_0000);

    /// Fields by their masks; that of alpha is 0 where there is none.
    ///
    /// # Errors
    /// 201 for masks whose bits do not follow each other.
    pub(super) fn new(colours: [u32; 3], alpha: u32) -> Result<Self> {
        let [red, green, blue] = colours;
        for mask in [red, green, blue, alpha] {
            let most = Field::new(mask).most;
            if most & most.wrapping_add(1) != 0 {
                let detail =
                    format!("its mask {mask:#010x} has bits that do not follow each other");
                return Err(Error::corrupt(Format::Bmp, detail));
            }
        }
        Ok(Self::of(colours, alpha))
    }

    pub(super) const fn has_alpha(&self) -> bool {
        self.0[3].most != 0
    }

    /// The pixels of a row of numbers of `bytes` bytes, 2 to 4.
    pub(super) fn row(&self, bytes: usize, stored: &[u8], row: &mut Vec<u8>) {
        row.clear();
        match (bytes, *self) {
            (4, Self::RGB888) => {
                row.extend(
                    stored.as_chunks().0.iter().flat_map(|[b, g, r, _]: &[u8; 4]| [*r, *g, *b]),
                );
            }
            (4, Self::RGBA8888) => {
                row.extend(
                    stored.as_chunks().0.iter().flat_map(|[b, g, r, a]: &[u8; 4]| [*r, *g, *b, *a]),
                );
            }
            (4, _) => {
                self.each(stored.as_chunks().0.iter().map(|pixel| u32::from_le_bytes(*pixel)), row)
            }
            (3, Self::RGB888) => {
                row.extend(
                    stored.as_chunks().0.iter().flat_map(|[b, g, r]: &[u8; 3]| [*r, *g, *b]),
                );
            }
            (3, _) => self.each(
                stored.as_chunks().0.iter().map(|[a, b, c]| u32::from_le_bytes([*a, *b, *c, 0])),
                row,
            ),
            _ => self.each(
                stored.as_chunks().0.iter().map(|pixel| u16::from_le_bytes(*pixel).into()),
                row,
            ),
        }
    }

    fn each(&self, pixels: impl Iterator<Item = u32>, row: &mut Vec<u8>) {
        let [red, green, blue, alpha] = self.0;
        if self.has_alpha() {
            row.extend(
                pixels.flat_map(|pixel| [red, green, blue, alpha].map(|field| field.sample(pixel))),
            );
        } else {
            row.extend(
                pixels.flat_map(|pixel| [red, green, blue].map(|field| field.sample(pixel))),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_any_width_become_eight_bits() {
        let mut row = Vec::new();
        Fields::RGB555.row(2, &0x7C1F_u16.to_le_bytes(), &mut row);
        assert_eq!(row, [255, 0, 255]);
        let fields = Fields::new([0x3FF0_0000, 0xF_FC00, 0x3FF], 0xC000_0000).unwrap();
        fields.row(4, &0x6000_03FF_u32.to_le_bytes(), &mut row);
        assert_eq!(row, [128, 0, 255, 85]);
        let wide = Fields::new([u32::MAX, 0, 0], 0).unwrap();
        wide.row(4, &0x8000_0000_u32.to_le_bytes(), &mut row);
        assert_eq!(row, [128, 0, 0]);
        assert_eq!(Fields::new([0b101, 0, 0], 0).unwrap_err().code().number(), 201);
    }
}
