//! Where a file has its chunks, and where its lengths and sides are: as far as it can be followed.

use std::ops::Range;

/// A number in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) at: usize,
    /// Bytes.
    pub(super) width: usize,
    pub(super) big_endian: bool,
}

/// What is found in a file.
#[derive(Default)]
pub(super) struct Layout {
    /// What can be taken out, written twice or moved: chunks, segments, blocks, entries of a table.
    pub(super) pieces: Vec<Range<usize>>,
    pub(super) numbers: Vec<Number>,
}

/// No more pieces than this are looked for.
const MOST: usize = 200;

impl Layout {
    pub(super) fn of(format: &str, file: &[u8]) -> Self {
        let mut layout = Self::default();
        // Each ends where there is nothing more to read.
        let _ = match format {
            "png" => layout.png(file),
            "webp" => {
                layout.little(4, 4);
                layout.riff(file, 12..file.len())
            }
            "jpeg" => layout.jpeg(file),
            "gif" => layout.gif(file),
            "avif" | "heic" => layout.boxes(file, 0..file.len()),
            "raw" if file.get(4..8) == Some(b"ftyp") => layout.boxes(file, 0..file.len()),
            "raw" | "tiff" => layout.tiff(file),
            "bmp" => layout.bmp(file),
            "qoi" => layout.qoi(file),
            "pnm" => layout.pnm(file),
            "tga" => layout.tga(file),
            "ico" | "cur" => layout.ico(file),
            "psd" => layout.psd(file),
            "icc" => layout.icc(file),
            _ => None,
        };
        layout.pieces.retain(|piece| piece.start < piece.end && piece.end <= file.len());
        layout.pieces.truncate(MOST);
        layout
    }

    fn big(&mut self, at: usize, width: usize) {
        self.numbers.push(Number { at, width, big_endian: true });
    }

    fn little(&mut self, at: usize, width: usize) {
        self.numbers.push(Number { at, width, big_endian: false });
    }

    fn png(&mut self, file: &[u8]) -> Option<()> {
        let mut at = 8;
        while self.pieces.len() < MOST {
            let end = at + 12 + big(file, at, 4)?;
            file.get(at..end)?;
            self.big(at, 4);
            let fields = match file.get(at + 4..at + 8)? {
                b"IHDR" => &[(0, 4), (4, 4), (8, 1), (9, 1), (12, 1)][..],
                b"fcTL" => &[(0, 4), (4, 4), (8, 4), (12, 4), (16, 4), (24, 1), (25, 1)],
                b"acTL" => &[(0, 4), (4, 4)],
                b"fdAT" | b"gAMA" => &[(0, 4)],
                b"cHRM" => &[(0, 4), (8, 4), (16, 4), (24, 4)],
                _ => &[],
            };
            for &(offset, width) in fields {
                self.big(at + 8 + offset, width);
            }
            self.pieces.push(at..end);
            at = end;
        }
        None
    }

    fn riff(&mut self, file: &[u8], within: Range<usize>) -> Option<()> {
        let mut at = within.start;
        while at < within.end && self.pieces.len() < MOST {
            let size = little(file, at + 4, 4)?;
            let end = (at + 8).checked_add(size)?.checked_next_multiple_of(2)?;
            file.get(at..end.min(within.end))?;
            self.little(at + 4, 4);
            let fields = match file.get(at..at + 4)? {
                b"VP8X" => &[(0, 1), (4, 3), (7, 3)][..],
                b"VP8L" => &[(1, 4), (5, 4)],
                b"VP8 " => &[(0, 3), (6, 2), (8, 2), (10, 4)],
                b"ALPH" => &[(0, 1), (1, 4)],
                b"ANMF" => &[(0, 3), (3, 3), (6, 3), (9, 3), (12, 3), (15, 1)],
                b"ANIM" => &[(4, 2)],
                _ => &[],
            };
            for &(offset, width) in fields {
                self.little(at + 8 + offset, width);
            }
            self.pieces.push(at..end.min(within.end));
            if file.get(at..at + 4)? == b"ANMF" {
                let _ = self.riff(file, at + 24..end.min(within.end));
            }
            at = end;
        }
        None
    }

    fn jpeg(&mut self, file: &[u8]) -> Option<()> {
        let mut at = 2;
        while self.pieces.len() < MOST {
            let marker = *file.get(at + 1)?;
            let mut end = at + 2 + big(file, at + 2, 2)?;
            self.big(at + 2, 2);
            match marker {
                0xC0..=0xC2 => {
                    [(4, 1), (5, 2), (7, 2), (9, 1)]
                        .into_iter()
                        .for_each(|(offset, width)| self.big(at + offset, width));
                    (0..4).for_each(|component| self.big(at + 11 + 3 * component, 1));
                }
                0xDA => {
                    (4..end - at).for_each(|offset| self.big(at + offset, 1));
                    let data = file.get(end..)?;
                    let marker = |pair: &[u8]| {
                        pair[0] == 0xFF && pair[1] != 0 && !(0xD0..=0xD7).contains(&pair[1])
                    };
                    end += data.windows(2).position(marker).unwrap_or(data.len());
                }
                0xC4 | 0xDD => (4..8).for_each(|offset| self.big(at + offset, 1)),
                _ => {}
            }
            file.get(at..end)?;
            self.pieces.push(at..end);
            at = end;
        }
        None
    }

    fn gif(&mut self, file: &[u8]) -> Option<()> {
        [(6, 2), (8, 2), (10, 1)].into_iter().for_each(|(at, width)| self.little(at, width));
        let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
        let mut at = 13 + table(*file.get(10)?);
        while self.pieces.len() < MOST {
            let mut end = match file.get(at)? {
                0x21 => {
                    self.little(at + 3, 1);
                    at + 2
                }
                0x2C => {
                    (0..4).for_each(|field| self.little(at + 1 + 2 * field, 2));
                    self.little(at + 9, 1);
                    let data = at + 10 + table(*file.get(at + 9)?);
                    self.little(data, 1);
                    data + 1
                }
                _ => return None,
            };
            loop {
                let length = usize::from(*file.get(end)?);
                end += 1 + length;
                if length == 0 {
                    break;
                }
            }
            self.pieces.push(at..end);
            at = end;
        }
        None
    }

    fn tiff(&mut self, file: &[u8]) -> Option<()> {
        let big_endian = file.starts_with(b"MM");
        let read =
            |at, width| if big_endian { big(file, at, width) } else { little(file, at, width) };
        let mut add = |at, width| self.numbers.push(Number { at, width, big_endian });
        let large = read(2, 2)? == 43;
        let (word, at, count) = if large { (8, 8, 8) } else { (4, 4, 2) };
        add(at, word);
        let directory = read(at, word)?;
        add(directory, count);
        let first = directory.checked_add(count)?;
        let size = 4 + 2 * word;
        for entry in 0..read(directory, count)?.min(MOST) {
            let at = first + entry * size;
            file.get(at..at + size)?;
            for (offset, width) in [(0, 2), (2, 2), (4, word), (4 + word, word), (4 + word, 2)] {
                add(at + offset, width);
            }
            // Values that lie elsewhere.
            if read(at + 4, word)? > 2 {
                let place = read(at + 4 + word, word)?;
                add(place, 4);
                add(place.checked_add(4)?, 4);
            }
            self.pieces.push(at..at + size);
        }
        None
    }

    fn boxes(&mut self, file: &[u8], within: Range<usize>) -> Option<()> {
        let mut at = within.start;
        while at < within.end && self.pieces.len() < MOST {
            let end = at.checked_add(big(file, at, 4)?).filter(|end| *end <= within.end)?;
            self.big(at, 4);
            let kind = file.get(at + 4..at + 8)?;
            self.pieces.push(at..end);
            let _ = match kind {
                b"moov" | b"trak" | b"mdia" | b"minf" | b"stbl" | b"iprp" | b"ipco" => {
                    self.boxes(file, at + 8..end)
                }
                b"meta" | b"iref" => self.boxes(file, at + 12..end),
                b"iinf" => self.boxes(file, at + 14..end),
                b"uuid" => self.boxes(file, at + 24..end),
                _ => None,
            };
            if matches!(kind, b"stsz" | b"co64") {
                (2..6).for_each(|field| self.big(at + 4 * field, 4));
            }
            if matches!(kind, b"ispe" | b"clap" | b"iloc") {
                (2..6).for_each(|field| self.big(at + 4 * field, 4));
            }
            at = end.max(at + 8);
        }
        None
    }

    fn bmp(&mut self, file: &[u8]) -> Option<()> {
        for at in [2, 10, 14, 18, 22, 30, 34, 46, 50, 54, 58, 62, 66] {
            self.little(at, 4);
        }
        self.little(26, 2);
        self.little(28, 2);
        let header = 14 + little(file, 14, 4)?;
        let data = little(file, 10, 4)?.min(file.len());
        for piece in [14..header, header..data, data..file.len()] {
            if piece.start < piece.end && piece.end <= file.len() {
                self.pieces.push(piece);
            }
        }
        None
    }

    fn qoi(&mut self, file: &[u8]) -> Option<()> {
        for (at, width) in [(4, 4), (8, 4), (12, 1), (13, 1)] {
            self.big(at, width);
        }
        // Chunks have no lengths; some bytes of them.
        for at in (14..file.len()).step_by(1 + file.len() / 16) {
            self.pieces.push(at..file.len().min(at + 5));
        }
        None
    }

    /// Its numbers are texts, of which each digit is one.
    fn pnm(&mut self, file: &[u8]) -> Option<()> {
        let mut lines = file.split_inclusive(|byte| *byte == b'\n');
        let mut at = 0;
        for line in lines.by_ref().take(12) {
            self.pieces.push(at..at + line.len());
            at += line.len();
        }
        let text = file.iter().enumerate().take(120);
        text.filter(|(_, byte)| byte.is_ascii_digit()).for_each(|(at, _)| self.little(at, 1));
        None
    }

    fn tga(&mut self, file: &[u8]) -> Option<()> {
        for (at, width) in
            [(0, 1), (1, 1), (2, 1), (3, 2), (5, 2), (7, 1), (12, 2), (14, 2), (16, 1), (17, 1)]
        {
            self.little(at, width);
        }
        let footer = file.len().checked_sub(26)?;
        self.little(footer, 4);
        self.little(footer + 4, 4);
        self.pieces.push(0..18);
        self.pieces.push(18..footer);
        self.pieces.push(footer..file.len());
        None
    }

    fn ico(&mut self, file: &[u8]) -> Option<()> {
        self.little(2, 2);
        self.little(4, 2);
        for entry in 0..little(file, 4, 2)?.min(MOST) {
            let at = 6 + 16 * entry;
            file.get(at..at + 16)?;
            self.little(at + 8, 4);
            self.little(at + 12, 4);
            self.pieces.push(at..at + 16);
            let (size, place) = (little(file, at + 8, 4)?, little(file, at + 12, 4)?);
            [(0, 4), (4, 4), (8, 4), (14, 2), (16, 4), (32, 4)]
                .into_iter()
                .for_each(|(offset, width)| self.little(place.saturating_add(offset), width));
            self.pieces.push(place..place.saturating_add(size));
        }
        None
    }

    fn psd(&mut self, file: &[u8]) -> Option<()> {
        for (at, width) in [(4, 2), (12, 2), (14, 4), (18, 4), (22, 2), (24, 2)] {
            self.big(at, width);
        }
        let mut at = 26;
        for _ in 0..3 {
            self.big(at, 4);
            let end = (at + 4).checked_add(big(file, at, 4)?)?;
            self.pieces.push(at..end);
            // Lengths and counts of what is inside.
            (4..end.min(at + 60) - at).step_by(4).for_each(|offset| self.big(at + offset, 4));
            at = end;
        }
        self.big(at, 2);
        (0..8).for_each(|row| self.big(at + 2 + 2 * row, 2));
        self.pieces.push(at + 2..file.len());
        None
    }

    /// A recipe: a byte, and a profile.
    fn icc(&mut self, file: &[u8]) -> Option<()> {
        let profile = file.get(1..)?;
        [8, 12, 16, 20, 128].into_iter().for_each(|at| self.big(1 + at, 4));
        for tag in 0..big(profile, 128, 4)?.min(MOST) {
            let entry = 132 + 12 * tag;
            let place = big(profile, entry + 4, 4)?;
            (0..3).for_each(|field| self.big(1 + entry + 4 * field, 4));
            // Its type, counts and offsets.
            (0..9).for_each(|field| self.big(1 + place.saturating_add(4 * field), 4));
            (8..12).for_each(|offset| self.big(1 + place.saturating_add(offset), 1));
            self.pieces.push(1 + entry..1 + entry + 12);
        }
        None
    }
}

fn big(file: &[u8], at: usize, width: usize) -> Option<usize> {
    let bytes = file.get(at..at.checked_add(width)?)?;
    let value = bytes.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    // Beyond what a file can have, as if it were not there.
    usize::try_from(value).ok().filter(|value| *value < 1 << 40)
}

fn little(file: &[u8], at: usize, width: usize) -> Option<usize> {
    let bytes = file.get(at..at.checked_add(width)?)?;
    let value = bytes.iter().rev().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    usize::try_from(value).ok().filter(|value| *value < 1 << 40)
}
