//! A palette for a picture of more than 256 colours: similar colours are counted together, boxes of them are divided where
//! that lowers the variance most, and the boxes' means are refined (Lloyd).
//!
//! Colours are compared as they look over black and over white, so a colour matters as far as it can be seen. A pixel that is
//! opaque stays opaque, and one that is fully transparent stays so. All in integers.

mod boxes;
mod cells;
mod nearest;
mod space;

use self::nearest::Nearest;
use self::space::Colour;
use super::colours::{MOST, Palette, each};
use crate::budget::{Budget, Charge};
use crate::error::Result;
use crate::picture::Picture;

/// A palette and the pixels in it.
pub(super) struct Chosen<'b> {
    pub(super) palette: Palette,
    pub(super) indices: Vec<u8>,
    _charge: Charge<'b>,
}

/// Chooses at most 256 colours. `rounds`: how often they are refined.
///
/// # Errors
/// Code 301 for the limit of memory.
pub(super) fn choose<'b>(
    picture: &Picture<'_>,
    rounds: u32,
    budget: &'b Budget,
) -> Result<Chosen<'b>> {
    let pixels = u64::from(picture.width) * u64::from(picture.height);
    let charge = budget.charge_pixels(pixels, 1, "the palette's indices")?;
    let palette = {
        let _working = budget.charge(cells::BYTES, "the palette")?;
        let mut cells = cells::of(picture);
        let mut colours = boxes::divide(&mut cells, MOST);
        for _ in 0..rounds {
            nearest::refine(&cells, &mut colours);
        }
        Palette::of(colours.iter().map(Colour::straight).collect())
    };
    let nearest = Nearest::new(&palette.colours);
    let mut indices = Vec::with_capacity(picture.pixels.len() / picture.layout.channels());
    let (mut last, mut index) = (None, 0);
    each(picture, |pixel| {
        if last != Some(pixel) {
            last = Some(pixel);
            index = nearest.find(pixel);
        }
        indices.push(index);
    });
    Ok(Chosen { palette, indices, _charge: charge })
}
