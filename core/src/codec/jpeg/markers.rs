//! The marker segments of a JPEG file (ITU-T T.81, B.1.1): one walker for headers, tables and scans.

use memchr::memchr_iter;

pub(super) const SOF0: u8 = 0xC0;
pub(super) const SOF2: u8 = 0xC2;
pub(super) const DHT: u8 = 0xC4;
/// Reserved for extensions; no frame header.
pub(super) const JPG: u8 = 0xC8;
pub(super) const DAC: u8 = 0xCC;
pub(super) const SOF15: u8 = 0xCF;
pub(super) const SOI: u8 = 0xD8;
pub(super) const EOI: u8 = 0xD9;
pub(super) const SOS: u8 = 0xDA;
pub(super) const DQT: u8 = 0xDB;
pub(super) const DRI: u8 = 0xDD;
pub(super) const APP0: u8 = 0xE0;
pub(super) const APP1: u8 = 0xE1;
pub(super) const APP2: u8 = 0xE2;
pub(super) const APP14: u8 = 0xEE;

/// A marker with the segment after it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'a> {
    /// The marker's second byte.
    pub(super) marker: u8,
    /// What follows its length, which counts its own two bytes; nothing where it is below 2, and for EOI, which has no
    /// segment.
    pub(super) body: &'a [u8],
}

/// Walks from marker to marker. It ends where the data does, or where a segment is cut off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segments<'a> {
    rest: &'a [u8],
}

impl<'a> Segments<'a> {
    pub(super) const fn new(data: &'a [u8]) -> Self {
        Self { rest: data }
    }

    /// What comes after the last segment.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next segment after entropy-coded data, in which damage may have made markers.
    pub(super) fn after_data(&mut self) -> Option<Segment<'a>> {
        loop {
            self.rest = self.rest.get(find_marker(self.rest)?..)?;
            if ends_data(self.rest) {
                return self.next();
            }
            self.rest = self.rest.get(2..)?;
        }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        loop {
            let after = self.rest.get(find_marker(self.rest)? + 1..)?;
            let (&marker, after) = after.split_first()?;
            self.rest = after;
            match marker {
                // Markers that stand alone: TEM, RST0 to RST7, SOI.
                0x01 | 0xD0..=SOI => continue,
                EOI => return Some(Segment { marker, body: &[] }),
                _ => {}
            }
            let (length, after) = after.split_first_chunk::<2>()?;
            let length = usize::from(u16::from_be_bytes(*length));
            let (body, rest) = after.split_at_checked(length.saturating_sub(2))?;
            self.rest = rest;
            return Some(Segment { marker, body });
        }
    }
}

/// The place of the next FF that a marker's byte follows, which is neither stuffing nor fill. What stands between
/// segments is skipped, as every other decoder does.
pub(super) fn find_marker(data: &[u8]) -> Option<usize> {
    memchr_iter(0xFF, data)
        .find(|at| data.get(at + 1).is_some_and(|next| !matches!(next, 0 | 0xFF)))
}

/// Whether entropy-coded data ends at the marker that `data` begins with. It does at the end of the image, at the header
/// of a scan, and at a segment that another marker follows. Other markers are restarts, or what damage made of the data.
pub(super) fn ends_data(data: &[u8]) -> bool {
    let [_, marker, after @ ..] = data else { return false };
    match *marker {
        // Reserved, and those that stand alone.
        0..SOF0 | 0xD0..=SOI => return false,
        EOI => return true,
        _ => {}
    }
    let segment = after.split_first_chunk::<2>().and_then(|(length, after)| {
        after.split_at_checked(usize::from(u16::from_be_bytes(*length)).checked_sub(2)?)
    });
    match (*marker, segment) {
        (_, None) => false,
        // How many components, two bytes for each, and three.
        (SOS, Some((header, _))) => {
            header.first().is_some_and(|count| header.len() == 4 + 2 * usize::from(*count))
        }
        (_, Some((_, rest))) => matches!(rest, [] | [0xFF] | [0xFF, 1..=0xFF, ..]),
    }
}

/// Whether the data ends with its end marker, as a whole file does. Markers inside the entropy-coded data are
/// restarts, further scans and their tables.
pub(super) fn is_whole(data: &[u8]) -> bool {
    Segments::new(data).any(|segment| segment.marker == EOI)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_walked_past_fill_stuffing_and_lone_markers() {
        let data =
            b"\xFF\xD8junk\xFF\xFF\xE0\0\x04ab\xFF\0\xFF\xD0\xFF\xDA\0\x03cdata\xFF\0\xFF\xD9rest";
        let mut segments = Segments::new(data);
        let found: Vec<_> =
            segments.by_ref().take(2).map(|segment| (segment.marker, segment.body)).collect();
        assert_eq!(found, [(APP0, &b"ab"[..]), (SOS, b"c")]);
        assert!(segments.rest().starts_with(b"data"));
        assert_eq!(segments.next().unwrap().marker, EOI);
        assert_eq!(segments.rest(), b"rest");
        assert!(is_whole(data) && !is_whole(&data[..data.len() - 6]));
    }

    #[test]
    fn entropy_coded_data_ends_at_no_marker_that_damage_makes() {
        let table = b"\xFF\xC4\0\x04ab\xFF\xDA\0\x08\x01\x02\0\0\x3F\0data";
        let stray = b"data\xFF\xAE\xFF\xC4\0\x03abc\xFF\xDA\0\x06\x07\xFF\xD3\xFF\xE1\xFF\xF0";
        let data = [&stray[..], table].concat();
        let mut segments = Segments::new(&data);
        assert_eq!(segments.after_data().unwrap().body, b"ab");
        assert_eq!(segments.after_data().unwrap().body, b"\x01\x02\0\0\x3F\0");
        assert!(segments.after_data().is_none());
        for (data, ends) in [
            (&b"\xFF\xD9"[..], true),
            (b"\xFF\xE0\0\x02", true),
            (b"\xFF\xE0\0\x02\xFF", true),
            (b"\xFF\xE0\0\x02\xFF\0", false),
            (b"\xFF\xE0\0\x01\xFF\xD9", false),
            (b"\xFF\xE0\0\x03", false),
            (b"\xFF\xD8", false),
        ] {
            assert_eq!(ends_data(data), ends, "{data:02x?}");
        }
    }

    #[test]
    fn a_segment_that_is_cut_off_ends_the_walk() {
        for data in [&b"\xFF\xE0\0\x05ab"[..], b"\xFF\xE0\0", b"\xFF", b""] {
            assert!(Segments::new(data).next().is_none(), "{data:?}");
        }
        let short = Segments::new(b"\xFF\xE0\0\x01ab").next().unwrap();
        assert_eq!((short.marker, short.body), (APP0, &b""[..]));
    }
}
