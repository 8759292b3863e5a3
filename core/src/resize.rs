//! A part of a picture to a given size, with Lanczos3.
//!
//! Alpha is multiplied in before and divided out afterwards, so that transparent pixels lend no colour to their
//! neighbours. The picture is multiplied in place and stays so: every member of a set is made from it.

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
use crate::lanczos::{REACH, weight};
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

/// Bytes that the resizer allocates: the picture resized in one direction, where there are two, and the filter's weights,
/// of which each source row and column has some six, each for a while as f64 and as integers.
fn working<S>(picture: &Picture<'_, S>, width: u32, height: u32) -> u64 {
    let pixel = (picture.layout.channels() * size_of::<S>()) as u64;
    // It begins with the columns or with the rows, by the kind of samples.
    let columns_first = u64::from(width) * u64::from(picture.height);
    let rows_first = u64::from(picture.width) * u64::from(height);
    let between = if picture.has_final_rows { 0 } else { columns_first.max(rows_first) * pixel };
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

fn lanczos3() -> Result<FilterType> {
    Filter::new("Lanczos3", weight, REACH).map(FilterType::Custom).map_err(|error| bug(&error))
}

fn bug(error: &dyn std::fmt::Debug) -> Error {
    Error::Bug(format!("the resizer refused a picture: {error:?}"))
}

#[cfg(test)]
mod tests {
    use thumbox_protocol::Limits;

    use super::*;
    use crate::lanczos::Part;
    use crate::reduce::{Reducer, Side};

    /// Resizes a picture of noise as a whole, and its rows as they come or do not.
    fn check(layout: Layout, (width, height): (u32, u32), shown: Rectangle, to: (u32, u32)) {
        let budget = Budget::new(Limits::DEFAULT);
        let mut whole = Picture::<u8>::neutral(width, height, layout, &budget, "a test").unwrap();
        let mut state = width * 31 + height;
        for sample in &mut whole.pixels {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Also much that is black or white.
            *sample = u8::try_from((state >> 16) % 600).unwrap_or(255).saturating_sub(40);
        }
        // Rows of which one or all pixels never come.
        let channels = layout.channels();
        let neutral = layout.neutral();
        for (y, row) in whole.pixels.chunks_exact_mut(width as usize * channels).enumerate() {
            for pixel in
                row.chunks_exact_mut(channels).take(if y % 5 < 3 { 1 } else { y % 5 * 999 })
            {
                if y % 5 > 1 {
                    pixel.copy_from_slice(&neutral[..channels]);
                }
            }
        }
        let expected = resize(&whole, false, shown, to.0, to.1, &budget).unwrap();
        let sides = [width, height].map(|side| Side::new(side, 1, 0..side));
        let part = Part { start: shown.top, length: shown.height, count: to.1 };
        let mut reducer = Reducer::resizing(sides[0], sides[1], layout, &part, &budget).unwrap();
        for (y, row) in (0..).zip(whole.pixels.chunks_exact(whole.stride())) {
            match y % 5 {
                0 | 1 => reducer.put(y, 0, 1, row),
                2 => reducer.put(y, 1, 1, &row[channels..]),
                _ => {}
            }
        }
        let rows = reducer.finish();
        assert!(rows.has_final_rows && rows.height == to.1);
        let shown = Rectangle { top: 0.0, height: to.1.into(), ..shown };
        let found = resize(&rows, false, shown, to.0, to.1, &budget).unwrap();
        assert!(found.pixels == expected.pixels, "{layout:?} {width} x {height} to {to:?}");
    }

    #[test]
    fn rows_that_are_resized_as_they_come_are_those_of_the_resizer() {
        let all = |width: u32, height: u32| Rectangle {
            left: 0.0,
            top: 0.0,
            width: width.into(),
            height: height.into(),
        };
        for (from, to) in [
            ((61, 97), (33, 50)),
            ((64, 64), (40, 63)),
            ((40, 30), (100, 77)),
            ((33, 1), (20, 3)),
            ((1, 200), (1, 51)),
            ((70, 5), (40, 3)),
            ((9, 90), (9, 31)),
        ] {
            for layout in [Layout::Grey, Layout::Rgb, Layout::Cmyk] {
                check(layout, from, all(from.0, from.1), to);
            }
        }
        let height = (1..140).chain([500, 1000]);
        for (height, to) in height.zip((1..).step_by(3)).map(|(from, at)| (from, at % 151 + 1)) {
            check(Layout::Grey, (3, height), all(3, height), (2, to));
            let top = f64::from(height) / 7.0;
            let part = Rectangle { top, height: f64::from(height) - 1.3 * top, ..all(3, height) };
            check(Layout::Rgb, (3, height), part, (3, to));
        }
    }
}
