//! Strips and tiles, row by row, into the reducer.

use thumbox_protocol::Format;

use super::chunks::{Extents, Place};
use super::compression::Compression;
use super::fault::Found;
use super::headers::Headers;
use super::pixels::{Expand, Expansion, Scratch};
use super::predictor::{Predictor, undo};
use super::samples::Stored;
use super::stream::Stream;
use crate::budget::{Budget, Charge};
use crate::codec::interface::Need;
use crate::error::{Error, Result};
use crate::picture::Picture;
use crate::reduce::Reducer;

/// What is needed to read a chunk.
pub(super) struct Rows<'h, 'd, 'b> {
    headers: &'h Headers<'d>,
    expansion: Expansion<'h, 'b>,
    /// A stream for each plane that is shown.
    streams: Vec<Stream<'d, 'b>>,
    predictor: Predictor,
    /// Bytes of a stored row.
    row: usize,
    /// A row whose predictor is undone.
    plain: Vec<u8>,
    spare: Vec<u8>,
    /// Whether checksums count.
    checked: bool,
    _charge: Charge<'b>,
}

impl<'h, 'd, 'b> Rows<'h, 'd, 'b> {
    /// Charges for rows, and for what decompresses chunks of `data`. `checked`: whether a wrong checksum is a fault.
    ///
    /// # Errors
    /// 200 for a predictor or pixels that are not read, 301 when the budget does not cover it.
    pub(super) fn new(
        headers: &'h Headers<'d>,
        data: &'d [u8],
        checked: bool,
        budget: &'b Budget,
    ) -> Result<Self> {
        let expansion = Expansion::new(headers, budget)?;
        let bits = headers.pixel.bits * expansion.samples_per_plane;
        if matches!(headers.compression, Compression::Fax(_)) && bits != 1 {
            let detail = format!("CCITT compression of {bits} bits per pixel; only 1 is supported");
            return Err(Error::unsupported(Format::Tiff, detail));
        }
        let predictor = predictor(headers)?;
        let chunk_width = headers.chunks.chunk_width;
        let samples = expansion.samples_per_plane;
        let row = row_bytes(headers, samples, chunk_width);
        let columns = u64::from(chunk_width.min(headers.info.width));
        // As stored, unpacked and chosen, with a place for the pixels that a byte has beyond the last.
        let pixels = columns.saturating_mul(u64::from(samples) + 5).saturating_add(8) * 2 * 2;
        let rows = match predictor {
            Predictor::None => 0,
            // With the last pixel.
            _ => row.saturating_mul(2) + u64::from(samples) * 8,
        };
        let charge = budget.charge(pixels.saturating_add(rows), "rows of the TIFF")?;
        let longest = data.len() as u64;
        let stream =
            |_| Stream::new(headers.compression, row, chunk_width, longest, checked, budget);
        let streams = expansion.planes.iter().map(stream);
        Ok(Self {
            streams: streams.collect::<Result<_>>()?,
            row: usize::try_from(row).map_err(|_| too_wide(row))?,
            headers,
            expansion,
            predictor,
            plain: Vec::new(),
            spare: Vec::new(),
            checked,
            _charge: charge,
        })
    }

    /// Reads all chunks that are needed.
    ///
    /// # Errors
    /// 301 and 303 for the limits.
    pub(super) fn read<S: Stored>(
        &mut self,
        data: &'d [u8],
        extents: &Extents<'_>,
        need: &Need,
        budget: &'b Budget,
    ) -> Result<(Picture<'b, S>, Found)>
    where
        Expansion<'h, 'b>: Expand<S>,
    {
        let chunks = self.headers.chunks;
        let mut reducer = need.reducer::<S>(self.expansion.layout, chunks.order(), budget)?;
        let mut scratch = Scratch::default();
        let mut found = Found { cut: !chunks.are_listed(), ..Found::default() };
        for place in chunks.needed(need) {
            self.chunk(&place, data, extents, &mut scratch, &mut reducer, &mut found)?;
        }
        Ok((reducer.finish(), found))
    }

    /// Reads one chunk.
    fn chunk<S: Stored>(
        &mut self,
        place: &Place,
        data: &'d [u8],
        extents: &Extents<'_>,
        scratch: &mut Scratch<S>,
        reducer: &mut Reducer<'b, S>,
        found: &mut Found,
    ) -> Result<()>
    where
        Expansion<'h, 'b>: Expand<S>,
    {
        let (_, down) = self.headers.subsampling;
        let end = place.y.saturating_add(place.rows).min(reducer.rows().end);
        let groups = (end - place.y).div_ceil(down);
        for (plane, stream) in self.expansion.planes.iter().zip(&mut self.streams) {
            let bytes = self.headers.chunks.bytes(place, *plane, extents, data);
            stream.start(bytes, u64::from(groups) * self.row as u64)?;
        }
        let mut is_whole = true;
        for group in 0..groups {
            is_whole = self.row(place, place.y + group * down, scratch, reducer, found)?;
            if !is_whole {
                break;
            }
        }
        if is_whole && self.checked {
            for stream in &mut self.streams {
                is_whole &= stream.finish()?;
            }
        }
        found.cut |= !is_whole;
        found.fault = found.fault.or(self.streams.iter().find_map(|stream| stream.fault));
        Ok(())
    }

    /// Takes the next row of each plane, and gives the reducer the pixels. Says whether all are there.
    fn row<S: Stored>(
        &mut self,
        place: &Place,
        y: u32,
        scratch: &mut Scratch<S>,
        reducer: &mut Reducer<'b, S>,
        found: &mut Found,
    ) -> Result<bool>
    where
        Expansion<'h, 'b>: Expand<S>,
    {
        let used = self.used(place.columns);
        let channels = self.expansion.layout.channels();
        let wanted = place.columns as usize * channels;
        let mut least = used;
        let Self { headers, expansion, streams, predictor, row, plain, spare, .. } = self;
        for (index, stream) in streams.iter_mut().enumerate() {
            let bytes = stream.next(*row)?;
            // All of a row is needed where the bytes of its floats lie apart.
            let shown = if *predictor == Predictor::Float { *row } else { used };
            let mut bytes = bytes.get(..shown).unwrap_or(bytes);
            if *predictor != Predictor::None {
                plain.resize(bytes.len(), 0);
                let (bits, step) = (headers.pixel.bits, expansion.samples_per_plane as usize);
                undo(*predictor, bits, step, headers.kind.big_endian, bytes, plain, spare);
                bytes = plain.get(..used).unwrap_or(plain);
            }
            least = least.min(bytes.len());
            if let Some(pixels) = expansion.same(bytes) {
                reducer.put(y, place.x, 1, pixels.get(..wanted).unwrap_or(pixels));
                found.any |= least > 0;
                return Ok(least == used);
            }
            expansion.take(index, bytes, scratch);
        }
        found.any |= least > 0;
        if headers.subsampling == (1, 1) {
            let there = pixels_in(least, headers, expansion).saturating_mul(channels).min(wanted);
            let pixels = expansion.pixels(scratch);
            reducer.put(y, place.x, 1, pixels.get(..there).unwrap_or(pixels));
        } else {
            let (_, down) = headers.subsampling;
            for row in 0..down {
                let pixels = expansion.subsampled(headers.subsampling, row as usize, scratch);
                reducer.put(y + row, place.x, 1, pixels.get(..wanted).unwrap_or(pixels));
            }
        }
        Ok(least == used)
    }

    /// Bytes of a row that hold this many pixels.
    fn used(&self, columns: u32) -> usize {
        let bytes = row_bytes(self.headers, self.expansion.samples_per_plane, columns);
        usize::try_from(bytes).unwrap_or(usize::MAX).min(self.row)
    }
}

/// Bytes of a stored row of so many pixels, or of a row of blocks that share their colour differences.
fn row_bytes(headers: &Headers<'_>, samples: u32, columns: u32) -> u64 {
    match headers.subsampling {
        (1, 1) => {
            let bits = u64::from(samples) * u64::from(headers.pixel.bits);
            (u64::from(columns) * bits).div_ceil(8)
        }
        (across, down) => u64::from(columns.div_ceil(across)) * u64::from(across * down + 2),
    }
}

/// Whole pixels in so many bytes of a plane.
fn pixels_in(bytes: usize, headers: &Headers<'_>, expansion: &Expansion<'_, '_>) -> usize {
    let bits = u64::from(expansion.samples_per_plane) * u64::from(headers.pixel.bits);
    usize::try_from(bytes as u64 * 8 / bits).unwrap_or(usize::MAX)
}

fn predictor(headers: &Headers<'_>) -> Result<Predictor> {
    if !headers.compression.has_predictor() {
        return Ok(Predictor::None);
    }
    let bits = headers.pixel.bits;
    if bits < 8 {
        // What has been written so has no differences.
        return Ok(Predictor::None);
    }
    let (predictor, allowed) = match headers.predictor {
        1 => return Ok(Predictor::None),
        2 => (Predictor::Horizontal, "8, 16, 32 and 64"),
        3 => (Predictor::Float, "16, 32 and 64"),
        other => {
            let detail = format!("predictor {other}; 1, 2 and 3 are allowed");
            return Err(Error::corrupt(Format::Tiff, detail));
        }
    };
    if matches!(bits, 16 | 32 | 64) || bits == 8 && predictor == Predictor::Horizontal {
        return Ok(predictor);
    }
    let detail = format!("{bits} bits per sample with a predictor; {allowed} are supported");
    Err(Error::unsupported(Format::Tiff, detail))
}

fn too_wide(row: u64) -> Error {
    Error::Bug(format!("a row of {row} bytes was charged and cannot be addressed"))
}
