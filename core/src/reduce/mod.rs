//! Boxes of stored pixels become the pixels of a smaller picture, while a decoder delivers them.
//!
//! The stored picture is divided into boxes of kx x ky pixels from its first pixel on; the last box of a row or column
//! may have fewer. Each box becomes its mean: sums are exact, colour is weighted by alpha, and each sample is rounded
//! once. So the order in which pixels come makes no difference, and no picture of the stored size is ever held.
//!
//! Only the boxes that thumbnails read are summed. What is never delivered counts as neutral.

mod side;
mod sums;

pub(crate) use side::{Side, per_box};

use crate::budget::{Budget, Charge};
use crate::error::Result;
use crate::lanczos::Part;
use crate::picture::{Layout, Picture, Sample};
use crate::vertical::Vertical;
use sums::{Columns, fold, means, start};

/// The order in which pixels come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// A row comes after those above it.
    Down,
    /// A row of boxes is complete before a row of another one comes, from the top or from the bottom.
    Rows,
    /// Any.
    Any,
}

/// Takes in a picture of samples `S` and makes the smaller one.
#[derive(Debug)]
pub(crate) struct Reducer<'b, S> {
    picture: Picture<'b, S>,
    across: Side,
    down: Side,
    sums: Sums<'b>,
    _charge: Charge<'b>,
}

/// What is not divided yet.
#[derive(Debug)]
enum Sums<'b> {
    /// Boxes of one pixel: each is what it was.
    None,
    /// Boxes of one pixel, of which the rows of a thumbnail are made.
    Down(Vertical<'b>),
    /// Of one row of boxes, `row`. `sums` are not used until pixels come that are no whole row, or columns are full.
    Row { sums: Vec<u64>, in_use: bool, columns: Option<Columns>, row: Option<u32> },
    /// Of all boxes. `columns` are those of the rows of `run` but for its first.
    All { sums: Vec<u64>, columns: Option<Columns>, run: Option<Run> },
}

/// Pixels side by side in a row of boxes: those of a tile's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    /// The row of boxes.
    row: u32,
    /// The first pixel's column.
    x: u32,
    length: usize,
}

impl<'b, S: Sample> Reducer<'b, S> {
    /// A reducer for a picture of which `across` and `down` say how it is reduced.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover the small picture and its sums.
    pub(crate) fn new(
        across: Side,
        down: Side,
        layout: Layout,
        order: Order,
        budget: &'b Budget,
    ) -> Result<Self> {
        let picture =
            Picture::neutral(across.count, down.count, layout, budget, "the decoded picture")?;
        let charge = |sums: usize, columns: usize| {
            budget.charge((sums as u64 * 8).saturating_add(columns as u64), "sums of pixels")
        };
        let bytes = Columns::bytes::<S>(across, down, layout);
        let columns = || bytes.map(|_| Columns::new(across, layout));
        let (sums, charge) = match order {
            _ if across.per_box == 1 && down.per_box == 1 => (Sums::None, charge(0, 0)?),
            Order::Down | Order::Rows => {
                let charge = charge(picture.stride(), bytes.unwrap_or(0))?;
                let sums = vec![0; picture.stride()];
                (Sums::Row { sums, in_use: false, columns: columns(), row: None }, charge)
            }
            Order::Any => {
                let charge = charge(picture.pixels.len(), bytes.unwrap_or(0))?;
                let mut sums = vec![0; picture.pixels.len()];
                for (row, sums) in sums.chunks_exact_mut(picture.stride()).enumerate() {
                    start::<S>(layout, across, down.in_box(row), sums);
                }
                (Sums::All { sums, columns: columns(), run: None }, charge)
            }
        };
        Ok(Self { picture, across, down, sums, _charge: charge })
    }

    /// A reducer that leaves the columns as they are and makes `part` of the rows those of a thumbnail. Rows come from
    /// the top, and none is reduced.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover the picture and the rows that it is made of.
    pub(crate) fn resizing(
        across: Side,
        down: Side,
        layout: Layout,
        part: &Part,
        budget: &'b Budget,
    ) -> Result<Self> {
        let mut picture =
            Picture::empty(across.count, part.count, layout, budget, "the decoded picture")?;
        picture.has_final_rows = true;
        let neutral = layout.neutral();
        let neutral = neutral.get(..layout.channels()).unwrap_or_default();
        let sums = Vertical::new(down.count, part, picture.stride(), neutral, budget)?;
        let charge = budget.charge(0, "sums of pixels")?;
        Ok(Self { picture, across, down, sums: Sums::Down(sums), _charge: charge })
    }

    /// The channels of its pixels.
    pub(crate) const fn layout(&self) -> Layout {
        self.picture.layout
    }

    /// The rows of the stored picture that are read. Others need not be delivered.
    pub(crate) fn rows(&self) -> std::ops::Range<u32> {
        self.down.stored()
    }

    /// Takes pixels of row `y`: the first lies at `x`, and each next one `step` further on. What lies outside the
    /// picture or is not read is ignored.
    #[inline]
    pub(crate) fn put(&mut self, y: u32, x: u32, step: u32, samples: &[S]) {
        if !self.down.stored().contains(&y) {
            return;
        }
        match self.picture.layout {
            Layout::Grey => self.put_pixels::<1, false>(y, x, step, samples),
            Layout::GreyAlpha => self.put_pixels::<2, true>(y, x, step, samples),
            Layout::Rgb => self.put_pixels::<3, false>(y, x, step, samples),
            Layout::Rgba => self.put_pixels::<4, true>(y, x, step, samples),
            Layout::Cmyk => self.put_pixels::<4, false>(y, x, step, samples),
        }
    }

    fn put_pixels<const N: usize, const ALPHA: bool>(
        &mut self,
        y: u32,
        x: u32,
        step: u32,
        samples: &[S],
    ) {
        let pixels = samples.as_chunks::<N>().0;
        let Some((x, pixels)) = self.across.within(x, step, pixels) else { return };
        let row = self.down.box_of(y);
        let (stride, layout) = (self.picture.stride(), self.picture.layout);
        match &mut self.sums {
            Sums::None => {
                let Some(target) = self.picture.row_mut(row) else { return };
                let target = target.as_chunks_mut::<N>().0;
                let target = target.get_mut((x - self.across.first()) as usize..);
                let target = target.unwrap_or_default();
                if step == 1 {
                    target.iter_mut().zip(pixels).for_each(|(target, pixel)| *target = *pixel);
                } else {
                    let target = target.iter_mut().step_by(step as usize);
                    target.zip(pixels).for_each(|(target, pixel)| *target = *pixel);
                }
            }
            Sums::Down(rows) => {
                let all = step == 1 && pixels.len() == self.across.length();
                let finished = |row: &[u8]| append(&mut self.picture.pixels, row);
                let target = rows.row(row, all, finished).as_chunks_mut::<N>().0;
                let target = target.get_mut((x - self.across.first()) as usize..);
                let target = target.unwrap_or_default();
                if step == 1 {
                    let target = target.as_flattened_mut().iter_mut();
                    let samples = target.zip(pixels.as_flattened());
                    samples.for_each(|(target, sample)| *target = sample.to_8());
                } else {
                    let target = target.iter_mut().step_by(step as usize).zip(pixels);
                    target.for_each(|(target, pixel)| *target = pixel.map(Sample::to_8));
                }
            }
            Sums::All { columns: Some(columns), run, .. }
                if step == 1 && *run == Some(Run { row, x, length: pixels.len() }) =>
            {
                if columns.add::<S, N, ALPHA>(pixels) {
                    self.fold_run::<N>();
                }
            }
            Sums::All { .. } => {
                self.fold_run::<N>();
                let across = self.across;
                let Sums::All { sums, run, .. } = &mut self.sums else { return };
                *run = Some(Run { row, x, length: pixels.len() }).filter(|_| step == 1);
                let sums = sums_of_row(sums, row, stride);
                fold::<S, N, ALPHA>(pixels, x, step, across, layout, sums);
            }
            Sums::Row { row: current, .. } => {
                if *current != Some(row) {
                    self.finish_row();
                    if let Sums::Row { in_use, row: current, .. } = &mut self.sums {
                        (*in_use, *current) = (false, Some(row));
                    }
                }
                self.add::<N, ALPHA>(pixels, x, step);
            }
        }
    }

    /// To the sums of the current row of boxes.
    fn add<const N: usize, const ALPHA: bool>(&mut self, pixels: &[[S; N]], x: u32, step: u32) {
        let (layout, across) = (self.picture.layout, self.across);
        let Sums::Row { columns, .. } = &mut self.sums else { return };
        match columns {
            Some(columns) if step == 1 && pixels.len() == across.length() => {
                if columns.add::<S, N, ALPHA>(pixels) {
                    self.fold_columns::<N>();
                }
            }
            _ => {
                let sums = self.sums_in_use().as_chunks_mut::<N>().0;
                fold::<S, N, ALPHA>(pixels, x, step, across, layout, sums);
            }
        }
    }

    /// The sums of the current row of boxes, which begin as those of neutral pixels.
    fn sums_in_use(&mut self) -> &mut [u64] {
        let Sums::Row { sums, in_use, row: Some(row), .. } = &mut self.sums else {
            return &mut [];
        };
        if !*in_use {
            let high = self.down.in_box(*row as usize);
            start::<S>(self.picture.layout, self.across, high, sums);
            *in_use = true;
        }
        sums
    }

    /// Moves what the columns of a run have to the sums.
    fn fold_run<const N: usize>(&mut self) {
        let (layout, across, stride) = (self.picture.layout, self.across, self.picture.stride());
        if let Sums::All { sums, columns: Some(columns), run: Some(Run { row, x, length }) } =
            &mut self.sums
        {
            columns.fold::<S, N>(across, layout, *x, *length, sums_of_row(sums, *row, stride));
        }
    }

    /// Moves what columns have to the sums.
    fn fold_columns<const N: usize>(&mut self) {
        self.sums_in_use();
        if let Sums::Row { sums, columns: Some(columns), .. } = &mut self.sums {
            let (layout, across) = (self.picture.layout, self.across);
            let sums = sums.as_chunks_mut::<N>().0;
            columns.fold::<S, N>(across, layout, across.first(), across.length(), sums);
        }
    }

    /// Divides the sums of the current row of boxes.
    fn finish_row(&mut self) {
        match self.picture.layout.channels() {
            1 => self.finish_row_of::<1>(),
            2 => self.finish_row_of::<2>(),
            3 => self.finish_row_of::<3>(),
            _ => self.finish_row_of::<4>(),
        }
    }

    fn finish_row_of<const N: usize>(&mut self) {
        let Sums::Row { in_use, columns, row: Some(row), .. } = &mut self.sums else { return };
        let (row, layout, across) = (*row, self.picture.layout, self.across);
        let high = self.down.in_box(row as usize);
        if let (false, Some(columns)) = (*in_use, columns) {
            let means = self.picture.row_mut(row).unwrap_or_default();
            if columns.means::<S, N>(across, high, means.as_chunks_mut::<N>().0) {
                return self.forget_row();
            }
        }
        self.fold_columns::<N>();
        self.sums_in_use();
        if let (Sums::Row { sums, .. }, Some(target)) = (&self.sums, self.picture.row_mut(row)) {
            means(layout, sums, across, high, target);
        }
        self.forget_row();
    }

    fn forget_row(&mut self) {
        if let Sums::Row { row, .. } = &mut self.sums {
            *row = None;
        }
    }

    /// The small picture.
    pub(crate) fn finish(mut self) -> Picture<'b, S> {
        self.finish_row();
        match self.picture.layout.channels() {
            1 => self.fold_run::<1>(),
            2 => self.fold_run::<2>(),
            3 => self.fold_run::<3>(),
            _ => self.fold_run::<4>(),
        }
        let layout = self.picture.layout;
        if let Sums::Down(rows) = &mut self.sums {
            rows.finish(|row| append(&mut self.picture.pixels, row));
        }
        if let Sums::All { sums, .. } = &self.sums {
            let stride = self.picture.stride();
            let rows = sums.chunks_exact(stride).zip(self.picture.pixels.chunks_exact_mut(stride));
            for (row, (sums, target)) in rows.enumerate() {
                means(layout, sums, self.across, self.down.in_box(row), target);
            }
        }
        self.picture
    }
}

/// The sums of a row of boxes.
fn sums_of_row<const N: usize>(sums: &mut [u64], row: u32, stride: usize) -> &mut [[u64; N]] {
    let sums = sums.chunks_exact_mut(stride).nth(row as usize);
    sums.unwrap_or_default().as_chunks_mut().0
}

fn append<S: Sample>(pixels: &mut Vec<S>, row: &[u8]) {
    pixels.extend(row.iter().map(|sample| S::from_8(*sample)));
}

#[cfg(test)]
mod tests;
