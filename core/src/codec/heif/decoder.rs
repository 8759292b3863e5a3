//! The pixels of an AVIF or a HEIC: its coded pictures one after the other, each reduced as it comes.

use std::ops::Range;

use thumbox_protocol::Format;

#[cfg(feature = "avif")]
use super::av1;
use super::frame::{Chroma, Frame};
#[cfg(feature = "heic")]
use super::hevc;
use super::items::Items;
use super::shown::{Shown, Source};
#[cfg(feature = "avif")]
use super::tracks::Tracks;
use super::yuv::{self, Colours, Lines};
use crate::budget::Budget;
use crate::codec::decoded::{Decoded, Pixels};
use crate::codec::info::Info;
use crate::codec::interface::Need;
use crate::codec::isobmff::part;
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture, Sample};
use crate::reduce::Order;

/// A picture of either.
pub(super) struct Still<'a> {
    pub(super) items: Items<'a>,
    pub(super) shown: Shown<'a>,
    pub(super) info: Info,
}

impl<'a> Still<'a> {
    pub(super) fn open(format: Format, data: &'a [u8], budget: &'a Budget) -> Result<Self> {
        let items = Items::read(format, data, budget)?;
        let shown = Shown::find(&items, budget)?;
        let info = Info {
            format,
            width: shown.view.width,
            height: shown.view.height,
            orientation: shown.view.orientation(),
            alpha: shown.alpha.is_some(),
            animated: part(data, b"moov").is_some(),
            progressive: false,
            icc: shown.icc.is_some(),
        };
        Ok(Self { items, shown, info })
    }

    pub(super) fn decode(self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
        let Self { items, shown, .. } = self;
        let decoder = Decoder { items: &items, shown: &shown, need, budget };
        let alpha = shown.alpha.as_ref().map(|alpha| decoder.alpha(alpha, None)).transpose()?;
        // The first one says what samples are made of all.
        let first = decoder.coded(&shown.picture, 0)?;
        let profile = shown.profile(first.chroma == Chroma::None, first.code_points, budget)?;
        let has_8_bits = first.depth.iter().all(|depth| *depth == 8);
        let by_planes = need.is_reduced() && alpha.is_none() && first.chroma != Chroma::None;
        let pixels: Pixels<'a> = match (has_8_bits, by_planes) {
            (true, true) => decoder.planes::<u8>(first)?.into(),
            (false, true) => decoder.planes::<u16>(first)?.into(),
            (true, false) => decoder.picture::<u8>(first, alpha)?.into(),
            (false, false) => decoder.picture::<u16>(first, alpha)?.into(),
        };
        Ok(need.decoded(pixels, profile))
    }

    /// The tracks of an animation whose pictures are as large as the primary item's.
    #[cfg(feature = "avif")]
    pub(super) fn tracks(&self) -> Option<Tracks<'a>> {
        let Source { coding, width, height, tiles, .. } = &self.shown.picture;
        let is_one = *coding == Format::Avif && tiles.len() == 1;
        let tracks = Tracks::find(self.items.data).filter(|_| is_one)?;
        (tracks.colour.size == (*width, *height)).then_some(tracks)
    }
}

pub(super) struct Decoder<'d, 'a> {
    pub(super) items: &'d Items<'a>,
    pub(super) shown: &'d Shown<'a>,
    pub(super) need: &'d Need,
    pub(super) budget: &'a Budget,
}

/// The part of a coded picture that is read: its columns and rows on the stored picture.
pub(super) struct Part {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) across: Range<u32>,
    pub(super) down: Range<u32>,
}

impl<'a> Decoder<'_, 'a> {
    fn coded(&self, source: &Source, index: usize) -> Result<Frame<'a>> {
        let id = source.tiles.get(index).copied().unwrap_or_default();
        match source.coding {
            #[cfg(feature = "avif")]
            Format::Avif => {
                av1::decode(self.items, id, source.tile, !self.need.is_reduced(), self.budget)
            }
            #[cfg(feature = "heic")]
            Format::Heic => {
                hevc::decode(self.items, id, source.tile, !self.need.is_reduced(), self.budget)
            }
            other => Err(Error::FormatNotInBuild(other)),
        }
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

    /// Gives `take` each coded picture of which something is read. `first`: the first one, if it is there.
    ///
    /// # Errors
    /// As decoding them; what is wrong with one of them is no error where damage is shown.
    pub(super) fn each(
        &self,
        source: &Source,
        mut first: Option<Frame<'a>>,
        mut take: impl FnMut(&Frame<'a>, Part),
    ) -> Result<()> {
        for index in 0..source.tiles.len() {
            let Some(part) = self.part(source, index) else { continue };
            let coded = first.take().filter(|_| index == 0);
            match coded.map_or_else(|| self.coded(source, index), Ok) {
                Ok(coded) => take(&coded, part),
                // The others are shown.
                Err(error) => self.need.check_damaged(error, false)?,
            }
        }
        Ok(())
    }

    /// Reduces all coded pictures, of which the first is there.
    pub(super) fn picture<S: Sample>(
        &self,
        first: Frame<'a>,
        alpha: Option<Picture<'a, u8>>,
    ) -> Result<Picture<'a, S>> {
        let Self { need, budget, shown: Shown { picture, view, .. }, .. } = self;
        let layout = match (first.chroma == Chroma::None, alpha.is_some()) {
            (true, false) => Layout::Grey,
            (true, true) => Layout::GreyAlpha,
            (false, false) => Layout::Rgb,
            (false, true) => Layout::Rgba,
        };
        let mut reducer = need.reducer::<S>(layout, Order::Any, budget)?;
        let _row = budget.charge(u64::from(picture.tile.0) * 22, "a row of the picture")?;
        let (mut row, mut with_alpha, mut lines) = (Vec::new(), Vec::new(), Lines::default());
        self.each(picture, Some(first), |coded, Part { left, top, across, down }| {
            // By its own depth: one of another than the first has is as bright, and its sums fit.
            let colours = Colours::of::<S>(coded, self.shown.code_points);
            for y in down {
                let stored = across.start - left..across.end - left;
                colours.row(coded, y - top, stored, layout, &mut lines, &mut row);
                let mut samples = &row;
                if let Some(alpha) = &alpha {
                    let opacity =
                        alpha.pixels.get(y as usize * alpha.stride() + across.start as usize..);
                    with_alpha.clear();
                    let pixels = row.chunks_exact(layout.channels() - 1);
                    for (pixel, opacity) in pixels.zip(opacity.unwrap_or_default()) {
                        if self.shown.is_premultiplied {
                            with_alpha.extend(pixel.iter().map(|of| divided(*of, *opacity)));
                        } else {
                            with_alpha.extend(pixel);
                        }
                        with_alpha.push(S::from_8(*opacity));
                    }
                    samples = &with_alpha;
                }
                reducer.put(y - view.top, across.start - view.left, 1, samples);
            }
        })?;
        Ok(reducer.finish())
    }

    /// The alpha of all pixels, in 8 bits. What is missing is opaque. `first`: the first coded picture, if it is there.
    pub(super) fn alpha(
        &self,
        source: &Source,
        first: Option<Frame<'a>>,
    ) -> Result<Picture<'a, u8>> {
        let (width, height) = (source.width, source.height);
        let mut plane = Picture::neutral(width, height, Layout::Grey, self.budget, "the alpha")?;
        plane.pixels.fill(u8::MAX);
        let mut row = Vec::new();
        let _row = self.budget.charge(u64::from(source.tile.0) * 2, "a row of the alpha")?;
        self.each(source, first, |coded, Part { left, top, across, down }| {
            for y in down {
                let stored = across.start - left..across.end - left;
                let to = plane.row_mut(y).and_then(|row| row.get_mut(across.start as usize..));
                yuv::alpha(coded, y - top, stored, &mut row, to.unwrap_or_default());
            }
        })?;
        Ok(plane)
    }
}

/// A sample that is not multiplied by its alpha any more.
fn divided<S: Sample>(sample: S, alpha: u8) -> S {
    match u64::from(alpha) {
        0 => S::default(),
        alpha => S::from_u64((Into::<u64>::into(sample) * 255 + alpha / 2) / alpha),
    }
}
