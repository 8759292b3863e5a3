//! The lookup table from a device's colours to the connection space, written anew (ICC.1:2022, sections 10.10 to 10.12).

use super::tags::{align, begins, curve};
use crate::cursor::Cursor;

/// What comes out: three channels of XYZ or Lab.
const OUT: usize = 3;

/// Bytes of a matrix of 3 x 3, and with an offset for each row.
const MATRIX: usize = 9 * 4;
const MATRIX_AND_OFFSETS: usize = 12 * 4;

/// Writes an `A2B0` tag of any type; `None` for one that contradicts itself or does not have `channels` channels.
pub(super) fn write(tag: &[u8], channels: usize, out: &mut Vec<u8>) -> Option<()> {
    let mut cursor = Cursor::new(tag);
    let kind = begins(&mut cursor)?;
    let [inputs, outputs, grid, _padding] = cursor.array::<4>()?;
    if usize::from(inputs) != channels || usize::from(outputs) != OUT {
        return None;
    }
    out.extend_from_slice(&kind);
    out.extend([0; 4]);
    match &kind {
        b"mft1" | b"mft2" => {
            out.extend([inputs, outputs, grid, 0]);
            tables(cursor, &kind == b"mft2", channels, grid, out)
        }
        b"mAB " => {
            out.extend([inputs, outputs, 0, 0]);
            stages(tag, cursor, channels, out)
        }
        _ => None,
    }
}

/// A matrix, curves, a grid and curves again, of one depth.
fn tables(
    mut tag: Cursor<'_>,
    wide: bool,
    channels: usize,
    grid: u8,
    out: &mut Vec<u8>,
) -> Option<()> {
    out.extend_from_slice(tag.take(MATRIX)?);
    let (before, after) = if wide {
        let entries = [tag.u16_be()?, tag.u16_be()?];
        if entries.iter().any(|entries| !(2..=4096).contains(entries)) {
            return None;
        }
        for entries in entries {
            out.extend(entries.to_be_bytes());
        }
        let [before, after] = entries;
        (usize::from(before), usize::from(after))
    } else {
        (256, 256)
    };
    let nodes = nodes(std::iter::repeat_n(grid, channels))?;
    let samples = before * channels + nodes * OUT + after * OUT;
    out.extend_from_slice(tag.take(samples * if wide { 2 } else { 1 })?);
    Some(())
}

/// Nodes of a grid. As many as a profile can hold are a number of 32 bits in every build.
fn nodes(sides: impl Iterator<Item = u8>) -> Option<usize> {
    let mut nodes = 1_u32;
    for side in sides {
        if side < 2 {
            return None;
        }
        nodes = nodes.checked_mul(u32::from(side)).filter(|nodes| *nodes <= 1 << 23)?;
    }
    usize::try_from(nodes).ok()
}

/// Curves, a grid, curves, a matrix and curves, each at an offset of its own or absent.
fn stages(tag: &[u8], mut header: Cursor<'_>, channels: usize, out: &mut Vec<u8>) -> Option<()> {
    let start = out.len() - 12;
    let mut at = [0; 5];
    for place in &mut at {
        *place = usize::try_from(header.u32_be()?).ok()?;
    }
    let offsets = out.len();
    out.extend([0; 4 * 5]);
    let mut found = [0; 5];
    let [b, matrix, m, grid, a] = at;
    for (index, (from, kind)) in [
        (b, Stage::Curves(OUT)),
        (matrix, Stage::Matrix),
        (m, Stage::Curves(OUT)),
        (grid, Stage::Grid(channels)),
        (a, Stage::Curves(channels)),
    ]
    .into_iter()
    .enumerate()
    {
        if from == 0 {
            continue;
        }
        *found.get_mut(index)? = u32::try_from(out.len() - start).ok()?;
        kind.write(tag, from, out)?;
    }
    let places = out.get_mut(offsets..offsets + 4 * 5)?.as_chunks_mut::<4>().0;
    for (place, found) in places.iter_mut().zip(found) {
        *place = found.to_be_bytes();
    }
    Some(())
}

enum Stage {
    Curves(usize),
    Matrix,
    Grid(usize),
}

impl Stage {
    fn write(self, tag: &[u8], from: usize, out: &mut Vec<u8>) -> Option<()> {
        let mut source = Cursor::at(tag, from);
        match self {
            Self::Curves(count) => {
                for _ in 0..count {
                    let start = out.len();
                    curve(&mut source, out)?;
                    if out.get(start..) == Some(b"curv\0\0\0\0\0\0\0\0") {
                        // No samples mean identity. moxcms does not go on after such a curve: a power of 1 is the same.
                        out.truncate(start);
                        out.extend(b"para\0\0\0\0\0\0\0\0\0\x01\0\0");
                    }
                    align(out);
                    // Each begins at a multiple of 4 bytes of the tag.
                    let read = tag.len() - source.rest().len();
                    source.take_up_to(read.next_multiple_of(4) - read);
                }
            }
            Self::Matrix => out.extend_from_slice(source.take(MATRIX_AND_OFFSETS)?),
            Self::Grid(channels) => {
                let sides = source.array::<16>()?;
                let [precision, ..] = source.array::<4>()?;
                let nodes = nodes(sides.iter().copied().take(channels))?;
                if !matches!(precision, 1 | 2) {
                    return None;
                }
                let used = sides.get(..channels)?;
                out.extend_from_slice(used);
                out.resize(out.len() + 16 - channels, 0);
                out.extend([precision, 0, 0, 0]);
                out.extend_from_slice(source.take(nodes * OUT * usize::from(precision))?);
                align(out);
            }
        }
        Some(())
    }
}
