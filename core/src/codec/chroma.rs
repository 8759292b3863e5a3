//! Chroma that has fewer samples than luma.

/// One row of chroma at the width of luma, each sample twice.
pub(super) fn repeat<T: Copy>(samples: &[T], row: &mut [T]) {
    let (pairs, last) = row.as_chunks_mut::<2>();
    pairs.iter_mut().zip(samples).for_each(|(pair, sample)| *pair = [*sample; 2]);
    last.iter_mut().zip(samples.last()).for_each(|(pixel, sample)| *pixel = *sample);
}
