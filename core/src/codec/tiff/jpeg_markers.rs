//! The markers that strips and tiles of compression 6 lack (TIFF 6.0, section 22; T.81, annex B).

use thumbox_protocol::Format;

use super::chunks::Place;
use super::headers::Headers;
use super::jpeg_tags::TABLES;
use super::tags;
use crate::budget::{Budget, Charge};
use crate::codec::ifd::Numbers;
use crate::codec::jpeg::Meaning;
use crate::error::{Error, Result};

/// The tables of the components as a JPEG that has nothing else.
///
/// # Errors
/// 201 where one is not in the file.
pub(super) fn tables(headers: &Headers<'_>, meaning: Meaning) -> Result<Vec<u8>> {
    let mut jpeg = vec![0xFF, 0xD8];
    for component in 0..components(meaning) {
        for (tables, (tag, marker, class)) in headers.old_jpeg.tables.iter().zip(TABLES) {
            let is_quantisation = tag == tags::JPEG_Q_TABLES;
            let table = table(headers.data, *tables, component, is_quantisation);
            let table = table.ok_or_else(|| {
                let detail = format!(
                    "compression 6 without a whole JPEG (tag 513) and without its tables (tag {tag})"
                );
                Error::corrupt(Format::Tiff, detail)
            })?;
            segment(&mut jpeg, marker, &[&[class | component], table].concat());
        }
    }
    jpeg.extend([0xFF, 0xD9]);
    Ok(jpeg)
}

/// Whether a strip or tile has the markers of a JPEG.
pub(super) fn has_markers(stored: &[u8]) -> bool {
    stored.starts_with(b"\xFF\xD8")
}

/// A strip or tile as a JPEG, but for its tables: what is stored, between the markers that it lacks.
///
/// # Errors
/// 301 when the budget does not cover the JPEG.
pub(super) fn with_markers<'b>(
    headers: &Headers<'_>,
    meaning: Meaning,
    place: &Place,
    stored: &[u8],
    budget: &'b Budget,
) -> Result<(Vec<u8>, Charge<'b>)> {
    let charge = budget.charge(stored.len() as u64 + MOST_MARKERS, "a JPEG in the TIFF")?;
    let mut jpeg = vec![0xFF, 0xD8];
    let components = components(meaning);
    let (across, down) = headers.subsampling;
    let height = if headers.chunks.are_tiles() { headers.chunks.chunk_height } else { place.rows };
    let [high, low] = side(height)?;
    let [wide, narrow] = side(headers.chunks.chunk_width)?;
    let mut frame = vec![8, high, low, wide, narrow, components];
    let mut scan = vec![components];
    for component in 0..components {
        // 4 at the most.
        let sampling = if component == 0 { across << 4 | down } else { 0x11 };
        frame.extend([component + 1, u8::try_from(sampling).unwrap_or(0x11), component]);
        scan.extend([component + 1, component << 4 | component]);
    }
    segment(&mut jpeg, 0xC0, &frame);
    if let Ok(restart @ 1..) = u16::try_from(headers.old_jpeg.restart) {
        segment(&mut jpeg, 0xDD, &restart.to_be_bytes());
    }
    scan.extend([0, 63, 0]);
    // Some have their scan's header in the first strip.
    if !stored.starts_with(b"\xFF\xDA") {
        segment(&mut jpeg, 0xDA, &scan);
    }
    jpeg.extend_from_slice(stored);
    jpeg.extend([0xFF, 0xD9]);
    Ok((jpeg, charge))
}

const fn components(meaning: Meaning) -> u8 {
    match meaning {
        Meaning::Grey => 1,
        Meaning::Rgb | Meaning::Ycc => 3,
        Meaning::Inks => 4,
    }
}

/// More bytes than the markers of a frame and a scan take.
const MOST_MARKERS: u64 = 128;

/// A component's table, as it is in the file: 64 numbers, or codes of each length and their symbols.
fn table<'a>(
    data: &'a [u8],
    tables: Option<Numbers<'a>>,
    component: u8,
    is_quantisation: bool,
) -> Option<&'a [u8]> {
    let start = usize::try_from(tables?.get(component.into())?).ok()?;
    let table = data.get(start..)?;
    if is_quantisation {
        return table.get(..64);
    }
    let symbols: usize = table.get(..16)?.iter().map(|count| usize::from(*count)).sum();
    (symbols <= 256).then(|| table.get(..16 + symbols)).flatten()
}

fn segment(jpeg: &mut Vec<u8>, marker: u8, body: &[u8]) {
    // Bodies are of a table's size.
    let length = u16::try_from(body.len() + 2).unwrap_or(u16::MAX);
    jpeg.extend([0xFF, marker]);
    jpeg.extend(length.to_be_bytes());
    jpeg.extend_from_slice(body);
}

fn side(pixels: u32) -> Result<[u8; 2]> {
    let side = u16::try_from(pixels).map_err(|_| {
        let detail = format!("a JPEG strip or tile of {pixels} pixels a side; 65535 are allowed");
        Error::corrupt(Format::Tiff, detail)
    })?;
    Ok(side.to_be_bytes())
}
