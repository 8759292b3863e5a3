//! A picture that becomes much smaller: luma and chroma are reduced each by itself, and colours are made of what is left.

use super::decoder::{Decoder, Part};
use super::frame::{Chroma, Frame};
use super::shown::Shown;
use super::upsample::repeated;
use super::yuv::{Colours, aligned};
use crate::error::Result;
use crate::picture::{Layout, Picture, Sample};
use crate::reduce::{Order, Reducer, Side};

impl<'a> Decoder<'_, 'a> {
    /// Reduces the planes of all coded pictures, of which the first is there and has chroma. Its code points hold for all.
    pub(super) fn planes<S: Sample>(&self, first: Frame<'a>) -> Result<Picture<'a, S>> {
        let Self { need, budget, shown: Shown { picture, view, code_points, .. }, .. } = self;
        let budget = *budget;
        let colours = Colours::of_aligned::<S>(&first, *code_points);
        // Where nothing cuts a sample of chroma in two, each is summed once instead of twice.
        let half = |pixels: u32, side: Side, cuts: [u32; 2]| {
            let is_whole = pixels == 2 && cuts.iter().all(|cut| cut.is_multiple_of(2));
            let half = side.halved().filter(|_| is_whole);
            half.map_or((side, false), |half| (half, true))
        };
        let (columns, rows) = first.chroma.pixels();
        let (across_chroma, is_narrow) = half(columns, need.across, [view.left, picture.tile.0]);
        let (down_chroma, is_low) = half(rows, need.down, [view.top, picture.tile.1]);
        let reducer =
            |across, down| Reducer::<S>::new(across, down, Layout::Grey, Order::Any, budget);
        let mut luma = reducer(need.across, need.down)?;
        let mut chroma =
            [reducer(across_chroma, down_chroma)?, reducer(across_chroma, down_chroma)?];
        let _rows = budget.charge(u64::from(picture.tile.0) * 12, "rows of the picture")?;
        let (mut line, mut samples) = (Vec::new(), Vec::new());
        let [mut row, mut first_row, mut second_row] = [const { Vec::new() }; 3];
        self.each(picture, Some(first), |coded, Part { left, top, across, down }| {
            let [luma_depth, chroma_depth] = coded.depth;
            // Another one than the first may have more samples of chroma, or fewer.
            let (columns, rows) = coded.chroma.pixels();
            let stored = across.start - left..across.end - left;
            let x = across.start - view.left;
            let x_of_chroma = if is_narrow { x / 2 } else { x };
            let mut made = None;
            for stored_y in down {
                let (y, coded_y) = (stored_y - view.top, stored_y - top);
                samples.clear();
                coded.planes.read(0, coded_y, stored.clone(), &mut samples);
                aligned(&samples, luma_depth, &mut row);
                luma.put(y, x, 1, &row);
                if coded.chroma == Chroma::None || is_low && !y.is_multiple_of(2) {
                    continue;
                }
                let (y, coded_y) = (if is_low { y / 2 } else { y }, coded_y / rows);
                let is_made = made.replace(coded_y) == Some(coded_y);
                let planes = chroma.iter_mut().zip([&mut first_row, &mut second_row]);
                for (plane, (reducer, row)) in (1..).zip(planes) {
                    if !is_made {
                        if columns == 2 && !is_narrow {
                            repeated(coded, plane, coded_y, &stored, &mut line, &mut samples);
                        } else {
                            let part = stored.start / columns..stored.end.div_ceil(columns);
                            samples.clear();
                            coded.planes.read(plane, coded_y, part, &mut samples);
                        }
                        if columns == 1 && is_narrow {
                            samples = samples.iter().step_by(2).copied().collect();
                        }
                        aligned(&samples, chroma_depth, row);
                    }
                    reducer.put(y, x_of_chroma, 1, row);
                }
            }
        })?;
        let luma = luma.finish();
        let [first, second] = chroma.map(Reducer::finish);
        let Picture { width, height, .. } = luma;
        let mut picture =
            Picture::neutral(width, height, Layout::Rgb, budget, "the decoded picture")?;
        colours.mix([&luma.pixels, &first.pixels, &second.pixels], &mut picture.pixels);
        Ok(picture)
    }
}
