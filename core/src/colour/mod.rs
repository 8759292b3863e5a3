//! Whatever the pixels mean, to sRGB: embedded ICC profiles (ICC.1:2022) are applied and dropped, CMYK
//! becomes RGB, grey stays grey.
//!
//! A profile that cannot be used (broken, for another colour space, larger than 8 MiB) is passed over, as
//! browsers do: the picture is then taken for sRGB. One that can be used is rebuilt first, from the tags that count.
//!
//! moxcms notes the time in every profile that it makes, which natively asks the clock; nothing of it
//! reaches a pixel.

mod lut;
mod profile;
mod tags;

pub(crate) use profile::Profile;

use moxcms::{ColorProfile, Layout as Pixels, ParsingOptions, TransformOptions};
use profile::{MAX_PROFILE, Space};

use crate::budget::Budget;
use crate::error::Result;
use crate::picture::{Layout, Picture};

/// What the tables of a transform can take beside the profile's own size.
const TRANSFORM: u64 = 24 << 20;
/// For each byte of a profile: as it was parsed, and a lookup table's samples as floats.
const PARSED: u64 = 6;
/// Pixels that are converted at once.
const CHUNK: usize = 4096;

/// Converts a picture to sRGB in place.
///
/// # Errors
/// Code 301 when the budget does not cover the transform.
pub(crate) fn to_srgb(
    picture: &mut Picture<'_>,
    profile: Option<&Profile<'_>>,
    budget: &Budget,
) -> Result<()> {
    if let Some(profile) = profile {
        let parsed = profile.bytes().len() as u64 * PARSED;
        let _working = budget.charge(parsed + TRANSFORM, "the ICC profile's transform")?;
        apply(picture, profile);
    }
    if picture.layout == Layout::Cmyk {
        convert_to_rgb(picture, |cmyk, rgb| {
            for (cmyk, rgb) in cmyk.as_chunks::<4>().0.iter().zip(rgb.as_chunks_mut::<3>().0) {
                let [colours @ .., black] = *cmyk;
                *rgb = colours.map(|colour| paper_left(colour, black));
            }
            true
        });
    }
    Ok(())
}

/// What cyan, magenta or yellow, and black, leave of the paper's white, where there is no profile.
fn paper_left(colour: u8, black: u8) -> u8 {
    let product = (255 - u32::from(colour)) * (255 - u32::from(black));
    u8::try_from((product + 127) / 255).unwrap_or(u8::MAX)
}

/// Applies the profile; leaves the picture as it is where the profile cannot be used.
fn apply(picture: &mut Picture<'_>, profile: &Profile<'_>) {
    let options = ParsingOptions {
        max_profile_size: usize::MAX,
        max_allowed_clut_size: MAX_PROFILE,
        ..ParsingOptions::default()
    };
    let Ok(source) = ColorProfile::new_from_slice_with_options(profile.bytes(), options) else {
        return;
    };
    match (picture.layout, profile.space()) {
        (Layout::Grey | Layout::GreyAlpha, Space::Grey) => apply_to_grey(picture, &source),
        (Layout::Rgb, Space::Rgb) => apply_in_place::<3>(picture, &source, Pixels::Rgb),
        (Layout::Rgba, Space::Rgb) => apply_in_place::<4>(picture, &source, Pixels::Rgba),
        (Layout::Cmyk, Space::Cmyk) => {
            let target = ColorProfile::new_srgb();
            let options = TransformOptions::default();
            let Ok(transform) =
                source.create_transform_8bit(Pixels::Rgba, &target, Pixels::Rgb, options)
            else {
                return;
            };
            convert_to_rgb(picture, |cmyk, rgb| transform.transform(cmyk, rgb).is_ok());
        }
        _ => {}
    }
}

fn apply_in_place<const CHANNELS: usize>(
    picture: &mut Picture<'_>,
    source: &ColorProfile,
    pixels: Pixels,
) {
    let target = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let Ok(transform) = source.create_transform_8bit(pixels, &target, pixels, options) else {
        return;
    };
    let mut converted = [0; CHUNK * 4];
    for chunk in picture.pixels.chunks_mut(CHUNK * CHANNELS) {
        let Some(converted) = converted.get_mut(..chunk.len()) else { return };
        if transform.transform(chunk, converted).is_err() {
            return;
        }
        chunk.copy_from_slice(converted);
    }
}

/// Grey has 256 values, so each is converted once.
fn apply_to_grey(picture: &mut Picture<'_>, source: &ColorProfile) {
    let target = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let Ok(transform) = source.create_transform_8bit(Pixels::Gray, &target, Pixels::Rgb, options)
    else {
        return;
    };
    let values: [u8; 256] = std::array::from_fn(|value| u8::try_from(value).unwrap_or(u8::MAX));
    let mut colours = [0; 256 * 3];
    if transform.transform(&values, &mut colours).is_err() {
        return;
    }
    let table: Vec<u8> = colours.as_chunks::<3>().0.iter().map(|[_, green, _]| *green).collect();
    for pixel in picture.pixels.chunks_exact_mut(picture.layout.channels()) {
        if let Some(grey) = pixel.first_mut() {
            *grey = table.get(usize::from(*grey)).copied().unwrap_or(*grey);
        }
    }
}

/// Four channels to three, in place: the converted pixels never overtake CMYK.
fn convert_to_rgb(picture: &mut Picture<'_>, convert: impl Fn(&[u8], &mut [u8]) -> bool) {
    let mut cmyk = [0; CHUNK * 4];
    let mut rgb = [0; CHUNK * 3];
    let count = picture.pixels.len() / 4;
    for first in (0..count).step_by(CHUNK) {
        let pixels = CHUNK.min(count - first);
        let (from, to) = (first * 4..(first + pixels) * 4, first * 3..(first + pixels) * 3);
        let (Some(cmyk), Some(rgb)) = (cmyk.get_mut(..pixels * 4), rgb.get_mut(..pixels * 3))
        else {
            return;
        };
        let Some(source) = picture.pixels.get(from) else { return };
        cmyk.copy_from_slice(source);
        // Only a first chunk can be refused: after it the lengths are the same or the last, shorter one.
        if !convert(cmyk, rgb) {
            return;
        }
        if let Some(target) = picture.pixels.get_mut(to) {
            target.copy_from_slice(rgb);
        }
    }
    picture.pixels.truncate(count * 3);
    picture.layout = Layout::Rgb;
}
