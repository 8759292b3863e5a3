//! Whatever the pixels mean, to 8 bits of sRGB, once they are few: embedded ICC profiles (ICC.1:2022) are applied and
//! dropped, CMYK becomes RGB, grey stays grey.
//!
//! A profile that cannot be used (broken, for another colour space, larger than 8 MiB) is passed over, as
//! browsers do: the picture is then taken for sRGB. One that can be used is rebuilt first, from the tags that count.
//!
//! moxcms notes the time in every profile that it makes, which natively asks the clock; nothing of it
//! reaches a pixel.

mod embedded;
mod hdr;
mod lut;
mod made;
mod profile;
mod srgb;
mod tags;

pub(crate) use embedded::Embedded;
pub(crate) use made::{BT709, Chromaticities, Transfer, code_points};
pub(crate) use profile::{MAX_PROFILE, Profile};

use std::sync::Arc;

use moxcms::{ColorProfile, Layout as Pixels, ParsingOptions, TransformExecutor, TransformOptions};
use profile::Space;
use srgb::is_srgb;

use crate::budget::{Budget, Charge};
use crate::error::Result;
use crate::picture::{Layout, Picture, Sample};

/// What the tables of a transform can take beside the profile's own size.
const TRANSFORM: u64 = 24 << 20;
/// For each byte of a profile: as it was parsed, and a lookup table's samples as floats.
const PARSED: u64 = 6;
/// Pixels that are converted at once.
const CHUNK: usize = 4096;

type Transform<S> = Arc<dyn TransformExecutor<S> + Send + Sync>;

/// A sample that can be converted.
pub(crate) trait Convertible: Sample {
    /// A transform to sRGB, from pixels of one kind to pixels of another.
    fn transform(source: &ColorProfile, from: Pixels, to: Pixels) -> Option<Transform<Self>>;

    /// The same picture in 8 bits.
    fn into_8<'b>(picture: Picture<'b, Self>, budget: &'b Budget) -> Result<Picture<'b>>;
}

impl Convertible for u8 {
    fn transform(source: &ColorProfile, from: Pixels, to: Pixels) -> Option<Transform<Self>> {
        let (target, options) = (ColorProfile::new_srgb(), TransformOptions::default());
        source.create_transform_8bit(from, &target, to, options).ok()
    }

    fn into_8<'b>(picture: Picture<'b, Self>, _: &'b Budget) -> Result<Picture<'b>> {
        Ok(picture)
    }
}

impl Convertible for u16 {
    fn transform(source: &ColorProfile, from: Pixels, to: Pixels) -> Option<Transform<Self>> {
        let (target, options) = (ColorProfile::new_srgb(), TransformOptions::default());
        source.create_transform_16bit(from, &target, to, options).ok()
    }

    fn into_8<'b>(picture: Picture<'b, Self>, budget: &'b Budget) -> Result<Picture<'b>> {
        let Picture { width, height, layout, pixels, has_final_rows, .. } = picture;
        let charge = budget.charge(pixels.len() as u64, "the thumbnail in 8 bits")?;
        let pixels = pixels.into_iter().map(Sample::to_8).collect();
        Ok(Picture { width, height, layout, pixels, has_final_rows, charge })
    }
}

/// The way from a picture's colours to sRGB, for all thumbnails that are made of it.
pub(crate) struct Conversion<'b, S> {
    transform: Option<Transform<S>>,
    /// Whether the pixels are in a profile of the file.
    has_own_space: bool,
    _charge: Option<Charge<'b>>,
}

impl<'b, S: Convertible> Conversion<'b, S> {
    /// The conversion of pictures of one layout. A profile that cannot be used leaves them as they are.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover the transform.
    pub(crate) fn new(
        profile: Option<&Profile<'_>>,
        layout: Layout,
        budget: &'b Budget,
    ) -> Result<Self> {
        let nothing = Self { transform: None, has_own_space: false, _charge: None };
        let Some(profile) = profile else { return Ok(nothing) };
        let kinds = match (layout, profile.space()) {
            (Layout::Grey | Layout::GreyAlpha, Space::Grey) => (Pixels::Gray, Pixels::Rgb),
            (Layout::Rgb, Space::Rgb) => (Pixels::Rgb, Pixels::Rgb),
            (Layout::Rgba, Space::Rgb) => (Pixels::Rgba, Pixels::Rgba),
            // Four channels of any meaning.
            (Layout::Cmyk, Space::Cmyk) => (Pixels::Rgba, Pixels::Rgb),
            _ => return Ok(nothing),
        };
        let has_own_space = profile.is_embedded() && layout != Layout::Cmyk;
        // Most profiles are sRGB's own: converting from sRGB to sRGB takes time and only rounds once more.
        if is_srgb(profile) {
            return Ok(Self { has_own_space, ..nothing });
        }
        let parsed = profile.bytes().len() as u64 * PARSED;
        let charge = budget.charge(parsed + TRANSFORM, "the ICC profile's transform")?;
        let options = ParsingOptions {
            max_profile_size: usize::MAX,
            max_allowed_clut_size: MAX_PROFILE,
            ..ParsingOptions::default()
        };
        let source = ColorProfile::new_from_slice_with_options(profile.bytes(), options).ok();
        let transform = source.and_then(|source| S::transform(&source, kinds.0, kinds.1));
        let has_own_space = has_own_space && transform.is_some();
        Ok(Self { transform, has_own_space, _charge: Some(charge) })
    }

    /// Whether pictures can stay in their own grey or RGB, as a profile of the file describes it.
    pub(crate) const fn has_own_space(&self) -> bool {
        self.has_own_space
    }

    /// The colour that comes nearest to one of sRGB, in a picture's own space. Profiles are rebuilt without the way back,
    /// so it is looked for: in ever smaller steps from where it would be in sRGB.
    pub(crate) fn own_colour(&self, layout: Layout, srgb: [u8; 3]) -> [u8; 3] {
        let moves: &[[bool; 3]] = match layout.channels() {
            1 | 2 => &[[true; 3]],
            _ => &[[true, false, false], [false, true, false], [false, false, true]],
        };
        let distance = |colour| -> u32 {
            let shown = self.shown(layout, colour);
            shown.iter().zip(srgb).map(|(one, other)| u32::from(one.abs_diff(other)).pow(2)).sum()
        };
        let mut best = (distance(srgb), srgb);
        for step in [64_u8, 32, 16, 8, 4, 2, 1] {
            // Each turn comes nearer, or is the last one of its step.
            loop {
                let before = best.0;
                for (moved, up) in moves.iter().flat_map(|moved| [(moved, true), (moved, false)]) {
                    let mut colour = best.1;
                    for (sample, _) in colour.iter_mut().zip(moved).filter(|(_, moved)| **moved) {
                        *sample = if up {
                            sample.saturating_add(step)
                        } else {
                            sample.saturating_sub(step)
                        };
                    }
                    best = best.min((distance(colour), colour));
                }
                if best.0 == before {
                    break;
                }
            }
        }
        best.1
    }

    /// What a colour of a picture's own space is in sRGB.
    fn shown(&self, layout: Layout, colour: [u8; 3]) -> [u8; 3] {
        let Some(transform) = &self.transform else { return colour };
        let [red, green, blue] = colour.map(S::from_8);
        let from = [red, green, blue, S::from_8(u8::MAX)];
        let mut to = [S::default(); 4];
        let (from_channels, to_channels) = match layout {
            Layout::Grey | Layout::GreyAlpha => (1, 3),
            Layout::Rgb | Layout::Cmyk => (3, 3),
            Layout::Rgba => (4, 4),
        };
        let (from, converted) = (from.get(..from_channels), to.get_mut(..to_channels));
        if let (Some(from), Some(to)) = (from, converted)
            && transform.transform(from, to).is_err()
        {
            return colour;
        }
        let [red, green, blue, _] = to.map(Sample::to_8);
        [red, green, blue]
    }

    /// Converts a picture to 8 bits of sRGB.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover a copy.
    pub(crate) fn to_srgb(
        &self,
        mut picture: Picture<'b, S>,
        budget: &'b Budget,
    ) -> Result<Picture<'b>> {
        match (&self.transform, picture.layout) {
            (None, Layout::Cmyk) => replace::<S, 4, 3>(&mut picture, Layout::Rgb, without_profile),
            (None, _) => {}
            (Some(transform), layout) => {
                let convert = |from: &[S], to: &mut [S]| transform.transform(from, to).is_ok();
                match layout {
                    Layout::Grey => replace::<S, 1, 1>(&mut picture, layout, grey(convert)),
                    Layout::GreyAlpha => {
                        replace::<S, 2, 2>(&mut picture, layout, grey_alpha(convert))
                    }
                    Layout::Rgb => replace::<S, 3, 3>(&mut picture, layout, convert),
                    Layout::Rgba => replace::<S, 4, 4>(&mut picture, layout, convert),
                    Layout::Cmyk => replace::<S, 4, 3>(&mut picture, Layout::Rgb, convert),
                }
            }
        }
        S::into_8(picture, budget)
    }
}

/// CMYK without a profile: what the inks leave of the paper's white.
fn without_profile<S: Sample>(cmyk: &[S], rgb: &mut [S]) -> bool {
    let left = |ink: S, black: S| {
        let product = (S::MAX - Into::<u64>::into(ink)) * (S::MAX - Into::<u64>::into(black));
        S::from_u64((product + S::MAX / 2) / S::MAX)
    };
    for (cmyk, rgb) in cmyk.as_chunks::<4>().0.iter().zip(rgb.as_chunks_mut::<3>().0) {
        let [inks @ .., black] = *cmyk;
        *rgb = inks.map(|ink| left(ink, black));
    }
    true
}

/// A conversion of grey from one to RGB, whose three channels are then alike.
fn grey<S: Sample>(convert: impl Fn(&[S], &mut [S]) -> bool) -> impl Fn(&[S], &mut [S]) -> bool {
    move |from, to| {
        let mut colours = vec![S::default(); from.len() * 3];
        let is_done = convert(from, &mut colours);
        for (to, [_, green, _]) in to.iter_mut().zip(colours.as_chunks().0) {
            *to = *green;
        }
        is_done
    }
}

/// The same, with alpha beside it, which stays.
fn grey_alpha<S: Sample>(
    convert: impl Fn(&[S], &mut [S]) -> bool,
) -> impl Fn(&[S], &mut [S]) -> bool {
    let convert = grey(convert);
    move |from, to| {
        let greys: Vec<S> = from.as_chunks().0.iter().map(|[grey, _]| *grey).collect();
        let mut converted = greys.clone();
        let is_done = convert(&greys, &mut converted);
        let pixels = to.as_chunks_mut().0.iter_mut().zip(from.as_chunks().0).zip(converted);
        for ((to, [_, alpha]), grey) in pixels {
            *to = [grey, *alpha];
        }
        is_done
    }
}

/// Converts pixels in place. The converted ones are no larger, so they never overtake the others.
fn replace<S: Sample, const FROM: usize, const TO: usize>(
    picture: &mut Picture<'_, S>,
    layout: Layout,
    convert: impl Fn(&[S], &mut [S]) -> bool,
) {
    let mut converted = vec![S::default(); CHUNK * TO];
    let count = picture.pixels.len() / FROM;
    for first in (0..count).step_by(CHUNK) {
        let pixels = CHUNK.min(count - first);
        let Some(converted) = converted.get_mut(..pixels * TO) else { return };
        let Some(source) = picture.pixels.get(first * FROM..(first + pixels) * FROM) else {
            return;
        };
        // Only a first chunk can be refused: after it the lengths are the same or the last, shorter one.
        if !convert(source, converted) {
            return;
        }
        if let Some(target) = picture.pixels.get_mut(first * TO..(first + pixels) * TO) {
            target.copy_from_slice(converted);
        }
    }
    picture.pixels.truncate(count * TO);
    picture.layout = layout;
}
