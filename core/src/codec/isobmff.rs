//! Boxes of the ISO base media file format (ISO/IEC 14496-12, section 4.2), which CR3, HEIF and films are made of.

use thumbox_protocol::Format;

use crate::cursor::Cursor;

/// HEIF's own brands, of pictures that are coded in any way.
const HEIF: [&[u8; 4]; 4] = [b"mif1", b"mif2", b"msf1", b"miaf"];

/// A box: its type, and what is in it.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) kind: [u8; 4],
    pub(super) body: &'a [u8],
}

/// The boxes that stand one after the other in `data`. The last one ends where the data does, whatever it claims.
pub(super) fn parts(data: &[u8]) -> impl Iterator<Item = Part<'_>> {
    let mut cursor = Cursor::new(data);
    std::iter::from_fn(move || {
        let size = cursor.u32_be()?;
        let kind = cursor.array()?;
        let body = match size {
            0 => cursor.take_up_to(usize::MAX),
            1 => {
                let size = u64::from_be_bytes(cursor.array()?).checked_sub(16)?;
                cursor.take_up_to(usize::try_from(size).unwrap_or(usize::MAX))
            }
            _ => cursor.take_up_to(usize::try_from(size.checked_sub(8)?).ok()?),
        };
        Some(Part { kind, body })
    })
}

/// What is in the first box of this type.
pub(super) fn part<'a>(data: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    parts(data).find(|part| part.kind == *kind).map(|part| part.body)
}

/// The brands of a file: the major one, then those that it is compatible with; `None` where no file type box begins it.
pub(super) fn brands(data: &[u8]) -> Option<impl Iterator<Item = [u8; 4]>> {
    let first = parts(data).next().filter(|first| first.kind == *b"ftyp")?;
    let (brands, _) = first.body.as_chunks::<4>();
    // The second is the major brand's version.
    Some(brands.iter().enumerate().filter(|(at, _)| *at != 1).map(|(_, brand)| *brand))
}

/// AVIF (its section 8) or HEIC (ISO/IEC 23008-12, annex B): by the major brand, or by the first other brand that is one
/// of theirs where that is HEIF's, which says nothing of how its pictures are coded.
pub(super) fn heif_coding(data: &[u8]) -> Option<Format> {
    let coding = |brand: &[u8; 4]| match brand {
        b"avif" | b"avis" => Some(Format::Avif),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => {
            Some(Format::Heic)
        }
        _ => None,
    };
    let mut brands = brands(data)?;
    match brands.next()? {
        major if HEIF.contains(&&major) => {
            Some(brands.find_map(|brand| coding(&brand)).unwrap_or(Format::Heic))
        }
        major => coding(&major),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(data: &[u8]) -> Vec<(String, usize)> {
        let name = |part: Part<'_>| (part.kind.escape_ascii().to_string(), part.body.len());
        parts(data).map(name).collect()
    }

    #[test]
    fn boxes_are_walked_by_all_three_sizes() {
        let data = b"\0\0\0\x0Aabcd12\0\0\0\x01efgh\0\0\0\0\0\0\0\x11!\0\0\0\0ijkl123";
        let expected = [("abcd", 2), ("efgh", 1), ("ijkl", 3)];
        assert_eq!(kinds(data), expected.map(|(name, size)| (name.to_owned(), size)));
        assert_eq!(part(data, b"efgh"), Some(&b"!"[..]));
        assert_eq!(part(data, b"zzzz"), None);
    }

    #[test]
    fn sizes_that_lie_end_the_walk_or_the_box() {
        for (data, expected) in [
            (&b"\0\0\0\x07abcd1"[..], None),
            (b"\0\0\0\x01abcd\0\0\0\0\0\0\0\x0F1", None),
            (b"\0\0\0\x01abcd\x80\0\0\0\0\0\0\x001", Some(1)),
            (b"\xFF\xFF\xFF\xFFabcd123", Some(3)),
            (b"\0\0\0\x01abcd\0\0\0", None),
            (b"\0\0\0\x08abc", None),
        ] {
            assert_eq!(kinds(data).first().map(|first| first.1), expected, "{data:?}");
        }
    }

    #[test]
    fn brands_are_the_major_and_the_compatible_ones() {
        let data = b"\0\0\0\x18ftypmif1\0\0\0\x01heicmiaf";
        assert_eq!(brands(data).unwrap().collect::<Vec<_>>(), [*b"mif1", *b"heic", *b"miaf"]);
        assert!(brands(b"\0\0\0\x08moov").is_none());
    }

    #[test]
    fn avif_and_heic_are_told_by_their_brands() {
        for (brands, format) in [
            (&[b"avif", b"mif1"][..], Some(Format::Avif)),
            (&[b"avis", b"msf1"], Some(Format::Avif)),
            (&[b"mif1", b"avif"], Some(Format::Avif)),
            (&[b"heic", b"mif1", b"avif"], Some(Format::Heic)),
            (&[b"mif1", b"miaf", b"heix"], Some(Format::Heic)),
            (&[b"hevc", b"msf1"], Some(Format::Heic)),
            (&[b"mif1"], Some(Format::Heic)),
            (&[b"isom", b"heic"], None),
        ] {
            let size = u32::try_from(brands.len() * 4 + 12).unwrap();
            let mut data = size.to_be_bytes().to_vec();
            data.extend(b"ftyp");
            data.extend(brands.first().unwrap().iter());
            data.extend([0; 4]);
            data.extend(brands.iter().skip(1).copied().flatten());
            assert_eq!(heif_coding(&data), format, "{}", data.escape_ascii());
        }
    }
}
