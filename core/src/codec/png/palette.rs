//! A palette of at most 256 colours, chosen for a picture (W3C PNG, third edition, sections 11.2.2 and 11.3.1.1).
//!
//! Median cut: of the boxes of colours the one with the largest spread is halved at the median of its widest channel, until
//! there are enough. A colour of the palette is the mean of its box.

use crate::picture::{Layout, Picture};

/// Entries of a palette.
const MOST: usize = 256;

/// Bytes for each pixel that making a palette takes at the most.
pub(super) const WORKING: u64 = 32;

/// A picture of indices.
pub(super) struct Indexed {
    /// R, G and B of each entry.
    pub(super) colours: Vec<u8>,
    /// The alpha of each; none where all are opaque.
    pub(super) alphas: Option<Vec<u8>>,
    pub(super) indices: Vec<u8>,
}

/// A colour as RGBA, and how often there is such a pixel.
type Counted = ([u8; 4], u32);

/// The picture by a palette. Fewer than 257 colours are kept as they are.
pub(super) fn indexed(picture: &Picture<'_>) -> Indexed {
    let pixels =
        || picture.pixels.chunks_exact(picture.layout.channels()).map(|p| rgba(picture.layout, p));
    let mut all: Vec<[u8; 4]> = pixels().collect();
    all.sort_unstable();
    let mut counted: Vec<Counted> = Vec::new();
    for colour in all {
        match counted.last_mut() {
            Some((last, count)) if *last == colour => *count += 1,
            _ => counted.push((colour, 1)),
        }
    }
    let mut boxes = vec![counted.as_mut_slice()];
    while boxes.len() < MOST {
        let spreads = boxes.iter().map(|colours| spread(colours)).enumerate();
        let widest =
            spreads.max_by_key(|(index, (spread, _))| (*spread, std::cmp::Reverse(*index)));
        let Some((index, (1.., channel))) = widest else { break };
        let colours = boxes.swap_remove(index);
        let (low, high) = halves(colours, channel);
        boxes.extend([low, high]);
    }
    let mut entries: Vec<([u8; 4], &[Counted])> =
        boxes.into_iter().map(|colours| (mean(colours), &*colours)).collect();
    // What is not opaque first, so that the list of alphas is short.
    entries.sort_unstable_by_key(|([r, g, b, a], _)| [*a, *r, *g, *b]);
    let mut places: Vec<([u8; 4], u8)> = Vec::new();
    for (index, (_, colours)) in (0..=u8::MAX).zip(&entries) {
        places.extend(colours.iter().map(|(colour, _)| (*colour, index)));
    }
    places.sort_unstable();
    let place = |colour: [u8; 4]| {
        let found = places.binary_search_by_key(&colour, |(colour, _)| *colour);
        found.ok().and_then(|at| places.get(at)).map_or(0, |(_, index)| *index)
    };
    let indices = pixels().map(place).collect();
    let alphas: Vec<u8> =
        entries.iter().map(|([.., a], _)| *a).take_while(|alpha| *alpha < u8::MAX).collect();
    Indexed {
        colours: entries.iter().flat_map(|([r, g, b, _], _)| [*r, *g, *b]).collect(),
        alphas: (!alphas.is_empty()).then_some(alphas),
        indices,
    }
}

fn rgba(layout: Layout, pixel: &[u8]) -> [u8; 4] {
    match (layout, pixel) {
        (Layout::Grey, [grey, ..]) => [*grey, *grey, *grey, u8::MAX],
        (Layout::GreyAlpha, [grey, alpha, ..]) => [*grey, *grey, *grey, *alpha],
        (Layout::Rgba, [r, g, b, a, ..]) => [*r, *g, *b, *a],
        (_, [r, g, b, ..]) => [*r, *g, *b, u8::MAX],
        _ => [0; 4],
    }
}

/// The sums of a channel: of pixels, values and squares.
fn sums(colours: &[Counted], channel: usize) -> (u64, u64, u64) {
    colours.iter().fold((0, 0, 0), |(count, sum, squares), (colour, pixels)| {
        let value = colour.get(channel).copied().map_or(0, u64::from);
        let pixels = u64::from(*pixels);
        (count + pixels, sum + pixels * value, squares + pixels * value * value)
    })
}

/// The largest squared deviation of a channel from its mean, over all pixels, and which channel that is.
fn spread(colours: &[Counted]) -> (u64, usize) {
    let of = |channel| {
        let (count, sum, squares) = sums(colours, channel);
        let mean = (u128::from(sum) * u128::from(sum)).checked_div(u128::from(count)).unwrap_or(0);
        (squares.saturating_sub(u64::try_from(mean).unwrap_or(u64::MAX)), channel)
    };
    (0..4).map(of).max().unwrap_or((0, 0))
}

/// The colours with the lower and with the higher values, of about as many pixels each; neither is empty if there are two.
fn halves(colours: &mut [Counted], channel: usize) -> (&mut [Counted], &mut [Counted]) {
    colours.sort_unstable_by_key(|(colour, _)| (colour.get(channel).copied(), *colour));
    let all: u64 = colours.iter().map(|(_, pixels)| u64::from(*pixels)).sum();
    let mut before = 0;
    let median = colours.iter().position(|(_, pixels)| {
        before += u64::from(*pixels);
        before * 2 >= all
    });
    let most = colours.len().saturating_sub(1).max(1);
    colours.split_at_mut((median.unwrap_or(0) + 1).min(most).min(colours.len()))
}

/// The mean colour; R, G and B count by their alpha.
fn mean(colours: &[Counted]) -> [u8; 4] {
    let (mut sums, mut weight, mut count) = ([0_u64; 4], 0_u64, 0_u64);
    for ([r, g, b, a], pixels) in colours {
        let (pixels, alpha) = (u64::from(*pixels), u64::from(*a));
        // Something, so that what cannot be seen has a colour, too.
        let weighted = pixels * (alpha * 256 + 1);
        for (sum, value) in sums.iter_mut().zip([r, g, b]) {
            *sum += weighted * u64::from(*value);
        }
        let [.., sum] = &mut sums;
        *sum += pixels * alpha;
        weight += weighted;
        count += pixels;
    }
    let [r, g, b, a] = sums;
    let rounded = |sum: u64, all: u64| {
        u8::try_from((sum + all / 2).checked_div(all).unwrap_or(0)).unwrap_or(u8::MAX)
    };
    [rounded(r, weight), rounded(g, weight), rounded(b, weight), rounded(a, count)]
}

#[cfg(test)]
mod tests {
    use thumbox_protocol::Limits;

    use super::*;
    use crate::budget::Budget;

    fn of(layout: Layout, width: u32, pixels: Vec<u8>) -> Vec<[u8; 4]> {
        let budget = Budget::new(Limits::DEFAULT);
        let height = u32::try_from(pixels.len() / layout.channels()).unwrap() / width;
        let mut picture = Picture::empty(width, height, layout, &budget, "a test").unwrap();
        picture.pixels = pixels;
        let Indexed { colours, alphas, indices } = indexed(&picture);
        let alphas = alphas.unwrap_or_default();
        assert!(colours.len() <= 768 && alphas.len() <= colours.len() / 3);
        let entry = |index: &u8| {
            let index = usize::from(*index);
            let rgb = &colours[index * 3..][..3];
            [rgb[0], rgb[1], rgb[2], alphas.get(index).copied().unwrap_or(255)]
        };
        indices.iter().map(entry).collect()
    }

    #[test]
    fn as_many_colours_as_an_index_can_tell_are_kept() {
        let pixels: Vec<u8> = (0..=255).rev().flat_map(|at| [at, 255 - at, at / 2, at]).collect();
        let found = of(Layout::Rgba, 16, pixels.clone());
        assert_eq!(found.as_flattened(), pixels);
        assert_eq!(of(Layout::Grey, 1, vec![7]), [[7, 7, 7, 255]]);
        assert_eq!(of(Layout::GreyAlpha, 1, vec![7, 0, 7, 9]), [[7, 7, 7, 0], [7, 7, 7, 9]]);
    }

    #[test]
    fn more_colours_become_near_ones() {
        let pixels: Vec<u8> =
            (0..64_u8).flat_map(|y| (0..64_u8).flat_map(move |x| [x * 4, y * 4, 128])).collect();
        let found = of(Layout::Rgb, 64, pixels.clone());
        let samples = pixels.as_chunks::<3>().0.iter().zip(&found);
        for ([r, g, b], [r2, g2, b2, a]) in samples {
            let far = [r.abs_diff(*r2), g.abs_diff(*g2), b.abs_diff(*b2)];
            assert!(far.iter().all(|far| *far <= 12) && *a == 255, "{far:?}");
        }
    }
}
