//! JPEG as TIFF 6.0 has it (section 22; compression 6): a whole JPEG somewhere, or strips and tiles of a scan's data alone,
//! with tables elsewhere in the file.

use thumbox_protocol::Format;

use super::chunks::Place;
use super::directory::Directory;
use super::headers::Headers;
use super::jpeg::{self, Meaning};
use super::profile::profile;
use super::tags;
use crate::budget::{Budget, Charge};
use crate::codec::decoded::Decoded;
use crate::codec::ifd::Numbers;
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
use crate::codec::jpeg::Jpeg;
use crate::error::{Error, Result};

/// What the directory says of it.
pub(super) struct OldJpeg<'a> {
    /// Where the whole picture is a JPEG of its own.
    file: Option<u64>,
    /// 1 for baseline.
    process: u64,
    /// MCUs between restarts; 0 for none.
    restart: u64,
    /// Where the tables of each component are: quantisation, DC and AC.
    tables: [Option<Numbers<'a>>; 3],
}

impl<'a> OldJpeg<'a> {
    /// # Errors
    /// 201 for tags of another type.
    pub(super) fn read(directory: &Directory<'a>) -> Result<Self> {
        let [quantisation, dc, ac] = TABLES.map(|(tag, ..)| directory.numbers(tag));
        Ok(Self {
            file: directory.number(tags::JPEG_INTERCHANGE_FORMAT)?,
            process: directory.number(tags::JPEG_PROC)?.unwrap_or(1),
            restart: directory.number(tags::JPEG_RESTART_INTERVAL)?.unwrap_or(0),
            tables: [quantisation?, dc?, ac?],
        })
    }
}

/// The picture.
///
/// # Errors
/// 200 for a lossless one, 201 where there is no JPEG and no tables.
pub(super) fn decode<'a>(
    headers: &Headers<'a>,
    need: &Need,
    budget: &'a Budget,
) -> Result<Decoded<'a>> {
    if let Some(jpeg) = whole(headers, budget) {
        jpeg::allow_work(headers, budget);
        let decoded = jpeg.decode(need, budget)?;
        return Ok(Decoded { profile: profile(headers, budget)?, ..decoded });
    }
    if headers.old_jpeg.process != 1 {
        let detail = "lossless JPEG compression of TIFF 6.0 (6); only baseline is supported";
        return Err(Error::unsupported(Format::Tiff, detail));
    }
    let pixels = jpeg::read(headers, need, budget)?;
    Ok(need.decoded(pixels, profile(headers, budget)?))
}

/// The JPEG that is the whole picture, where there is one.
fn whole<'a>(headers: &Headers<'a>, budget: &'a Budget) -> Option<Jpeg<'a>> {
    let start = usize::try_from(headers.old_jpeg.file?).ok()?;
    let file = headers.data.get(start..).filter(|file| has_markers(file))?;
    let jpeg = Jpeg::open(file, budget).ok()?;
    let Info { width, height, .. } = headers.info;
    ((jpeg.info().width, jpeg.info().height) == (width, height)).then_some(jpeg)
}

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
    segment(&mut jpeg, 0xDA, &scan);
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

/// The tags of tables, and the markers and classes that they have in a JPEG (T.81, B.2.4).
const TABLES: [(u16, u8, u8); 3] = [
    (tags::JPEG_Q_TABLES, 0xDB, 0x00),
    (tags::JPEG_DC_TABLES, 0xC4, 0x00),
    (tags::JPEG_AC_TABLES, 0xC4, 0x10),
];

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
