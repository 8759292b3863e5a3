//! JPEGs in strips and tiles (Adobe's TIFF technical note 2), and the ways before it (TIFF 6.0, section 22).

use thumbox_protocol::Format;

use super::colours::Colours;
use super::fault::{Found, check};
use super::headers::Headers;
use super::profile::profile;
use crate::budget::Budget;
use crate::codec::decoded::Decoded;
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
use crate::codec::jpeg::{Jpeg, Meaning, SharedTables};
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture};

/// The picture of a file whose only strip or tile is a JPEG, at the JPEG's own scales where it is no larger than that.
pub(super) fn one<'a>(
    headers: &Headers<'a>,
    need: &Need,
    budget: &'a Budget,
) -> Result<Decoded<'a>> {
    allow_work(headers, budget);
    let tables = SharedTables::read(headers.jpeg_tables);
    let extents = headers.chunks.extents(headers.data.len() as u64, budget)?;
    let place = headers.chunks.places().next();
    let bytes = place.map(|place| headers.chunks.bytes(&place, 0, &extents, headers.data));
    let jpeg = Jpeg::within(&tables, bytes.unwrap_or_default(), meaning(headers)?)?;
    let (width, height) = (jpeg.info().width, jpeg.info().height);
    let is_plain = matches!(
        headers.pixel.colours,
        Colours::Grey { inverted: false } | Colours::Cmyk | Colours::Ycc
    ) || headers.pixel.colours == Colours::Rgb && headers.pixel.samples == 3;
    if !is_plain || (width, height) != (headers.info.width, headers.info.height) {
        return Ok(need.decoded(read(headers, need, budget)?, profile(headers, budget)?));
    }
    let decoded = jpeg.decode(need, budget)?;
    Ok(Decoded { profile: profile(headers, budget)?, ..decoded })
}

/// The picture of a file that has a JPEG of its own somewhere.
pub(super) fn old<'a>(
    headers: &Headers<'a>,
    need: &Need,
    budget: &'a Budget,
) -> Result<Decoded<'a>> {
    allow_work(headers, budget);
    let start = headers.jpeg.and_then(|offset| usize::try_from(offset).ok());
    let file = start.and_then(|start| headers.data.get(start..));
    let Some(file) = file.filter(|file| file.starts_with(b"\xFF\xD8")) else {
        let detail = "JPEG compression of TIFF 6.0 (6) without a whole JPEG at tag 513";
        return Err(Error::unsupported(Format::Tiff, detail));
    };
    let jpeg = Jpeg::open(file, budget)?;
    let (width, height) = (jpeg.info().width, jpeg.info().height);
    if (width, height) != (headers.info.width, headers.info.height) {
        let Info { width: wide, height: high, .. } = headers.info;
        let detail =
            format!("its JPEG has {width} x {height} pixels, its directory {wide} x {high}");
        return Err(Error::corrupt(Format::Tiff, detail));
    }
    let decoded = jpeg.decode(need, budget)?;
    Ok(Decoded { profile: profile(headers, budget)?, ..decoded })
}

/// The picture of a file of several JPEGs.
pub(super) fn read<'b>(
    headers: &Headers<'_>,
    need: &Need,
    budget: &'b Budget,
) -> Result<Picture<'b>> {
    allow_work(headers, budget);
    let meaning = meaning(headers)?;
    let layout = match (meaning, headers.pixel.colours) {
        (Meaning::Grey, _) => Layout::Grey,
        (Meaning::Rgb | Meaning::Ycc, _) => Layout::Rgb,
        (Meaning::Inks, Colours::Cmyk) => Layout::Cmyk,
        // Four components as they are.
        (Meaning::Inks, _) => Layout::Rgba,
    };
    let inverted = headers.pixel.colours == Colours::Grey { inverted: true };
    let chunks = headers.chunks;
    if chunks.planes > 1 {
        return Err(Error::unsupported(Format::Tiff, "JPEGs of one colour each (tag 284 is 2)"));
    }
    let tables = SharedTables::read(headers.jpeg_tables);
    let extents = chunks.extents(headers.data.len() as u64, budget)?;
    let mut reducer = need.reducer::<u8>(layout, chunks.order(), budget)?;
    let mut found = Found { cut: !chunks.are_listed(), ..Found::default() };
    for place in chunks.needed(need) {
        let bytes = chunks.bytes(&place, 0, &extents, headers.data);
        let picture = Jpeg::within(&tables, bytes, meaning).and_then(|jpeg| {
            let Info { width, height, .. } = *jpeg.info();
            if width > chunks.chunk_width || height > chunks.chunk_height {
                return Err(Error::corrupt(
                    Format::Tiff,
                    "a JPEG is larger than its strip or tile",
                ));
            }
            jpeg.whole(need.refuse_truncated, budget)
        });
        let mut picture = match picture {
            Ok(picture) => picture,
            Err(Error::Corrupt { .. } | Error::Truncated { .. }) => {
                found.cut = true;
                found.fault.get_or_insert("a strip or tile is not a JPEG that can be read");
                continue;
            }
            Err(other) => return Err(other),
        };
        found.any = true;
        let shown = place.columns as usize * layout.channels();
        let stride = picture.stride();
        if inverted {
            picture.pixels.iter_mut().for_each(|sample| *sample = !*sample);
        }
        if layout == Layout::Rgba && headers.pixel.alpha.is_none() {
            picture
                .pixels
                .as_chunks_mut()
                .0
                .iter_mut()
                .for_each(|[.., alpha]: &mut [u8; 4]| *alpha = 255);
        }
        let lines = picture.pixels.chunks_exact(stride);
        for (y, row) in (place.y..place.y + place.rows).zip(lines) {
            reducer.put(y, place.x, 1, row.get(..shown).unwrap_or(row));
        }
        found.cut |= picture.height < place.rows || picture.width < place.columns;
    }
    check(&found, need)?;
    Ok(reducer.finish())
}

/// The blocks of all JPEGs are counted as those of one of the picture's size.
fn allow_work(headers: &Headers<'_>, budget: &Budget) {
    let pixels = u64::from(headers.info.width) * u64::from(headers.info.height);
    budget.allow_work(Format::Jpeg, pixels, headers.data.len() as u64);
}

/// What the JPEGs' components are; the directory says it, whatever markers they have.
fn meaning(headers: &Headers<'_>) -> Result<Meaning> {
    Ok(match headers.pixel.colours {
        Colours::Grey { .. } if headers.pixel.samples == 1 => Meaning::Grey,
        Colours::Rgb if headers.pixel.samples == 4 => Meaning::Inks,
        Colours::Rgb => Meaning::Rgb,
        Colours::Ycc => Meaning::Ycc,
        Colours::Cmyk => Meaning::Inks,
        Colours::Grey { .. } | Colours::Palette | Colours::Lab(_) => {
            let detail = "JPEG compression of a palette, of Lab or of grey with more samples";
            return Err(Error::unsupported(Format::Tiff, detail));
        }
    })
}
