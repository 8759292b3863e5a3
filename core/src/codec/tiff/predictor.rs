//! Predictors, undone (TIFF 6.0, section 14; Adobe's Photoshop TIFF technical note 3 for floats).

/// What was done to each row before it was compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Predictor {
    None,
    /// Each sample is the difference to the one before it.
    Horizontal,
    /// The bytes of floats lie apart, by their places, and are differences.
    Float,
}

/// Undoes it in a row of samples of so many bits, `step` of them a pixel. `row` has as many bytes as `stored`; `spare` is
/// room for them.
pub(super) fn undo(
    predictor: Predictor,
    bits: u32,
    step: usize,
    big_endian: bool,
    stored: &[u8],
    row: &mut [u8],
    spare: &mut Vec<u8>,
) {
    match (predictor, bits) {
        (Predictor::None, _) => row.copy_from_slice(stored),
        (Predictor::Horizontal, 8) => bytes(stored, row, step),
        (Predictor::Horizontal, 16) => {
            let (read, write) = match big_endian {
                true => (u16::from_be_bytes as fn(_) -> _, u16::to_be_bytes as fn(_) -> _),
                false => (u16::from_le_bytes as fn(_) -> _, u16::to_le_bytes as fn(_) -> _),
            };
            words(stored, row, step, read, write, u16::wrapping_add);
        }
        (Predictor::Horizontal, 32) => {
            let (read, write) = match big_endian {
                true => (u32::from_be_bytes as fn(_) -> _, u32::to_be_bytes as fn(_) -> _),
                false => (u32::from_le_bytes as fn(_) -> _, u32::to_le_bytes as fn(_) -> _),
            };
            words(stored, row, step, read, write, u32::wrapping_add);
        }
        (Predictor::Horizontal, _) => {
            let (read, write) = match big_endian {
                true => (u64::from_be_bytes as fn(_) -> _, u64::to_be_bytes as fn(_) -> _),
                false => (u64::from_le_bytes as fn(_) -> _, u64::to_le_bytes as fn(_) -> _),
            };
            words(stored, row, step, read, write, u64::wrapping_add);
        }
        (Predictor::Float, bits) => {
            spare.resize(stored.len(), 0);
            bytes(stored, spare, step);
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

fn bytes(stored: &[u8], row: &mut [u8], step: usize) {
    match step {
        1 => pixels::<1>(stored, row),
        2 => pixels::<2>(stored, row),
        3 => pixels::<3>(stored, row),
        4 => pixels::<4>(stored, row),
        _ => {
            let mut before = vec![0_u8; step];
            for (pixel, stored) in row.chunks_mut(step).zip(stored.chunks(step)) {
                for ((byte, stored), before) in pixel.iter_mut().zip(stored).zip(&mut before) {
                    *before = before.wrapping_add(*stored);
                    *byte = *before;
                }
            }
        }
    }
}

fn pixels<const N: usize>(stored: &[u8], row: &mut [u8]) {
    let mut before = [0_u8; N];
    let (pixels, rest) = row.as_chunks_mut::<N>();
    let (stored, last) = stored.as_chunks::<N>();
    for (pixel, stored) in pixels.iter_mut().zip(stored) {
        before
            .iter_mut()
            .zip(stored)
            .for_each(|(before, byte)| *before = before.wrapping_add(*byte));
        *pixel = before;
    }
    // Of a pixel that is cut off.
    for ((byte, stored), before) in rest.iter_mut().zip(last).zip(before) {
        *byte = before.wrapping_add(*stored);
    }
}

fn words<T: Copy + Default, const N: usize>(
    stored: &[u8],
    row: &mut [u8],
    step: usize,
    read: fn([u8; N]) -> T,
    write: fn(T) -> [u8; N],
    add: fn(T, T) -> T,
) {
    let mut before = vec![T::default(); step];
    let pixels = row.as_chunks_mut::<N>().0.chunks_mut(step);
    for (pixel, stored) in pixels.zip(stored.as_chunks::<N>().0.chunks(step)) {
        for ((word, stored), before) in pixel.iter_mut().zip(stored).zip(&mut before) {
            *before = add(*before, read(*stored));
            *word = write(*before);
        }
    }
}
