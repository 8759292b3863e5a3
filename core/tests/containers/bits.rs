//! A writer of bits.

/// Which end of a byte is filled first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum First {
    Low,
    High,
}

/// Bits in a row.
pub struct Bits {
    first: First,
    pub bytes: Vec<u8>,
    used: usize,
}

impl Bits {
    pub fn new(first: First) -> Self {
        Self { first, bytes: Vec::new(), used: 0 }
    }

    /// The lowest `width` bits of a number, in the order that the coding has: the lowest first, or the highest.
    pub fn put(&mut self, value: u32, width: usize) {
        for at in 0..width {
            let (bit, place) = match self.first {
                First::Low => (value >> at & 1, self.used % 8),
                First::High => (value >> (width - 1 - at) & 1, 7 - self.used % 8),
            };
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            *self.bytes.last_mut().unwrap() |= (bit as u8) << place;
            self.used += 1;
        }
    }

    /// A code as specifications print it.
    pub fn code(&mut self, digits: &str) {
        digits.bytes().for_each(|digit| self.put(u32::from(digit == b'1'), 1));
    }

    /// Fills up the byte.
    pub fn align(&mut self) {
        self.used = self.bytes.len() * 8;
    }
}
