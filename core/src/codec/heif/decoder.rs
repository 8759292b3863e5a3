//! The pixels of a HEIC: its coded pictures one after the other, each reduced as it comes.

use std::ops::Range;

use thumbox_protocol::Format;

use super::hevc::{self, Coded};
use super::items::Items;
use super::shown::{Shown, Source};
use super::yuv::{self, Colours};
use crate::budget::Budget;
use crate::codec::decoded::{Decoded, Pixels};
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
use crate::colour::{Profile, code_points};
use crate::error::Result;
use crate::picture::{Layout, Picture, Sample};
use crate::reduce::Order;

/// A HEIC whose boxes were read.
pub(crate) struct Heic<'a> {
    items: Items<'a>,
    shown: Shown<'a>,
    info: Info,
}

impl<'a> Codec<'a> for Heic<'a> {
    const SIGNATURES: &'static [&'static [u8]] = &[];

    fn open(data: &'a [u8], budget: &'a Budget) -> Result<Self> {
        let items = Items::read(data, budget)?;
        let shown = Shown::find(&items, budget)?;
        let info = Info {
            format: Format::Heic,
            width: shown.view.width,
            height: shown.view.height,
            orientation: shown.view.orientation(),
            alpha: shown.alpha.is_some(),
            animated: false,
            progressive: false,
            icc: shown.icc.is_some(),
        };
        Ok(Self { items, shown, info })
    }

    fn info(&self) -> &Info {
        &self.info
    }

    fn decode(self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
        let Self { items, shown, .. } = self;
        let decoder = Decoder { items: &items, shown: &shown, need, budget };
        let alpha = shown.alpha.as_ref().map(|alpha| decoder.alpha(alpha)).transpose()?;
        // The first one says how many samples and bits all have.
        let first = decoder.coded(&shown.picture, 0)?;
        let is_grey = first.frame.chroma_format == 0;
        let profile = match (shown.icc, shown.code_points) {
            (Some(icc), _) => Profile::rebuild(icc, budget)?,
            (None, Some(points)) => match code_points(points.primaries, points.transfer) {
                Some((primaries, transfer)) => Profile::made(is_grey, primaries, transfer, budget)?,
                None => None,
            },
            (None, None) => None,
        };
        let pixels: Pixels<'a> = if first.frame.bit_depth.iter().all(|depth| *depth == 8) {
            decoder.picture::<u8>(first, alpha)?.into()
        } else {
            decoder.picture::<u16>(first, alpha)?.into()
        };
        Ok(need.decoded(pixels, profile))
    }
}

struct Decoder<'d, 'a> {
    items: &'d Items<'a>,
    shown: &'d Shown<'a>,
    need: &'d Need,
    budget: &'a Budget,
}

/// The part of a coded picture that is read: its columns and rows on the stored picture.
struct Part {
    left: u32,
    top: u32,
    across: Range<u32>,
    down: Range<u32>,
}

impl<'a> Decoder<'_, 'a> {
    fn coded(&self, source: &Source, index: usize) -> Result<Coded<'a>> {
        let id = source.tiles.get(index).copied().unwrap_or_default();
        hevc::decode(self.items, id, source.tile, self.budget)
    }

    /// What is read of a coded picture, if anything.
    fn part(&self, source: &Source, index: usize) -> Option<Part> {
        let (view, (left, top)) = (&self.shown.view, source.place(index));
        let within = |first: u32, length: u32, whole: u32, shown: u32, read: Range<u32>| {
            let start = first.max(shown + read.start);
            let end = first.saturating_add(length).min(whole).min(shown + read.end);
            (start < end).then_some(start..end)
        };
        let Need { across, down, .. } = self.need;
        let across = within(left, source.tile.0, source.width, view.left, across.stored())?;
        let down = within(top, source.tile.1, source.height, view.top, down.stored())?;
        Some(Part { left, top, across, down })
    }

    /// Reduces all coded pictures, of which the first is there.
    fn picture<S: Sample>(
        &self,
        first: Coded<'a>,
        alpha: Option<Picture<'a, u8>>,
    ) -> Result<Picture<'a, S>> {
        let Self { need, budget, shown: Shown { picture, view, .. }, .. } = self;
        let layout = match (first.frame.chroma_format == 0, alpha.is_some()) {
            (true, false) => Layout::Grey,
            (true, true) => Layout::GreyAlpha,
            (false, false) => Layout::Rgb,
            (false, true) => Layout::Rgba,
        };
        let mut reducer = need.reducer::<S>(layout, Order::Any, budget)?;
        let colours = Colours::of::<S>(&first.frame, self.shown.code_points);
        let _row = budget.charge(u64::from(picture.tile.0) * 16, "a row of the HEIC")?;
        let (mut row, mut with_alpha) = (Vec::new(), Vec::new());
        let mut first = Some(first);
        for index in 0..picture.tiles.len() {
            let Some(part) = self.part(picture, index) else { continue };
            let coded = first.take().filter(|_| index == 0);
            let coded = match coded.map_or_else(|| self.coded(picture, index), Ok) {
                Ok(coded) => coded,
                // The others are shown.
                Err(error) => {
                    need.check_damaged(error, false)?;
                    continue;
                }
            };
            let Part { left, top, across, down } = part;
            for y in down {
                let stored = across.start - left..across.end - left;
                colours.row(&coded.frame, y - top, stored, layout, &mut row);
                let mut samples = &row;
                if let Some(alpha) = &alpha {
                    let opacity =
                        alpha.pixels.get(y as usize * alpha.stride() + across.start as usize..);
                    with_alpha.clear();
                    let pixels = row.chunks_exact(layout.channels() - 1);
                    for (pixel, opacity) in pixels.zip(opacity.unwrap_or_default()) {
                        with_alpha.extend(pixel);
                        with_alpha.push(S::from_8(*opacity));
                    }
                    samples = &with_alpha;
                }
                reducer.put(y - view.top, across.start - view.left, 1, samples);
            }
        }
        Ok(reducer.finish())
    }

    /// The alpha of all pixels, in 8 bits. What is missing is opaque.
    fn alpha(&self, source: &Source) -> Result<Picture<'a, u8>> {
        let (width, height) = (source.width, source.height);
        let mut plane =
            Picture::neutral(width, height, Layout::Grey, self.budget, "the alpha of the HEIC")?;
        plane.pixels.fill(u8::MAX);
        for index in 0..source.tiles.len() {
            let Some(Part { left, top, across, down }) = self.part(source, index) else { continue };
            let coded = match self.coded(source, index) {
                Ok(coded) => coded,
                Err(error) => {
                    self.need.check_damaged(error, false)?;
                    continue;
                }
            };
            for y in down {
                let stored = across.start - left..across.end - left;
                let to = plane.row_mut(y).and_then(|row| row.get_mut(across.start as usize..));
                yuv::alpha(&coded.frame, y - top, stored, to.unwrap_or_default());
            }
        }
        Ok(plane)
    }
}
