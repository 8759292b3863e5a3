//! The literals of a block (RFC 8878, section 3.1.1.3.1).

use super::backward::{Backward, number};
use super::huffman::Codes;

/// Bytes of a block at the most, and so of its literals (section 3.1.1.2.4).
pub(super) const MOST_BYTES: usize = 128 << 10;

/// Reads literals into `to`; how many there are, what comes after them, and whether a stream of them is damaged.
pub(super) fn read<'d>(
    data: &'d [u8],
    codes: &mut Codes,
    to: &mut [u8],
) -> Option<(usize, &'d [u8], bool)> {
    let first = *data.first()?;
    let format = first >> 2 & 3;
    let kind = first & 3;
    let sizes = |bytes: usize| data.get(bytes..).map(|rest| (number(data, bytes), rest));
    if kind < 2 {
        let (size, rest) = match format {
            0 | 2 => (u64::from(first >> 3), data.get(1..)?),
            1 => sizes(2).map(|(size, rest)| (size >> 4, rest))?,
            _ => sizes(3).map(|(size, rest)| (size >> 4, rest))?,
        };
        let size = usize::try_from(size).ok()?;
        let to = to.get_mut(..size)?;
        let rest = if kind == 0 {
            let (stored, rest) = rest.split_at_checked(size)?;
            to.copy_from_slice(stored);
            rest
        } else {
            let (byte, rest) = rest.split_first()?;
            to.fill(*byte);
            rest
        };
        return Some((size, rest, false));
    }
    let (bytes, bits) = *[(3, 10), (3, 10), (4, 14), (5, 18)].get(usize::from(format))?;
    let (sizes, rest) = sizes(bytes)?;
    let part = |place: u32| usize::try_from(sizes >> place & ((1 << bits) - 1)).ok();
    let (size, stored) = (part(4)?, part(4 + bits)?);
    if size > MOST_BYTES {
        return None;
    }
    let (mut streams, rest) = rest.split_at_checked(stored)?;
    if kind == 2 {
        streams = codes.read(streams)?;
    } else if !codes.is_set() {
        return None;
    }
    let to = to.get_mut(..size)?;
    let is_whole = if format == 0 { one(streams, codes, to)? } else { four(streams, codes, to)? };
    Some((size, rest, !is_whole))
}

/// A single stream, which has to end where it ends, as in libzstd.
fn one(stream: &[u8], codes: &Codes, to: &mut [u8]) -> Option<bool> {
    let mut bits = Backward::new(stream)?;
    to.iter_mut().for_each(|to| *to = codes.next(&mut bits));
    (bits.left() == 0).then_some(true)
}

/// Four streams, each of a quarter (section 3.1.1.3.1.6). A damaged one seldom ends where it should; libzstd does not
/// look, and shows it. Says whether they do.
fn four(streams: &[u8], codes: &Codes, to: &mut [u8]) -> Option<bool> {
    let (sizes, streams) = streams.split_first_chunk::<6>()?;
    let [a, b, c] = [0, 2, 4].map(|place| {
        let size = sizes.get(place..place + 2).and_then(|size| size.first_chunk());
        usize::from(u16::from_le_bytes(size.copied().unwrap_or_default()))
    });
    let (first, streams) = streams.split_at_checked(a)?;
    let (second, streams) = streams.split_at_checked(b)?;
    let (third, fourth) = streams.split_at_checked(c)?;
    let quarter = to.len().div_ceil(4);
    let (to_first, to) = to.split_at_mut_checked(quarter)?;
    let (to_second, to) = to.split_at_mut_checked(quarter)?;
    let (to_third, to_fourth) = to.split_at_mut_checked(quarter)?;
    let mut all = [
        Backward::new(first)?,
        Backward::new(second)?,
        Backward::new(third)?,
        Backward::new(fourth)?,
    ];
    // In turn, so that none waits for its own last symbol.
    let together = to_fourth.len();
    let [one, two, three, four] = &mut all;
    let pairs = to_first.iter_mut().zip(to_second.iter_mut());
    let others = to_third.iter_mut().zip(to_fourth.iter_mut());
    for ((first, second), (third, fourth)) in pairs.zip(others) {
        *first = codes.next(one);
        *second = codes.next(two);
        *third = codes.next(three);
        *fourth = codes.next(four);
    }
    let rests =
        [to_first, to_second, to_third].map(|to| to.get_mut(together..).unwrap_or_default());
    for (to, bits) in rests.into_iter().zip(&mut all) {
        to.iter_mut().for_each(|to| *to = codes.next(bits));
    }
    Some(all.iter().all(|bits| bits.left() == 0))
}
