//! Transparency to a background, for formats that have none.

use crate::budget::Budget;
use crate::error::Result;
use crate::picture::{Layout, Picture};

/// The background where nobody set another.
pub(crate) const WHITE: [u8; 3] = [u8::MAX; 3];

/// Lays a picture with alpha over a background, for formats that have none. Grey over a colour becomes RGB.
pub(crate) fn flatten<'b>(
    picture: &mut Picture<'b>,
    background: [u8; 3],
    budget: &'b Budget,
) -> Result<()> {
    let [red, green, blue] = background;
    let grey_background = red == green && green == blue;
    match picture.layout {
        Layout::GreyAlpha if grey_background => {
            flatten_to(picture, Layout::Grey, |[grey, alpha]| [over(grey, alpha, red)]);
        }
        Layout::GreyAlpha => {
            let count = u64::from(picture.width) * u64::from(picture.height);
            let charge = budget.charge_pixels(count, 3, "grey over a coloured background")?;
            let pixels = picture.pixels.as_chunks::<2>().0.iter();
            let pixels =
                pixels.flat_map(|[grey, alpha]| background.map(|b| over(*grey, *alpha, b)));
            let mut flat = Vec::with_capacity(picture.pixels.len() / 2 * 3);
            flat.extend(pixels);
            picture.pixels = flat;
            picture.charge = charge;
            picture.layout = Layout::Rgb;
        }
        Layout::Rgba => flatten_to(picture, Layout::Rgb, |[r, g, b, alpha]| {
            [over(r, alpha, red), over(g, alpha, green), over(b, alpha, blue)]
        }),
        Layout::Grey | Layout::Rgb | Layout::Cmyk => {}
    }
    Ok(())
}

/// In place: a flat pixel is never after the one that it was made from.
fn flatten_to<const FROM: usize, const TO: usize>(
    picture: &mut Picture<'_>,
    layout: Layout,
    flat: impl Fn([u8; FROM]) -> [u8; TO],
) {
    let count = picture.pixels.len() / FROM;
    for index in 0..count {
        let pixel = picture.pixels.get(index * FROM..).and_then(<[u8]>::first_chunk).copied();
        let target = picture.pixels.get_mut(index * TO..).and_then(<[u8]>::first_chunk_mut);
        if let (Some(pixel), Some(target)) = (pixel, target) {
            *target = flat(pixel);
        }
    }
    picture.pixels.truncate(count * TO);
    picture.layout = layout;
}

/// A sample over another by its alpha, rounded.
fn over(sample: u8, alpha: u8, background: u8) -> u8 {
    let alpha = u32::from(alpha);
    let sum = u32::from(sample) * alpha + u32::from(background) * (255 - alpha);
    u8::try_from((sum + 127) / 255).unwrap_or(u8::MAX)
}
