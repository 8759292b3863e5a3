//! Packets of pixels (image types 9 to 11).

use crate::cursor::Cursor;

/// Bytes of pixels, out of packets.
pub(super) struct Runs<'a> {
    data: Cursor<'a>,
    /// Bytes of a pixel.
    bytes: usize,
    /// Pixels that are left of a packet.
    left: usize,
    /// The pixel that they are, if they are all the same.
    same: Option<&'a [u8]>,
}

impl<'a> Runs<'a> {
    pub(super) const fn new(data: &'a [u8], bytes: usize) -> Self {
        Self { data: Cursor::new(data), bytes, left: 0, same: None }
    }

    /// Adds the bytes of so many pixels, or of fewer where the data ends. A packet may go on in the next row.
    pub(super) fn read(&mut self, mut count: usize, row: &mut Vec<u8>) {
        while count > 0 {
            if self.left == 0 && self.next().is_none() {
                return;
            }
            let fitting = self.left.min(count);
            match self.same {
                Some(pixel) => (0..fitting).for_each(|_| row.extend_from_slice(pixel)),
                None => {
                    let pixels = self.data.take_up_to(fitting * self.bytes);
                    row.extend_from_slice(pixels);
                    if pixels.len() < fitting * self.bytes {
                        self.left = 0;
                        return;
                    }
                }
            }
            self.left -= fitting;
            count -= fitting;
        }
    }

    fn next(&mut self) -> Option<()> {
        let head = self.data.u8()?;
        self.same = if head & 0x80 == 0 { None } else { Some(self.data.take(self.bytes)?) };
        self.left = usize::from(head & 0x7F) + 1;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_may_cross_rows_and_be_cut() {
        let mut runs = Runs::new(&[0x84, 1, 2, 0x01, 3, 4, 5, 6, 0x02, 7, 8, 9], 2);
        let mut rows = Vec::new();
        for count in [3, 3, 3] {
            let mut row = Vec::new();
            runs.read(count, &mut row);
            rows.push(row);
        }
        assert_eq!(rows, [vec![1, 2, 1, 2, 1, 2], vec![1, 2, 1, 2, 3, 4], vec![5, 6, 7, 8, 9]]);
    }
}
