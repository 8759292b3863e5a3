//! PNG: the smallest exact form of the picture, or a palette made for it, with filters chosen row by row.
//!
//! What the efforts try, and what that is worth, stands in `effort.rs`.

mod colours;
mod deflate;
mod effort;
mod file;
mod filters;
mod form;
mod image;
mod palette;

use thumbox_protocol::Target;

use self::colours::Survey;
use self::deflate::Level;
use self::effort::Effort;
use self::form::Form;
use self::image::Image;
use crate::budget::Budget;
use crate::codec::encoded::{Encoded, Writer};
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture};

/// Encodes a picture of any layout but CMYK.
///
/// # Errors
/// Codes 301 and 302 for the limits.
pub(crate) fn encode<'b>(
    picture: &Picture<'_>,
    target: &Target,
    profile: Option<&[u8]>,
    budget: &'b Budget,
) -> Result<Encoded<'b>> {
    if picture.layout == Layout::Cmyk {
        return Err(Error::Bug("CMYK pixels reached the PNG encoder".into()));
    }
    let effort = Effort::of(target.effort);
    // No form has more bytes than the picture's own.
    let raw = picture.pixels.len() as u64 + u64::from(picture.height);
    let (filtered, compressed) = effort.copies();
    let working = raw * (1 + filtered)
        + deflate::most_bytes(raw) * compressed
        + filters::bytes(picture.stride() as u64)
        + deflate::STATE
        + colours::BYTES;
    let _working = budget.charge(working, "encoding")?;
    let survey = Survey::of(picture);
    let chosen;
    let forms = if target.palette && survey.colours.is_none() {
        chosen = palette::choose(picture, effort.rounds(), budget)?;
        vec![Form::Indexed(&chosen)]
    } else {
        form::exact(picture, &survey, effort.tries_every_form())
    };
    let mut best: Option<(Image<'_>, Vec<u8>)> = None;
    for form in forms {
        let image = Image::new(picture, form);
        let least = best.as_ref().map(|(image, data)| image.palette_bytes() + data.len());
        let data = compress(&image, &effort, least);
        if let Some(data) = data {
            best = Some((image, data));
        }
    }
    let Some((image, data)) = best else { return Err(Error::Bug("a PNG of no form".into())) };
    let compressing =
        profile.map_or(0, |profile| deflate::most_bytes(profile.len() as u64) * 2 + deflate::STATE);
    let _compressing = budget.charge(compressing, "the thumbnail's ICC profile")?;
    let profile = profile.map(|profile| deflate::zlib(profile, Level::All(9)));
    let mut file = Writer::new(budget)?;
    let result = file::write(&image, profile.as_deref(), &data, &mut file);
    file.finish(result)
}

/// The image data, if it takes fewer bytes than `least`, both with their palettes.
fn compress(image: &Image<'_>, effort: &Effort, least: Option<usize>) -> Option<Vec<u8>> {
    let least = least.unwrap_or(usize::MAX).saturating_sub(image.palette_bytes());
    if let Some((filter, levels)) = effort.first(image) {
        let (level, data) = smallest(&filters::filtered(image, filter), levels)?;
        if !matches!(level, Level::All(_)) {
            return (data.len() < least).then_some(data);
        }
    }
    let (filters, levels) = (effort.filters(image), effort.levels(image));
    let rows = filters.iter().map(|filter| filters::filtered(image, *filter));
    let best = if filters.len() == 1 || effort.tries_every_filter() {
        rows.filter_map(|rows| smallest(&rows, levels)).min_by_key(|(_, data)| data.len())
    } else {
        let rows = rows.min_by_key(|rows| deflate::zlib(rows, Level::All(1)).len())?;
        smallest(&rows, levels)
    };
    best.map(|(_, data)| data).filter(|data| data.len() < least)
}

fn smallest(rows: &[u8], levels: &[Level]) -> Option<(Level, Vec<u8>)> {
    let tried = levels.iter().map(|level| (*level, deflate::zlib(rows, *level)));
    tried.min_by_key(|(_, data)| data.len())
}
