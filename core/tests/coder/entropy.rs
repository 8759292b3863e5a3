//! Entropy coding of a scan (T.81, F.1.2 and G.1.2), with tables in which every symbol has a code.

use super::Scan;

/// Codes of each length, from 1 to 16 bits: 12 of 4 bits.
pub const DC_CODES: [u8; 16] = [0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// 128 of 8 bits, 128 of 9.
pub const AC_CODES: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 128, 128, 0, 0, 0, 0, 0, 0, 0];

/// Blocks of one scan into a file.
pub struct Coder<'f, 's> {
    file: &'f mut Vec<u8>,
    scan: &'s Scan,
    progressive: bool,
    bits: u32,
    count: u32,
    predictions: [i32; 4],
    /// Blocks that end with their band not yet told of, and their bits that refine.
    ends: u32,
    refining: Vec<bool>,
}

impl<'f, 's> Coder<'f, 's> {
    pub fn new(file: &'f mut Vec<u8>, scan: &'s Scan, progressive: bool) -> Self {
        let (predictions, refining) = ([0; 4], Vec::new());
        Self { file, scan, progressive, bits: 0, count: 0, predictions, ends: 0, refining }
    }

    pub fn block(&mut self, component: usize, block: &[i32; 64]) {
        let Scan { start, high, low, .. } = *self.scan;
        if start == 0 && high == 0 {
            let value = block[0] >> low;
            let difference = value - self.predictions[component];
            self.predictions[component] = value;
            let bits = length(difference);
            self.put(bits, 4);
            self.value(difference, bits);
        } else if start == 0 {
            self.put((block[0] >> low) as u32 & 1, 1);
        }
        match (self.progressive, start, high) {
            (true, 0, _) => {}
            (true, _, 1..) => self.refine(block),
            _ => self.first(block),
        }
    }

    pub fn restart(&mut self, number: u8) {
        self.align();
        self.file.extend([0xFF, 0xD0 | number & 7]);
        self.predictions = [0; 4];
    }

    pub fn finish(mut self) {
        self.align();
    }

    fn first(&mut self, block: &[i32; 64]) {
        let mut run = 0;
        for coefficient in &block[self.scan.start.max(1)..=self.scan.end] {
            let value = coefficient.signum() * (coefficient.abs() >> self.scan.low);
            if value == 0 {
                run += 1;
                continue;
            }
            self.told();
            while run > 15 {
                self.symbol(0xF0);
                run -= 16;
            }
            let bits = length(value);
            self.symbol(run << 4 | bits);
            self.value(value, bits);
            run = 0;
        }
        if run > 0 {
            self.end();
            if !self.progressive {
                self.told();
            }
        }
    }

    fn refine(&mut self, block: &[i32; 64]) {
        let Scan { start, end, low, .. } = *self.scan;
        let band = || (start..=end).zip(&block[start..=end]);
        let size = |coefficient: &i32| coefficient.abs() >> low;
        let last = band().filter(|(_, coefficient)| size(coefficient) == 1).last();
        let last = last.map_or(0, |(at, _)| at);
        let (mut run, mut refining) = (0, Vec::new());
        for (at, coefficient) in band() {
            if size(coefficient) == 0 {
                run += 1;
                continue;
            }
            while run > 15 && at <= last {
                self.told();
                self.symbol(0xF0);
                self.bits(&std::mem::take(&mut refining));
                run -= 16;
            }
            if size(coefficient) > 1 {
                refining.push(size(coefficient) & 1 == 1);
                continue;
            }
            self.told();
            self.symbol(run << 4 | 1);
            self.put(u32::from(*coefficient > 0), 1);
            self.bits(&std::mem::take(&mut refining));
            run = 0;
        }
        if run > 0 || !refining.is_empty() {
            self.refining.extend(refining);
            self.end();
        }
    }

    /// One more block whose band is at its end.
    fn end(&mut self) {
        self.ends += 1;
        if self.ends == 0x7FFF {
            self.told();
        }
    }

    /// Writes down the blocks that ended.
    fn told(&mut self) {
        if self.ends > 0 {
            let bits = self.ends.ilog2();
            self.symbol(bits << 4);
            self.put(self.ends & ((1 << bits) - 1), bits);
            self.ends = 0;
        }
        let refining = std::mem::take(&mut self.refining);
        self.bits(&refining);
    }

    fn symbol(&mut self, symbol: u32) {
        if symbol < 128 { self.put(symbol, 8) } else { self.put(128 + symbol, 9) }
    }

    /// T.81, F.1.2.1.1: a negative value is written one less.
    fn value(&mut self, value: i32, bits: u32) {
        let value = if value < 0 { value - 1 } else { value };
        self.put(value as u32 & ((1 << bits) - 1), bits);
    }

    fn bits(&mut self, bits: &[bool]) {
        bits.iter().for_each(|bit| self.put(u32::from(*bit), 1));
    }

    fn put(&mut self, value: u32, bits: u32) {
        for at in (0..bits).rev() {
            self.bits = self.bits << 1 | (value >> at & 1);
            self.count += 1;
            if self.count == 8 {
                let byte = self.bits as u8;
                self.file.push(byte);
                if byte == 0xFF {
                    self.file.push(0);
                }
                (self.bits, self.count) = (0, 0);
            }
        }
    }

    /// Ends an interval: what is left is told of, and the last byte filled up with ones.
    fn align(&mut self) {
        self.told();
        while self.count > 0 {
            self.put(1, 1);
        }
    }
}

/// The bits of a value's size.
fn length(value: i32) -> u32 {
    u32::BITS - value.unsigned_abs().leading_zeros()
}
