//! A part of a picture to a given size, with Lanczos3.
//!
//! Alpha is multiplied in before and divided out afterwards, so that transparent pixels lend no colour to their
//! neighbours. The picture is multiplied in place and stays so: every member of a set is made from it.

use std::f64::consts::PI;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8, U8x2, U8x3, U8x4, U16, U16x2, U16x3, U16x4};
use fast_image_resize::{
    Filter, FilterType, MulDiv, PixelTrait, ResizeAlg, ResizeOptions, Resizer,
};
use wide::bytemuck::{Pod, cast_slice, cast_slice_mut};

use crate::budget::Budget;
use crate::colour::Convertible;
use crate::error::{Error, Result};
use crate::geometry::Rectangle;
use crate::picture::{Layout, Picture, Sample};

/// A sample that the resizer has pixels of.
pub(crate) trait Resizable: Convertible + Pod {
    /// A pixel of one sample.
    type One: PixelTrait;
    /// Of two.
    type Two: PixelTrait;
    /// Of three.
    type Three: PixelTrait;
    /// Of four.
    type Four: PixelTrait;

    /// Multiplies colour by alpha, in place.
    fn multiply(picture: &mut Picture<'_, Self>) -> Result<()>;

    /// Divides colour by alpha, in place; colour of no opacity becomes 0.
    fn divide(picture: &mut Picture<'_, Self>) -> Result<()>;
}

impl Resizable for u8 {
    type One = U8;
    type Two = U8x2;
    type Three = U8x3;
    type Four = U8x4;

    fn multiply(picture: &mut Picture<'_, Self>) -> Result<()> {
        let layout = picture.layout;
        let multiplied = match layout {
            Layout::GreyAlpha => {
                MulDiv::new().multiply_alpha_inplace_typed(&mut image::<_, U8x2>(picture)?)
            }
            _ => MulDiv::new().multiply_alpha_inplace_typed(&mut image::<_, U8x4>(picture)?),
        };
        multiplied.map_err(|error| bug(&error))
    }

    fn divide(picture: &mut Picture<'_, Self>) -> Result<()> {
        let layout = picture.layout;
        let divided = match layout {
            Layout::GreyAlpha => {
                MulDiv::new().divide_alpha_inplace_typed(&mut image::<_, U8x2>(picture)?)
            }
            _ => MulDiv::new().divide_alpha_inplace_typed(&mut image::<_, U8x4>(picture)?),
        };
        divided.map_err(|error| bug(&error))
    }
}

impl Resizable for u16 {
    type One = U16;
    type Two = U16x2;
    type Three = U16x3;
    type Four = U16x4;

    // Not by the resizer, whose vectors of floats round differently from machine to machine.
    fn multiply(picture: &mut Picture<'_, Self>) -> Result<()> {
        by_alpha(picture, |sample, alpha| (sample * alpha + 32_767) / 65_535);
        Ok(())
    }

    fn divide(picture: &mut Picture<'_, Self>) -> Result<()> {
        by_alpha(picture, |sample, alpha| {
            (sample * 65_535 + alpha / 2).checked_div(alpha).unwrap_or(0).min(65_535)
        });
        Ok(())
    }
}

/// Replaces each colour by what a function makes of it and its alpha.
fn by_alpha(picture: &mut Picture<'_, u16>, replaced: impl Fn(u64, u64) -> u64) {
    for pixel in picture.pixels.chunks_exact_mut(picture.layout.channels()) {
        if let [colours @ .., alpha] = pixel {
            for sample in colours {
                *sample = u16::from_u64(replaced((*sample).into(), (*alpha).into()));
            }
        }
    }
}

/// Multiplies colour by alpha, in place, where there is alpha; needed once before [`resize`] changes a size.
///
/// # Errors
/// Only a bug's.
pub(crate) fn premultiply<S: Resizable>(picture: &mut Picture<'_, S>) -> Result<()> {
    if picture.layout.has_alpha() { S::multiply(picture) } else { Ok(()) }
}

/// Resizes the part `crop` of a picture to `width` x `height`; the result has straight alpha. `premultiplied`: whether
/// the picture's colour was multiplied by its alpha.
///
/// # Errors
/// Code 301 when the budget does not cover it.
pub(crate) fn resize<'b, S: Resizable>(
    picture: &Picture<'_, S>,
    premultiplied: bool,
    crop: Rectangle,
    width: u32,
    height: u32,
    budget: &'b Budget,
) -> Result<Picture<'b, S>> {
    let _working = budget.charge(working(picture, width, height), "resizing")?;
    let mut resized = Picture::neutral(width, height, picture.layout, budget, "the thumbnail")?;
    match picture.layout {
        Layout::Grey => run::<S, S::One>(picture, crop, &mut resized)?,
        Layout::GreyAlpha => run::<S, S::Two>(picture, crop, &mut resized)?,
        Layout::Rgb => run::<S, S::Three>(picture, crop, &mut resized)?,
        Layout::Rgba | Layout::Cmyk => run::<S, S::Four>(picture, crop, &mut resized)?,
    }
    if premultiplied && picture.layout.has_alpha() {
        S::divide(&mut resized)?;
    }
    Ok(resized)
}

/// Bytes that the resizer allocates: the picture resized in one direction, and the filter's weights, of
/// which each source row and column has some six, each for a while as f64 and as integers.
fn working<S>(picture: &Picture<'_, S>, width: u32, height: u32) -> u64 {
    let pixel = (picture.layout.channels() * size_of::<S>()) as u64;
    let between = u64::from(width) * u64::from(picture.height) * pixel;
    let sides = [picture.width, picture.height, width, height].map(u64::from);
    between + sides.iter().sum::<u64>() * 160 + (16 << 10)
}

fn run<S: Resizable, P: PixelTrait>(
    picture: &Picture<'_, S>,
    crop: Rectangle,
    resized: &mut Picture<'_, S>,
) -> Result<()> {
    let pixels = cast_slice(&picture.pixels);
    let source = TypedImageRef::<P>::from_buffer(picture.width, picture.height, pixels)
        .map_err(|error| bug(&error))?;
    let mut target = image::<S, P>(resized)?;
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(lanczos3()?))
        .crop(
            crop.left,
            crop.top,
            // Sums of two fractions can be greater than the whole by their rounding.
            crop.width.min(f64::from(picture.width) - crop.left),
            crop.height.min(f64::from(picture.height) - crop.top),
        )
        .use_alpha(false);
    Resizer::new().resize_typed(&source, &mut target, &options).map_err(|error| bug(&error))
}

fn image<'p, S: Resizable, P: PixelTrait>(
    picture: &'p mut Picture<'_, S>,
) -> Result<TypedImage<'p, P>> {
    let pixels = cast_slice_mut(&mut picture.pixels);
    TypedImage::from_buffer(picture.width, picture.height, pixels).map_err(|error| bug(&error))
}

/// The resizer's own Lanczos3, but with a sine that is the same on every platform: `f64::sin` is the C
/// library's, and these differ in the last place.
fn lanczos3() -> Result<FilterType> {
    Filter::new("Lanczos3", weight, 3.0).map(FilterType::Custom).map_err(|error| bug(&error))
}

fn weight(x: f64) -> f64 {
    if (-3.0..3.0).contains(&x) { sinc(x) * sinc(x / 3.0) } else { 0.0 }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { libm::sin(x * PI) / (x * PI) }
}

fn bug(error: &dyn std::fmt::Debug) -> Error {
    Error::Bug(format!("the resizer refused a picture: {error:?}"))
}
