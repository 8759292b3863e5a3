//! Predictors, undone in place (TIFF 6.0, section 14; Adobe's Photoshop TIFF technical note 3 for floats).

/// What was done to each row before it was compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Predictor {
    None,
    /// Each sample is the difference to the one before it.
    Horizontal,
    /// The bytes of floats lie apart, by their places, and are differences.
    Float,
}

/// Undoes it in a row of samples of so many bits, `step` of them a pixel. `spare` has room for the row.
pub(super) fn undo(
    predictor: Predictor,
    bits: u32,
    step: usize,
    big_endian: bool,
    row: &mut [u8],
    spare: &mut Vec<u8>,
) {
    match (predictor, bits) {
        (Predictor::None, _) => {}
        (Predictor::Horizontal, 8) => bytes(row, step),
        (Predictor::Horizontal, 16) => {
            let (read, write) = match big_endian {
                true => (u16::from_be_bytes as fn(_) -> _, u16::to_be_bytes as fn(_) -> _),
                false => (u16::from_le_bytes as fn(_) -> _, u16::to_le_bytes as fn(_) -> _),
            };
            words(row, step, read, write, u16::wrapping_add);
        }
        (Predictor::Horizontal, 32) => {
            let (read, write) = match big_endian {
                true => (u32::from_be_bytes as fn(_) -> _, u32::to_be_bytes as fn(_) -> _),
                false => (u32::from_le_bytes as fn(_) -> _, u32::to_le_bytes as fn(_) -> _),
            };
            words(row, step, read, write, u32::wrapping_add);
        }
        (Predictor::Horizontal, _) => {
            let (read, write) = match big_endian {
                true => (u64::from_be_bytes as fn(_) -> _, u64::to_be_bytes as fn(_) -> _),
                false => (u64::from_le_bytes as fn(_) -> _, u64::to_le_bytes as fn(_) -> _),
            };
            words(row, step, read, write, u64::wrapping_add);
        }
        (Predictor::Float, bits) => {
            bytes(row, step);
            spare.clear();
            spare.extend_from_slice(row);
            let size = bits as usize / 8;
            let floats = row.len() / size;
            for (index, float) in row.chunks_exact_mut(size).enumerate() {
                for (place, byte) in float.iter_mut().enumerate() {
                    // The first plane has the highest bytes.
                    let plane = if big_endian { place } else { size - 1 - place };
                    *byte = spare.get(plane * floats + index).copied().unwrap_or(0);
                }
            }
        }
    }
}

fn bytes(row: &mut [u8], step: usize) {
    match step {
        1 => pixels::<1>(row),
        2 => pixels::<2>(row),
        3 => pixels::<3>(row),
        4 => pixels::<4>(row),
        _ => {
            for index in step..row.len() {
                let before = row.get(index - step).copied().unwrap_or(0);
                row.iter_mut()
                    .skip(index)
                    .take(1)
                    .for_each(|byte| *byte = byte.wrapping_add(before));
            }
        }
    }
}

fn pixels<const N: usize>(row: &mut [u8]) {
    let mut before = [0_u8; N];
    for pixel in row.as_chunks_mut::<N>().0 {
        for (byte, before) in pixel.iter_mut().zip(&mut before) {
            *before = before.wrapping_add(*byte);
            *byte = *before;
        }
    }
}

fn words<T: Copy + Default, const N: usize>(
    row: &mut [u8],
    step: usize,
    read: fn([u8; N]) -> T,
    write: fn(T) -> [u8; N],
    add: fn(T, T) -> T,
) {
    let mut before = vec![T::default(); step];
    for pixel in row.as_chunks_mut::<N>().0.chunks_mut(step) {
        for (word, before) in pixel.iter_mut().zip(&mut before) {
            *before = add(*before, read(*word));
            *word = write(*before);
        }
    }
}
