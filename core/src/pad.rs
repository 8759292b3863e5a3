//! A picture in the middle of a larger one.

use crate::budget::Budget;
use crate::error::Result;
use crate::picture::{Layout, Picture, rgba};

/// Pads a picture to `width` x `height`, which are not less than its own: with a colour, or with nothing, which is
/// transparent. An odd pixel goes to the right and to the bottom.
///
/// # Errors
/// Code 301 when the budget does not cover the larger picture.
pub(crate) fn pad<'b>(
    picture: Picture<'b>,
    (width, height): (u32, u32),
    colour: Option<[u8; 3]>,
    budget: &'b Budget,
) -> Result<Picture<'b>> {
    if (width, height) == (picture.width, picture.height) {
        return Ok(picture);
    }
    let is_grey = picture.layout.channels() < 3
        && colour.is_none_or(|[red, green, blue]| red == green && green == blue);
    let has_alpha = picture.layout.has_alpha() || colour.is_none();
    let layout = match (is_grey, has_alpha) {
        (true, false) => Layout::Grey,
        (true, true) => Layout::GreyAlpha,
        (false, false) => Layout::Rgb,
        (false, true) => Layout::Rgba,
    };
    let mut padded = Picture::empty(width, height, layout, budget, "the padded thumbnail")?;
    let pixel = match colour {
        Some([red, green, blue]) => in_layout(layout, [red, green, blue, u8::MAX]),
        None => in_layout(layout, [0; 4]),
    };
    let pixel = pixel.get(..layout.channels()).unwrap_or_default();
    let (left, top) = ((width - picture.width) / 2, (height - picture.height) / 2);
    let stride = width as usize * layout.channels();
    let row = pixel.repeat(width as usize);
    let margin = |count: u32| count as usize * layout.channels();
    let out = &mut padded.pixels;
    (0..top).for_each(|_| out.extend_from_slice(&row));
    for shown in picture.pixels.chunks_exact(picture.stride()) {
        out.extend_from_slice(row.get(..margin(left)).unwrap_or_default());
        if layout == picture.layout {
            out.extend_from_slice(shown);
        } else {
            for pixel in shown.chunks_exact(picture.layout.channels()) {
                let converted = in_layout(layout, rgba(pixel));
                out.extend_from_slice(converted.get(..layout.channels()).unwrap_or_default());
            }
        }
        let right = width - left - picture.width;
        out.extend_from_slice(row.get(..margin(right)).unwrap_or_default());
    }
    let missing = padded.height - top - picture.height;
    (0..missing).for_each(|_| out.extend_from_slice(&row));
    debug_assert_eq!(out.len(), stride * height as usize, "rows of other lengths");
    Ok(padded)
}

/// The first samples are the pixel in the layout; what is grey has three samples alike.
fn in_layout(layout: Layout, [red, green, blue, alpha]: [u8; 4]) -> [u8; 4] {
    match layout {
        Layout::Grey | Layout::GreyAlpha => [red, alpha, 0, 0],
        Layout::Rgb | Layout::Rgba | Layout::Cmyk => [red, green, blue, alpha],
    }
}

#[cfg(test)]
mod tests {
    use thumbox_protocol::Limits;

    use super::*;

    #[test]
    fn every_layout_is_padded_with_a_colour_or_with_nothing() {
        let budget = Budget::new(Limits::DEFAULT);
        for (layout, colour, expected, pixels) in [
            (Layout::Grey, Some([9; 3]), Layout::Grey, vec![9, 1, 9, 9, 9, 9]),
            (Layout::Grey, None, Layout::GreyAlpha, vec![0, 0, 1, 255, 0, 0, 0, 0, 0, 0, 0, 0]),
            (
                Layout::Grey,
                Some([7, 8, 9]),
                Layout::Rgb,
                [[7, 8, 9], [1; 3], [7, 8, 9], [7, 8, 9], [7, 8, 9], [7, 8, 9]].concat(),
            ),
            (
                Layout::GreyAlpha,
                Some([9; 3]),
                Layout::GreyAlpha,
                vec![9, 255, 1, 2, 9, 255, 9, 255, 9, 255, 9, 255],
            ),
            (
                Layout::Rgb,
                Some([9; 3]),
                Layout::Rgb,
                [[9; 3], [1, 2, 3], [9; 3], [9; 3], [9; 3], [9; 3]].concat(),
            ),
            (
                Layout::Rgb,
                None,
                Layout::Rgba,
                [[0; 4], [1, 2, 3, 255], [0; 4], [0; 4], [0; 4], [0; 4]].concat(),
            ),
        ] {
            let mut picture = Picture::<u8>::empty(1, 1, layout, &budget, "a test").unwrap();
            picture.pixels.extend([1, 2, 3, 4].get(..layout.channels()).unwrap());
            let padded = pad(picture, (3, 2), colour, &budget).unwrap();
            assert_eq!((padded.layout, padded.pixels), (expected, pixels), "{layout:?} {colour:?}");
        }
    }

    #[test]
    fn what_fills_its_box_stays_as_it_is() {
        let budget = Budget::new(Limits::DEFAULT);
        let picture = Picture::<u8>::empty(2, 1, Layout::Grey, &budget, "a test").unwrap();
        assert_eq!(pad(picture, (2, 1), None, &budget).unwrap().layout, Layout::Grey);
    }
}
