//! JPEGs in strips and tiles (Adobe's TIFF technical note 2).

use thumbox_protocol::Format;

use super::chunks::{Extents, Place};
use super::colours::Colours;
use super::compression::Compression;
use super::fault::{Found, check};
use super::headers::Headers;
use super::jpeg_markers;
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
    let extents = chunks.extents(headers.data.len() as u64, budget)?;
    let first = chunks.places().next();
    let first = first.map(|place| chunks.bytes(&place, 0, &extents, headers.data));
    let tables = match headers.compression {
        Compression::OldJpeg if !first.is_some_and(jpeg_markers::has_markers) => {
            SharedTables::read(&jpeg_markers::tables(headers, meaning)?)
        }
        _ => SharedTables::read(headers.jpeg_tables),
    };
    let mut reducer = need.reducer::<u8>(layout, chunks.order(), budget)?;
    let mut found = Found { cut: !chunks.are_listed(), ..Found::default() };
    let parts =
        Parts { headers, tables: &tables, extents: &extents, checked: need.refuse_truncated };
    for place in chunks.needed(need) {
        let picture = if chunks.planes > 1 {
            parts.planes(&place, layout, budget)
        } else {
            parts.one(&place, 0, meaning, budget)
        };
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

/// The JPEGs of a file.
struct Parts<'p, 'a, 'e> {
    headers: &'p Headers<'a>,
    tables: &'p SharedTables,
    extents: &'p Extents<'e>,
    /// Whether damage is an error.
    checked: bool,
}

impl<'a> Parts<'_, 'a, '_> {
    /// The picture of a strip or tile.
    fn one<'b>(
        &self,
        place: &Place,
        plane: u32,
        meaning: Meaning,
        budget: &'b Budget,
    ) -> Result<Picture<'b>> {
        let Self { headers, tables, extents, checked } = self;
        let chunks = headers.chunks;
        let stored = chunks.bytes(place, plane, extents, headers.data);
        let made = match headers.compression {
            Compression::OldJpeg if !jpeg_markers::has_markers(stored) => {
                Some(jpeg_markers::with_markers(headers, meaning, place, stored, budget)?)
            }
            _ => None,
        };
        let file = made.as_ref().map_or(stored, |(made, _charge)| made);
        // Of the first kind, the directory says what its colours are, with their range.
        let is_converted = headers.compression == Compression::OldJpeg
            && meaning == Meaning::Ycc
            && !headers.ycc.is_plain;
        let meaning = if is_converted { Meaning::Rgb } else { meaning };
        let jpeg = Jpeg::within(tables, file, meaning)?;
        let Info { width, height, .. } = *jpeg.info();
        if width > chunks.chunk_width || height > chunks.chunk_height {
            let detail = "a JPEG is larger than its strip or tile";
            return Err(Error::corrupt(Format::Tiff, detail));
        }
        let mut picture = jpeg.whole(*checked, budget)?;
        if is_converted {
            self.convert(&mut picture);
        }
        Ok(picture)
    }

    /// Makes RGB of luma and colour differences.
    fn convert(&self, picture: &mut Picture<'_>) {
        let pixels = picture.pixels.as_chunks_mut().0.iter_mut();
        pixels.for_each(|pixel: &mut [u8; 3]| *pixel = self.headers.ycc.rgb(*pixel));
    }

    /// The picture of a strip or tile of which each sample has a JPEG of its own.
    fn planes<'b>(&self, place: &Place, layout: Layout, budget: &'b Budget) -> Result<Picture<'b>> {
        let (width, height) = (place.columns, place.rows);
        let mut picture = Picture::neutral(width, height, layout, budget, "JPEGs of planes")?;
        let (channels, stride) = (layout.channels(), picture.stride());
        for (plane, first) in (0..).zip(0..channels) {
            let one = self.one(place, plane, Meaning::Grey, budget)?;
            if one.width < width || one.height < height {
                let detail = "a JPEG of a plane is smaller than its strip or tile";
                return Err(Error::corrupt(Format::Tiff, detail));
            }
            let rows = one.pixels.chunks_exact(one.stride());
            for (row, samples) in picture.pixels.chunks_exact_mut(stride).zip(rows) {
                let to = row.iter_mut().skip(first).step_by(channels);
                to.zip(samples).for_each(|(to, sample)| *to = *sample);
            }
        }
        if self.headers.pixel.colours == Colours::Ycc {
            self.convert(&mut picture);
        }
        Ok(picture)
    }
}

/// The blocks of all JPEGs are counted as those of one of the picture's size.
pub(super) fn allow_work(headers: &Headers<'_>, budget: &Budget) {
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
