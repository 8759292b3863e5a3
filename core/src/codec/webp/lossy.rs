//! The pixels of a lossy frame.

use thumbox_protocol::Format;

use super::alpha::Alpha;
use super::container::Frame as Place;
use super::vp8::Frame;
use super::yuv::{MIDDLE, colours, upsample};
use crate::budget::Budget;
use crate::codec::chroma::repeat;
use crate::codec::interface::Need;
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture};
use crate::reduce::{Order, Reducer, Side};

/// Decodes a lossy frame onto its canvas. `alpha`: whether the canvas has alpha.
pub(super) fn decode<'a>(
    place: &Place<'a>,
    alpha: bool,
    need: &Need,
    budget: &'a Budget,
) -> Result<Picture<'a>> {
    let is_reduced = need.is_reduced();
    let rows = u64::from(place.width) * 8 + 64;
    let _working = budget.charge(Frame::working(place.width) + rows, "decoding the WebP")?;
    let frame = Frame::open(place.data, !is_reduced)?;
    let mut rows = Rows { frame, width: place.width, height: place.height, finished: 0, next: 0 };
    let picture = if is_reduced && !alpha {
        planes(&mut rows, need, budget)?
    } else {
        let layout = if alpha { Layout::Rgba } else { Layout::Rgb };
        let reducer = need.reducer::<u8>(layout, Order::Down, budget)?;
        let opacity = place.alpha.filter(|_| alpha);
        let opacity = opacity.map(|body| Alpha::open(body, (place.width, place.height), budget));
        let opacity = match opacity.transpose() {
            // All is opaque then.
            Err(error @ (Error::Corrupt { .. } | Error::Truncated { .. })) => {
                need.check_damaged(error, false)?;
                None
            }
            opacity => opacity?,
        };
        pixels(&mut rows, (place.x, place.y), !is_reduced, opacity, reducer)
    };
    if rows.next < place.height || !place.whole {
        need.check_cut(Format::WebP, "its image data ends early", rows.next == 0)?;
    }
    Ok(picture)
}

/// The rows of a frame, one after the other.
struct Rows<'a> {
    frame: Frame<'a>,
    width: u32,
    height: u32,
    /// Rows that are decoded.
    finished: u32,
    next: u32,
}

impl Rows<'_> {
    /// The number of the next row, once it is decoded and the row of chroma after its own; `None` after the last, and
    /// where the data ends.
    fn advance(&mut self) -> Option<u32> {
        if self.next >= self.height {
            return None;
        }
        while self.finished < (self.next + 2).min(self.height) {
            self.finished = self.frame.next_row()?;
        }
        self.next += 1;
        Some(self.next - 1)
    }

    fn luma(&self, y: u32) -> &[u8] {
        self.frame.luma(y).get(..self.width as usize).unwrap_or_default()
    }

    /// U and V of a row of luma.
    fn chroma(&self, row: u32) -> [&[u8]; 2] {
        let (u, v) = self.frame.chroma(row);
        let width = self.width.div_ceil(2) as usize;
        [u, v].map(|plane| plane.get(..width).unwrap_or_default())
    }
}

/// Reduces luma and chroma each by itself, and converts what comes out.
fn planes<'a>(rows: &mut Rows<'_>, need: &Need, budget: &'a Budget) -> Result<Picture<'a>> {
    // Where no box cuts a sample of chroma in two, each is summed once instead of four times.
    let half = |side: Side| side.halved().map_or((side, false), |half| (half, true));
    let ((across, is_narrow), (down, is_low)) = (half(need.across), half(need.down));
    let mut luma = need.reducer::<u8>(Layout::Grey, Order::Down, budget)?;
    let reducer = || Reducer::new(across, down, Layout::Grey, Order::Down, budget);
    let mut chroma = [reducer()?, reducer()?];
    let mut row = vec![0; rows.width as usize];
    while let Some(y) = rows.advance() {
        luma.put(y, 0, 1, rows.luma(y));
        if !y.is_multiple_of(2) {
            continue;
        }
        for (plane, samples) in chroma.iter_mut().zip(rows.chroma(y / 2)) {
            let samples = if is_narrow {
                samples
            } else {
                repeat(samples, &mut row);
                &row
            };
            if is_low {
                plane.put(y / 2, 0, 1, samples);
            } else {
                plane.put(y, 0, 1, samples);
                plane.put(y + 1, 0, 1, samples);
            }
        }
    }
    row.fill(MIDDLE);
    for y in rows.next..rows.height {
        luma.put(y, 0, 1, &row);
    }
    let luma = luma.finish();
    let [u, v] = chroma.map(Reducer::finish);
    let Picture { width, height, .. } = luma;
    let mut picture = Picture::neutral(width, height, Layout::Rgb, budget, "the decoded picture")?;
    colours::<3>(&luma.pixels, &u.pixels, &v.pixels, &mut picture.pixels);
    Ok(picture)
}

/// Makes pixels of every row, smoothly between the samples of chroma or not.
fn pixels<'a>(
    rows: &mut Rows<'_>,
    (left, top): (u32, u32),
    smooth: bool,
    mut alpha: Option<Alpha<'_>>,
    mut reducer: Reducer<'a, u8>,
) -> Picture<'a> {
    let width = rows.width as usize;
    let mut upsampled = [vec![0; width], vec![0; width]];
    let mut row = Vec::with_capacity(width * 4);
    let has_alpha = reducer.layout().has_alpha();
    let last = (rows.height - 1) / 2;
    while let Some(y) = rows.advance() {
        let near = y / 2;
        if smooth {
            let far =
                if y.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(last) };
            let planes = rows.chroma(near).into_iter().zip(rows.chroma(far));
            for (to, (near, far)) in upsampled.iter_mut().zip(planes) {
                upsample(near, far, to);
            }
        } else {
            for (to, samples) in upsampled.iter_mut().zip(rows.chroma(near)) {
                repeat(samples, to);
            }
        }
        let [u, v] = &upsampled;
        if has_alpha {
            colours::<4>(rows.luma(y), u, v, &mut row);
        } else {
            colours::<3>(rows.luma(y), u, v, &mut row);
        }
        if let Some(alpha) = &mut alpha {
            let pixels = row.as_chunks_mut::<4>().0.iter_mut();
            pixels.zip(alpha.next_row()).for_each(|([.., to], value)| *to = *value);
        }
        reducer.put(top + y, left, 1, &row);
    }
    reducer.finish()
}
