//! The exact forms of a picture: grey or RGB, with alpha or without, or indexed.

use super::colours::{Palette, Survey};
use super::palette::Chosen;
use crate::picture::{Layout, Picture};

#[derive(Clone, Copy)]
pub(super) enum Form<'p> {
    /// Samples of 8 bits, or of fewer where the layout is grey.
    Samples { layout: Layout, depth: u8 },
    /// Indices of a palette that has every colour.
    Exact(&'p Palette),
    /// Indices of a palette that was made for the picture.
    Indexed(&'p Chosen<'p>),
}

/// The forms to try: the one with the fewest bytes before filters and compression, and the second if `every` is set and it
/// may still win.
pub(super) fn exact<'p>(picture: &Picture<'_>, survey: &'p Survey, every: bool) -> Vec<Form<'p>> {
    let layout = match (survey.grey, survey.opaque) {
        (true, true) => Layout::Grey,
        (true, false) => Layout::GreyAlpha,
        (false, true) => Layout::Rgb,
        (false, false) => Layout::Rgba,
    };
    let depth = if layout == Layout::Grey { survey.grey_depth() } else { 8 };
    let samples = Form::Samples { layout, depth };
    let Some(palette) = &survey.colours else { return vec![samples] };
    let rows =
        |bits: u64| (u64::from(picture.width) * bits).div_ceil(8) * u64::from(picture.height);
    let indexed = rows(palette.depth().into()) + palette_bytes(palette) as u64;
    match indexed < rows(layout.channels() as u64 * u64::from(depth)) {
        true if every => vec![Form::Exact(palette), samples],
        true => vec![Form::Exact(palette)],
        false => vec![samples],
    }
}

/// Bytes of the chunks PLTE and tRNS.
pub(super) fn palette_bytes(palette: &Palette) -> usize {
    const CHUNK: usize = 12;
    let alpha = match palette.with_alpha() {
        0 => 0,
        colours => CHUNK + colours,
    };
    CHUNK + palette.colours.len() * 3 + alpha
}
