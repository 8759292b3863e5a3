//! PackBits (TIFF 6.0, section 9), of TIFF and PSD.

/// Decompresses chunks.
pub(super) struct PackBits<'d> {
    data: &'d [u8],
    /// What is left of a run that did not fit.
    run: Run<'d>,
}

/// A run.
#[derive(Clone, Copy)]
enum Run<'d> {
    Same { byte: u8, left: usize },
    Literal(&'d [u8]),
}

impl<'d> PackBits<'d> {
    pub(super) const fn new() -> Self {
        Self { data: &[], run: Run::Literal(&[]) }
    }

    pub(super) fn start(&mut self, data: &'d [u8]) {
        *self = Self { data, run: Run::Literal(&[]) };
    }

    /// Fills `to`, as far as there is data; how many bytes there were.
    pub(super) fn read(&mut self, to: &mut [u8]) -> usize {
        let mut filled = 0;
        while let Some(to) = to.get_mut(filled..).filter(|to| !to.is_empty()) {
            let made = self.run.take(to);
            filled += made;
            if made == 0 {
                match self.next_run() {
                    Some(run) => self.run = run,
                    None => break,
                }
            }
        }
        filled
    }

    fn next_run(&mut self) -> Option<Run<'d>> {
        loop {
            let (head, rest) = self.data.split_first()?;
            self.data = rest;
            match head {
                0..=127 => {
                    let (literal, rest) = rest.split_at(rest.len().min(usize::from(*head) + 1));
                    self.data = rest;
                    return (!literal.is_empty()).then_some(Run::Literal(literal));
                }
                128 => {}
                129.. => {
                    let (byte, rest) = rest.split_first()?;
                    self.data = rest;
                    return Some(Run::Same { byte: *byte, left: 257 - usize::from(*head) });
                }
            }
        }
    }
}

impl Run<'_> {
    /// Moves as much of the run as fits; how many bytes that was.
    fn take(&mut self, to: &mut [u8]) -> usize {
        match self {
            Self::Same { byte, left } => {
                let count = (*left).min(to.len());
                to.iter_mut().take(count).for_each(|to| *to = *byte);
                *left -= count;
                count
            }
            Self::Literal(bytes) => {
                let (taken, rest) = bytes.split_at(bytes.len().min(to.len()));
                to.iter_mut().zip(taken).for_each(|(to, byte)| *to = *byte);
                *bytes = rest;
                taken.len()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    #[test]
    fn runs_come_out_whatever_room_there_is() {
        let packed = [
            0xFE, 0xAA, 0x02, 0x80, 0x00, 0x2A, 0xFD, 0xAA, 0x03, 0x80, 0x00, 0x2A, 0x22, 0xF7,
            0xAA,
        ];
        let unpacked: Vec<u8> = [
            vec![0xAA; 3],
            vec![0x80, 0x00, 0x2A],
            vec![0xAA; 4],
            vec![0x80, 0x00, 0x2A, 0x22],
            vec![0xAA; 10],
        ]
        .concat();
        for room in 1..30 {
            let mut runs = PackBits::new();
            runs.start(&packed);
            let (mut found, mut part): (Vec<u8>, _) = (Vec::new(), vec![0; room]);
            loop {
                match runs.read(&mut part) {
                    0 => break,
                    count => found.extend(&part[..count]),
                }
            }
            assert_eq!(found, unpacked, "{room}");
        }
    }

    #[test]
    fn a_cut_run_gives_what_there_is_and_empty_codes_nothing() {
        let mut runs = PackBits::new();
        let mut part = [0; 16];
        runs.start(&[128, 128, 5, 1, 2]);
        assert_eq!((runs.read(&mut part), &part[..2]), (2, &[1, 2][..]));
        for cut in [&[200][..], &[128, 128], &[7], &[]] {
            runs.start(cut);
            assert_eq!(runs.read(&mut part), 0, "{cut:?}");
        }
    }
}
