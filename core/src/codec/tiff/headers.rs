//! What a directory says of its picture.

use std::collections::BTreeSet;

use thumbox_protocol::Format;

use super::chunks::Chunks;
use super::colours::Colours;
use super::compression::Compression;
use super::jpeg_tags::OldJpeg;
use super::tags;
use super::ycc::Conversion;
use crate::codec::directory::Directory;
use crate::codec::ifd::{self, Numbers};
use crate::codec::info::Info;
use crate::error::{Error, Result};
use crate::orientation::Orientation;

/// What a directory says.
pub(super) struct Headers<'a> {
    pub(super) data: &'a [u8],
    pub(super) info: Info,
    pub(super) pixel: Pixel,
    /// The colours of a palette: all reds, then all greens, then all blues.
    pub(super) palette: Option<Palette<'a>>,
    pub(super) ycc: Conversion,
    /// Pixels that share a pair of colour differences, across and down.
    pub(super) subsampling: (u32, u32),
    pub(super) compression: Compression,
    /// 1 for none.
    pub(super) predictor: u64,
    /// Whether the first bit of a byte is its lowest.
    pub(super) lowest_first: bool,
    pub(super) chunks: Chunks<'a>,
    /// The tables of JPEGs in strips or tiles.
    pub(super) jpeg_tables: &'a [u8],
    pub(super) old_jpeg: OldJpeg<'a>,
    pub(super) profile: &'a [u8],
    /// Whether it is said to be a smaller one of another picture (TIFF 6.0, "NewSubfileType").
    pub(super) is_reduced: bool,
    /// The directories below (Adobe's TIFF technical note 1).
    pub(super) sub_directories: Option<Numbers<'a>>,
    pub(super) kind: ifd::Kind,
}

pub(super) type Palette<'a> = Numbers<'a>;

/// What a pixel consists of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pixel {
    pub(super) colours: Colours,
    /// Samples of a pixel, those that are not shown among them.
    pub(super) samples: u32,
    /// Bits of each sample.
    pub(super) bits: u32,
    pub(super) kind: Kind,
    pub(super) alpha: Option<Alpha>,
}

/// What a sample's bits mean (tag 339).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Unsigned,
    Signed,
    Float,
}

/// The sample that is the opacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Alpha {
    /// Its place in the pixel.
    pub(super) place: u32,
    /// Whether the colours were multiplied by it.
    pub(super) associated: bool,
}

/// Pages that are counted, at the most.
const MOST_PAGES: usize = 1 << 16;

/// Where the directories of the pages are. The list ends where it comes back to one that it had.
pub(super) fn pages(data: &[u8]) -> impl Iterator<Item = u64> {
    let start = ifd::header(data);
    let mut seen = BTreeSet::new();
    let next = move |offset: &u64| start.and_then(|(kind, _)| kind.next(data, *offset));
    let chain = std::iter::successors(start.map(|(_, first)| first), next);
    chain.take(MOST_PAGES).take_while(move |offset| seen.insert(*offset))
}

impl<'a> Headers<'a> {
    /// Reads the first directory.
    ///
    /// # Errors
    /// 200 for what is not read, 201 and 202 for what is wrong.
    pub(super) fn read(data: &'a [u8]) -> Result<Self> {
        let first = ifd::header(data)
            .and_then(|(kind, offset)| Directory::at(data, kind, offset, &tags::READ));
        let first = first
            .ok_or_else(|| Error::truncated(Format::Tiff, "it ends before its first directory"))?;
        Self::of(&first)
    }

    /// Reads the directory of a page, from 0.
    ///
    /// # Errors
    /// As [`Headers::read`].
    pub(super) fn of_page(data: &'a [u8], page: u16) -> Result<Self> {
        let found = ifd::header(data).and_then(|(kind, _)| {
            let offset = pages(data).nth(page.into())?;
            Directory::at(data, kind, offset, &tags::READ)
        });
        let missing = || Error::truncated(Format::Tiff, format!("it ends before page {page}"));
        Self::of(&found.ok_or_else(missing)?)
    }

    /// Reads a directory.
    ///
    /// # Errors
    /// As [`Headers::read`].
    pub(super) fn of(directory: &Directory<'a>) -> Result<Self> {
        let number = |tag, default| directory.single(tag).unwrap_or(default);
        let (width, height) = dimensions(directory)?;
        // It may have a value for each sample.
        let compression = directory.number(tags::COMPRESSION).unwrap_or(1);
        let compression = Compression::new(compression, number(tags::T4_OPTIONS, 0))?;
        let pixel = Pixel::read(directory, matches!(compression, Compression::Fax(_)))?;
        let planar = number(tags::PLANAR_CONFIGURATION, 1) == 2 && pixel.samples > 1;
        let profile = directory.bytes(tags::ICC_PROFILE).unwrap_or_default();
        let orientation = number(tags::ORIENTATION, 1);
        let info = Info {
            format: Format::Tiff,
            width,
            height,
            orientation: u32::try_from(orientation)
                .map_or(Orientation::UPRIGHT, Orientation::from_exif),
            alpha: pixel.alpha.is_some(),
            animated: false,
            progressive: false,
            icc: !profile.is_empty(),
        };
        let chunks = Chunks::read(directory, (width, height), planar.then_some(pixel.samples))?;
        let row = u64::from(chunks.chunk_width) * u64::from(pixel.samples * pixel.bits);
        let chunks = match compression {
            Compression::None if pixel.colours != Colours::Ycc => {
                chunks.of_at_least(row.div_ceil(8).saturating_mul(chunks.chunk_height.into()))
            }
            _ => chunks,
        };
        Ok(Self {
            data: directory.data,
            palette: directory.numbers(tags::COLOR_MAP),
            ycc: Conversion::read(directory),
            subsampling: subsampling(directory, &pixel)?,
            compression,
            predictor: number(tags::PREDICTOR, 1),
            lowest_first: number(tags::FILL_ORDER, 1) == 2,
            chunks,
            jpeg_tables: directory.bytes(tags::JPEG_TABLES).unwrap_or_default(),
            old_jpeg: OldJpeg::read(directory),
            profile,
            is_reduced: number(tags::NEW_SUBFILE_TYPE, 0) & 1 == 1,
            sub_directories: directory.numbers(tags::SUB_IFDS),
            kind: directory.kind,
            info,
            pixel,
        })
    }
}

fn dimensions(directory: &Directory<'_>) -> Result<(u32, u32)> {
    let side = |tag, name| {
        let number = directory.number(tag);
        let number = number.ok_or_else(|| {
            Error::corrupt(Format::Tiff, format!("its {name}, tag {tag}, is missing"))
        })?;
        u32::try_from(number).ok().filter(|side| *side > 0).ok_or_else(|| {
            let detail = format!("its {name} is {number}; 1 to 4294967295 is allowed");
            Error::corrupt(Format::Tiff, detail)
        })
    };
    Ok((side(tags::WIDTH, "width")?, side(tags::HEIGHT, "height")?))
}

/// TIFF 6.0, section 21.
fn subsampling(directory: &Directory<'_>, pixel: &Pixel) -> Result<(u32, u32)> {
    if pixel.colours != Colours::Ycc {
        return Ok((1, 1));
    }
    let numbers = directory.numbers(tags::YCBCR_SUBSAMPLING);
    let factor = |place| numbers.and_then(|numbers| numbers.get(place)).unwrap_or(2);
    match (factor(0), factor(1)) {
        (across @ (1 | 2 | 4), down @ (1 | 2 | 4)) => {
            // Each is 4 at the most.
            Ok((u32::try_from(across).unwrap_or(1), u32::try_from(down).unwrap_or(1)))
        }
        (across, down) => {
            let detail = format!("YCbCr subsampling {across} x {down}; 1, 2 and 4 are allowed");
            Err(Error::corrupt(Format::Tiff, detail))
        }
    }
}

impl Pixel {
    fn read(directory: &Directory<'_>, is_fax: bool) -> Result<Self> {
        let photometric = directory.number(tags::PHOTOMETRIC);
        // Where it is missing, it is 1; of colours that need more, as many as have a number of bits.
        let bits = directory.numbers(tags::BITS_PER_SAMPLE).map_or(0, |bits| bits.len() as u64);
        let listed = if bits >= 3 && photometric.is_some_and(|photometric| photometric > 1) {
            bits
        } else {
            1
        };
        let samples = directory.single(tags::SAMPLES_PER_PIXEL).unwrap_or(listed);
        let samples = u32::try_from(samples).ok().filter(|samples| (1..1 << 16).contains(samples));
        let samples = samples.ok_or_else(|| {
            Error::corrupt(Format::Tiff, "its samples per pixel, tag 277, are not 1 to 65535")
        })?;
        let colours = Colours::new(photometric, samples, is_fax)?;
        let bits = same(directory, tags::BITS_PER_SAMPLE, samples, 1)?;
        let kind = match same(directory, tags::SAMPLE_FORMAT, samples, 1)? {
            2 => Kind::Signed,
            3 => Kind::Float,
            // 4 is "undefined", which libtiff takes for unsigned, too.
            _ => Kind::Unsigned,
        };
        let bits =
            u32::try_from(bits).ok().filter(|bits| is_read(*bits, kind)).ok_or_else(|| {
                let allowed = match kind {
                    Kind::Float => "16, 32 and 64 are supported for floats",
                    _ => "1 to 16, 24, 32 and 64 are supported",
                };
                Error::unsupported(Format::Tiff, format!("{bits} bits per sample; {allowed}"))
            })?;
        let alpha = alpha(directory, colours, samples)?;
        Ok(Self { colours, samples, bits, kind, alpha })
    }
}

const fn is_read(bits: u32, kind: Kind) -> bool {
    match kind {
        Kind::Float => matches!(bits, 16 | 32 | 64),
        _ => matches!(bits, 1..=16 | 24 | 32 | 64),
    }
}

/// The one value that a tag has for all samples. Values for more of them mean nothing.
fn same(directory: &Directory<'_>, tag: u16, samples: u32, default: u64) -> Result<u64> {
    let Some(numbers) = directory.numbers(tag) else { return Ok(default) };
    let Some(first) = numbers.get(0) else { return Ok(default) };
    let count = numbers.len().min(samples as usize);
    match (1..count).filter_map(|place| numbers.get(place)).find(|other| *other != first) {
        None => Ok(first),
        Some(other) => {
            let detail = format!("tag {tag} differs between samples: {first} and {other}");
            Err(Error::unsupported(Format::Tiff, detail))
        }
    }
}

/// The first sample beyond the colours that is an opacity. Where the tag is missing, a single sample more is one, as
/// libvips and Pillow have it.
fn alpha(directory: &Directory<'_>, colours: Colours, samples: u32) -> Result<Option<Alpha>> {
    if !colours.can_have_alpha() {
        return Ok(None);
    }
    let first = colours.samples();
    let kinds = directory.numbers(tags::EXTRA_SAMPLES).filter(|kinds| kinds.len() > 0);
    let Some(kinds) = kinds else {
        if colours == Colours::Palette {
            return Ok(None);
        }
        return Ok((samples == first + 1).then_some(Alpha { place: first, associated: false }));
    };
    for place in first..samples {
        match kinds.get((place - first) as usize) {
            Some(1) => return Ok(Some(Alpha { place, associated: true })),
            // 999 is Corel Draw's.
            Some(2 | 999) => return Ok(Some(Alpha { place, associated: false })),
            Some(_) => {}
            None => break,
        }
    }
    Ok(None)
}
