//! Runs of colour numbers (BI_RLE8 and BI_RLE4).

use crate::cursor::Cursor;

/// Rows of colour numbers, in the order in which they are stored.
pub(super) struct Runs<'a> {
    data: Cursor<'a>,
    /// Whether a number has 4 bits instead of 8.
    nibbles: bool,
    /// Where the next pixel goes.
    x: usize,
    /// Rows without pixels before it.
    skipped: u32,
    end: Option<End>,
}

/// Why there is no more.
#[derive(Clone, Copy)]
enum End {
    Marked,
    Cut,
}

impl<'a> Runs<'a> {
    pub(super) const fn new(data: &'a [u8], nibbles: bool) -> Self {
        Self { data: Cursor::new(data), nibbles, x: 0, skipped: 0, end: None }
    }

    /// Writes the next row. Pixels that are skipped have colour 0, also after a marked end. `None` if the data ends
    /// without one.
    pub(super) fn next(&mut self, row: &mut [u8]) -> Option<()> {
        row.fill(0);
        match self.end {
            Some(End::Marked) => return Some(()),
            Some(End::Cut) => return None,
            None => {}
        }
        if let Some(skipped) = self.skipped.checked_sub(1) {
            self.skipped = skipped;
            return Some(());
        }
        let start = self.x;
        if self.codes(row).is_none() {
            self.end = Some(End::Cut);
            if self.x == start {
                return None;
            }
        }
        Some(())
    }

    /// Reads the codes of one row; `None` where the data ends.
    fn codes(&mut self, row: &mut [u8]) -> Option<()> {
        loop {
            let [first, second] = self.data.array()?;
            match (first, second) {
                (0, 0) => {
                    self.x = 0;
                    return Some(());
                }
                (0, 1) => {
                    self.end = Some(End::Marked);
                    return Some(());
                }
                (0, 2) => {
                    let [right, down] = self.data.array()?;
                    self.x += usize::from(right);
                    if let Some(skipped) = u32::from(down).checked_sub(1) {
                        self.skipped = skipped;
                        return Some(());
                    }
                }
                (0, count) => {
                    let bytes = usize::from(if self.nibbles { count.div_ceil(2) } else { count });
                    let stored = self.data.take_up_to(bytes);
                    // Up to a multiple of two bytes.
                    self.data.take_up_to(bytes & 1);
                    let mut left = count;
                    for byte in stored {
                        let numbers = self.numbers(*byte);
                        for number in
                            numbers.iter().take(left.min(if self.nibbles { 2 } else { 1 }).into())
                        {
                            self.put(row, *number);
                            left -= 1;
                        }
                    }
                    if stored.len() < bytes {
                        return None;
                    }
                }
                (count, byte) => {
                    let numbers = self.numbers(byte);
                    for number in numbers.into_iter().cycle().take(count.into()) {
                        self.put(row, number);
                    }
                }
            }
        }
    }

    /// The two numbers of a byte, in the order in which they come; the same twice where it is one.
    const fn numbers(&self, byte: u8) -> [u8; 2] {
        if self.nibbles { [byte >> 4, byte & 0xF] } else { [byte; 2] }
    }

    /// What lies beyond the row's end is ignored.
    fn put(&mut self, row: &mut [u8], number: u8) {
        if let Some(pixel) = row.get_mut(self.x) {
            *pixel = number;
        }
        self.x += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(data: &[u8], nibbles: bool) -> Vec<Option<[u8; 4]>> {
        let mut runs = Runs::new(data, nibbles);
        let mut row = [9; 4];
        (0..4).map(|_| runs.next(&mut row).map(|()| row)).collect()
    }

    #[test]
    fn runs_literals_and_jumps_are_followed() {
        let runs = [3, 7, 0, 0, 0, 3, 1, 2, 3, 0, 0, 2, 1, 2, 2, 5, 0, 1];
        assert_eq!(
            rows(&runs, false),
            [Some([7, 7, 7, 0]), Some([1, 2, 3, 0]), Some([0; 4]), Some([0, 0, 0, 0])]
        );
        let jump = [1, 7, 0, 2, 1, 1, 2, 5, 0, 1];
        assert_eq!(
            rows(&jump, false),
            [Some([7, 0, 0, 0]), Some([0, 0, 5, 5]), Some([0; 4]), Some([0; 4])]
        );
        let nibbles = [3, 0x12, 0, 0, 0, 3, 0x34, 0x50, 0, 1];
        assert_eq!(
            rows(&nibbles, true),
            [Some([1, 2, 1, 0]), Some([3, 4, 5, 0]), Some([0; 4]), Some([0; 4])]
        );
    }

    #[test]
    fn a_row_that_is_cut_off_counts_if_a_pixel_of_it_came() {
        assert_eq!(rows(&[2, 7], false), [Some([7, 7, 0, 0]), None, None, None]);
        assert_eq!(rows(&[2, 7, 0, 0, 0], false), [Some([7, 7, 0, 0]), None, None, None]);
        assert_eq!(rows(&[], false), [None; 4]);
    }

    #[test]
    fn what_is_too_long_for_the_row_is_ignored() {
        assert_eq!(rows(&[200, 7, 0, 2, 255, 0, 9, 9, 0, 1], false)[0], Some([7; 4]));
    }
}
