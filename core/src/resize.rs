//! A part of a picture to a given size, with Lanczos3.
//!
//! Alpha is multiplied in before and divided out afterwards, so that transparent pixels lend no colour to their
//! neighbours. The picture is multiplied in place and stays so: every member of a set is made from it.

use std::f64::consts::PI;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8, U8x2, U8x3, U8x4};
use fast_image_resize::{
    Filter, FilterType, MulDiv, PixelTrait, ResizeAlg, ResizeOptions, Resizer,
};

use crate::budget::Budget;
use crate::error::{Error, Result};
use crate::geometry::Rectangle;
use crate::picture::{Layout, Picture};

/// Multiplies colour by alpha, in place, where there is alpha; needed once before [`resize`] changes a size.
///
/// # Errors
/// Only a bug's.
pub(crate) fn premultiply(picture: &mut Picture<'_>) -> Result<()> {
    match picture.layout {
        Layout::GreyAlpha => multiply::<U8x2>(picture)?,
        Layout::Rgba => multiply::<U8x4>(picture)?,
        _ => return Ok(()),
    }
    picture.premultiplied = true;
    Ok(())
}

/// Resizes the part `crop` of a picture to `width` x `height`; the result has straight alpha.
///
/// # Errors
/// Code 301 when the budget does not cover it.
pub(crate) fn resize<'b>(
    picture: &Picture<'_>,
    crop: Rectangle,
    width: u32,
    height: u32,
    budget: &'b Budget,
) -> Result<Picture<'b>> {
    let _working = budget.charge(working(picture, width, height), "resizing")?;
    let mut resized = Picture::neutral(width, height, picture.layout, budget, "the thumbnail")?;
    match picture.layout {
        Layout::Grey => run::<U8>(picture, crop, &mut resized)?,
        Layout::GreyAlpha => run::<U8x2>(picture, crop, &mut resized)?,
        Layout::Rgb => run::<U8x3>(picture, crop, &mut resized)?,
        Layout::Rgba => run::<U8x4>(picture, crop, &mut resized)?,
        Layout::Cmyk => return Err(Error::Bug("CMYK pixels reached the resizer".into())),
    }
    Ok(resized)
}

/// Bytes that the resizer allocates: the picture resized in one direction, and the filter's weights, of
/// which each source row and column has some six, each for a while as f64 and as integers.
fn working(picture: &Picture<'_>, width: u32, height: u32) -> u64 {
    let between = u64::from(width) * u64::from(picture.height) * picture.layout.channels() as u64;
    let sides = [picture.width, picture.height, width, height].map(u64::from);
    between + sides.iter().sum::<u64>() * 160 + (16 << 10)
}

fn run<P: PixelTrait>(
    picture: &Picture<'_>,
    crop: Rectangle,
    resized: &mut Picture<'_>,
) -> Result<()> {
    let source = TypedImageRef::<P>::from_buffer(picture.width, picture.height, &picture.pixels)
        .map_err(|error| bug(&error))?;
    let mut target =
        TypedImage::<P>::from_buffer(resized.width, resized.height, &mut resized.pixels)
            .map_err(|error| bug(&error))?;
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(lanczos3()?))
        .crop(crop.left, crop.top, crop.width, crop.height)
        .use_alpha(false);
    Resizer::new().resize_typed(&source, &mut target, &options).map_err(|error| bug(&error))?;
    if picture.premultiplied {
        MulDiv::new().divide_alpha_inplace_typed(&mut target).map_err(|error| bug(&error))?;
    }
    Ok(())
}

fn multiply<P: PixelTrait>(picture: &mut Picture<'_>) -> Result<()> {
    let mut pixels =
        TypedImage::<P>::from_buffer(picture.width, picture.height, &mut picture.pixels)
            .map_err(|error| bug(&error))?;
    MulDiv::new().multiply_alpha_inplace_typed(&mut pixels).map_err(|error| bug(&error))
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
