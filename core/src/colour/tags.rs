//! The values of an ICC profile's tags, written anew (ICC.1:2022, section 10).

use crate::cursor::Cursor;

/// Entries of a sampled curve, at the most: what the colour engine takes.
pub(super) const MAX_CURVE: usize = 40_000;

/// A type's signature and the 4 bytes after it, which are reserved.
pub(super) fn begins(tag: &mut Cursor<'_>) -> Option<[u8; 4]> {
    let kind = tag.array::<4>()?;
    tag.take(4)?;
    Some(kind)
}

/// Tags begin at multiples of 4 bytes.
pub(super) fn align(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(4), 0);
}

/// Fixed-point numbers of 4 bytes (sections 10.31 and 10.23).
pub(super) fn numbers(tag: &[u8], kind: &[u8; 4], count: usize, out: &mut Vec<u8>) -> Option<()> {
    let mut tag = Cursor::new(tag);
    if begins(&mut tag)? != *kind {
        return None;
    }
    out.extend_from_slice(kind);
    out.extend([0; 4]);
    out.extend_from_slice(tag.take(4 * count)?);
    Some(())
}

/// A curve, sampled or parametric (sections 10.6 and 10.18).
pub(super) fn curve(tag: &mut Cursor<'_>, out: &mut Vec<u8>) -> Option<()> {
    /// Parameters of each function type.
    const PARAMETERS: [usize; 5] = [1, 3, 4, 5, 7];
    let kind = begins(tag)?;
    out.extend_from_slice(&kind);
    out.extend([0; 4]);
    match &kind {
        b"curv" => {
            let count = tag.u32_be()?;
            let entries = usize::try_from(count).ok().filter(|count| *count <= MAX_CURVE)?;
            out.extend(count.to_be_bytes());
            out.extend_from_slice(tag.take(2 * entries)?);
        }
        b"para" => {
            let function = tag.u16_be()?;
            tag.take(2)?;
            let count = *PARAMETERS.get(usize::from(function))?;
            out.extend(function.to_be_bytes());
            out.extend([0; 2]);
            out.extend_from_slice(tag.take(4 * count)?);
        }
        _ => return None,
    }
    Some(())
}
