//! Stored samples to pixels of a layout.

use thumbox_protocol::Format;

use super::colours::Colours;
use super::headers::{Alpha, Headers, Kind, Pixel};
use super::samples::Stored;
use super::ycc;
use crate::budget::{Budget, Charge};
use crate::codec::lab;
use crate::codec::packed::Packed;
use crate::error::{Error, Result};
use crate::picture::{Layout, Sample};

/// How the rows of planes become rows of pixels.
pub(super) struct Expansion<'h, 'b> {
    pub(super) layout: Layout,
    pixel: Pixel,
    big_endian: bool,
    /// The planes that are shown, and the samples of a pixel in each.
    pub(super) planes: Vec<u32>,
    pub(super) samples_per_plane: u32,
    how: How<'h>,
    _charge: Charge<'b>,
}

enum How<'h> {
    /// Samples are pixels.
    Same,
    /// Several pixels share a byte, or each is looked up.
    Packed(Packed),
    /// A colour of 16 bits for each value.
    Palette(Vec<[u16; 3]>),
    /// Chosen, inverted, divided by the opacity.
    Chosen,
    Ycc(&'h ycc::Conversion),
    Lab(lab::Conversion),
}

impl<'h, 'b> Expansion<'h, 'b> {
    /// Charges for its tables.
    ///
    /// # Errors
    /// 200 for pixels that are not read, 301 when the budget does not cover it.
    pub(super) fn new(headers: &'h Headers<'_>, budget: &'b Budget) -> Result<Self> {
        let pixel = headers.pixel;
        let layout = match (pixel.colours, pixel.alpha) {
            (Colours::Grey { .. }, None) => Layout::Grey,
            (Colours::Grey { .. }, Some(_)) => Layout::GreyAlpha,
            (Colours::Cmyk, _) => Layout::Cmyk,
            (_, None) => Layout::Rgb,
            (_, Some(_)) => Layout::Rgba,
        };
        let apart = headers.chunks.planes > 1;
        let planes = if apart {
            (0..pixel.colours.samples()).chain(pixel.alpha.map(|alpha| alpha.place)).collect()
        } else {
            vec![0]
        };
        let bytes = Packed::WORKING + lab::Conversion::WORKING + (6 << pixel.bits.min(16));
        let charge = budget.charge(bytes, "tables of the TIFF's colours")?;
        Ok(Self {
            layout,
            pixel,
            big_endian: headers.kind.big_endian,
            planes,
            samples_per_plane: if apart { 1 } else { pixel.samples },
            how: How::new(headers, layout)?,
            _charge: charge,
        })
    }

    /// The pixels of a row of bytes that are the samples already.
    pub(super) fn same<'r, S: Stored>(&self, row: &'r [u8]) -> Option<&'r [S]> {
        if matches!(self.how, How::Same) && self.planes.len() == 1 { S::same(row) } else { None }
    }
}

impl<'h> How<'h> {
    fn new(headers: &'h Headers<'_>, layout: Layout) -> Result<Self> {
        let Pixel { colours, samples, bits, kind, alpha } = headers.pixel;
        let is_byte = kind == Kind::Unsigned && matches!(bits, 1 | 2 | 4 | 8);
        Ok(match colours {
            Colours::Palette => {
                let colours = palette(headers)?;
                if is_byte && samples == 1 {
                    let colours = colours.iter().map(|colour| {
                        let [red, green, blue] = colour.map(u8::from_palette);
                        [red, green, blue, 0]
                    });
                    let colours: Vec<_> = colours.collect();
                    // Below 8, as was just seen.
                    Self::Packed(Packed::new(&colours, u8::try_from(bits).unwrap_or(8), layout))
                } else {
                    Self::Palette(colours)
                }
            }
            Colours::Grey { inverted } if is_byte && samples == 1 && (inverted || bits < 8) => {
                let most = (1 << bits) - 1_u32;
                let greys = (0..=most).map(|value| {
                    let value = if inverted { most - value } else { value };
                    [u8::try_from(value * 255 / most).unwrap_or(u8::MAX), 0, 0, 0]
                });
                let greys: Vec<_> = greys.collect();
                Self::Packed(Packed::new(&greys, u8::try_from(bits).unwrap_or(8), layout))
            }
            Colours::Ycc if bits == 8 && kind == Kind::Unsigned => Self::Ycc(&headers.ycc),
            Colours::Ycc => {
                let detail = format!("YCbCr with {bits} bits per sample; only 8 are supported");
                return Err(Error::unsupported(Format::Tiff, detail));
            }
            Colours::Lab(kind) if matches!(bits, 8 | 16) => Self::Lab(lab::Conversion::new(kind)),
            Colours::Lab(_) => {
                let detail = format!("Lab with {bits} bits per sample; 8 and 16 are supported");
                return Err(Error::unsupported(Format::Tiff, detail));
            }
            Colours::Rgb | Colours::Cmyk | Colours::Grey { .. } => {
                let inverted = colours == Colours::Grey { inverted: true };
                let associated = alpha.is_some_and(|alpha| alpha.associated);
                let all = samples as usize == layout.channels();
                if all && !inverted && !associated && kind == Kind::Unsigned && bits == 8 {
                    Self::Same
                } else {
                    Self::Chosen
                }
            }
        })
    }
}

/// Samples that are made of a row, kept from row to row.
pub(super) struct Scratch<S> {
    /// Of one plane.
    plane: Vec<S>,
    /// Of all planes that are shown.
    samples: Vec<S>,
    pixels: Vec<S>,
}

impl<S> Default for Scratch<S> {
    fn default() -> Self {
        Self { plane: Vec::new(), samples: Vec::new(), pixels: Vec::new() }
    }
}

/// Makes pixels of samples `S` of stored rows.
pub(super) trait Expand<S: Stored> {
    /// Takes the row of the plane at a place of [`Expansion::planes`].
    fn take(&self, place: usize, row: &[u8], scratch: &mut Scratch<S>);

    /// The pixels of the rows that were taken.
    fn pixels<'s>(&self, scratch: &'s mut Scratch<S>) -> &'s [S];

    /// Row `row` of the blocks that were taken, where pixels share their colour differences.
    fn subsampled<'s>(
        &self,
        subsampling: (u32, u32),
        row: usize,
        scratch: &'s mut Scratch<S>,
    ) -> &'s [S];
}

impl Expansion<'_, '_> {
    fn take_samples<S: Stored>(&self, place: usize, row: &[u8], scratch: &mut Scratch<S>) {
        let Scratch { plane, samples, .. } = scratch;
        let scaled = !matches!(self.how, How::Palette(_));
        if self.planes.len() == 1 {
            samples.clear();
            return S::unpack(&self.pixel, self.big_endian, scaled, row, samples);
        }
        plane.clear();
        S::unpack(&self.pixel, self.big_endian, scaled, row, plane);
        let planes = self.planes.len();
        if place == 0 {
            samples.clear();
        }
        samples.resize((plane.len() * planes).max(samples.len()), S::default());
        let targets = samples.iter_mut().skip(place).step_by(planes);
        targets.zip(plane.iter()).for_each(|(target, sample)| *target = *sample);
    }

    /// Samples of a pixel as they were taken, and the place of its opacity among them.
    fn taken(&self) -> (usize, Option<(usize, bool)>) {
        let alpha = self.pixel.alpha;
        match self.planes.len() {
            1 => (
                self.pixel.samples as usize,
                alpha.map(|Alpha { place, associated }| (place as usize, associated)),
            ),
            planes => (planes, alpha.map(|alpha| (planes - 1, alpha.associated))),
        }
    }

    fn look_up<'s, S: Stored>(&self, colours: &[[u16; 3]], scratch: &'s mut Scratch<S>) -> &'s [S] {
        let (samples, alpha) = self.taken();
        let Scratch { samples: taken, pixels, .. } = scratch;
        pixels.clear();
        for pixel in taken.chunks_exact(samples) {
            let value: u32 = pixel.first().map_or(0, |value| (*value).into());
            let colour = colours.get(value as usize).copied().unwrap_or_default();
            pixels.extend(colour.map(S::from_palette));
            pixels.extend(alpha.and_then(|(place, _)| pixel.get(place)));
        }
        pixels
    }

    fn choose<'s, S: Stored>(&self, scratch: &'s mut Scratch<S>) -> &'s [S] {
        let (samples, alpha) = self.taken();
        let inverted = self.pixel.colours == Colours::Grey { inverted: true };
        let colours = self.pixel.colours.samples() as usize;
        let is_all = samples == self.layout.channels();
        if is_all && !inverted && alpha.is_none_or(|(_, associated)| !associated) {
            return &scratch.samples;
        }
        scratch.pixels.clear();
        for pixel in scratch.samples.chunks_exact(samples) {
            let opacity =
                alpha.and_then(|(place, associated)| Some((*pixel.get(place)?, associated)));
            for sample in pixel.iter().take(colours) {
                let sample = match opacity {
                    Some((opacity, true)) => divided(*sample, opacity),
                    _ => *sample,
                };
                scratch.pixels.push(if inverted { opposite(sample) } else { sample });
            }
            scratch.pixels.extend(opacity.map(|(opacity, _)| opacity));
        }
        &scratch.pixels
    }
}

impl Expand<u8> for Expansion<'_, '_> {
    fn take(&self, place: usize, row: &[u8], scratch: &mut Scratch<u8>) {
        match &self.how {
            How::Packed(packed) => {
                packed.row(row, &mut scratch.pixels);
            }
            _ => self.take_samples(place, row, scratch),
        }
    }

    fn pixels<'s>(&self, scratch: &'s mut Scratch<u8>) -> &'s [u8] {
        match &self.how {
            How::Packed(_) => &scratch.pixels,
            How::Palette(colours) => self.look_up(colours, scratch),
            How::Ycc(conversion) => {
                let (samples, _) = self.taken();
                scratch.pixels.clear();
                let pixels = scratch.samples.chunks_exact(samples);
                let pixels = pixels.filter_map(|pixel| pixel.first_chunk::<3>());
                scratch.pixels.extend(pixels.flat_map(|pixel| conversion.rgb(*pixel)));
                &scratch.pixels
            }
            How::Lab(conversion) => {
                let (samples, _) = self.taken();
                scratch.pixels.clear();
                let pixels = scratch.samples.chunks_exact(samples);
                let pixels = pixels.filter_map(|pixel| pixel.first_chunk::<3>());
                let pixels = pixels.flat_map(|pixel| conversion.rgb8(*pixel).map(Sample::to_8));
                scratch.pixels.extend(pixels);
                &scratch.pixels
            }
            How::Same | How::Chosen => self.choose(scratch),
        }
    }

    fn subsampled<'s>(
        &self,
        subsampling: (u32, u32),
        row: usize,
        scratch: &'s mut Scratch<u8>,
    ) -> &'s [u8] {
        let Scratch { samples, pixels, .. } = scratch;
        if let How::Ycc(conversion) = &self.how {
            conversion.subsampled(samples, subsampling, row, pixels);
        }
        pixels
    }
}

impl Expand<u16> for Expansion<'_, '_> {
    fn take(&self, place: usize, row: &[u8], scratch: &mut Scratch<u16>) {
        self.take_samples(place, row, scratch);
    }

    fn pixels<'s>(&self, scratch: &'s mut Scratch<u16>) -> &'s [u16] {
        let conversion = match &self.how {
            How::Lab(conversion) => conversion,
            How::Palette(colours) => return self.look_up(colours, scratch),
            _ => return self.choose(scratch),
        };
        let (samples, _) = self.taken();
        scratch.pixels.clear();
        let pixels = scratch.samples.chunks_exact(samples);
        let pixels = pixels.filter_map(|pixel| pixel.first_chunk::<3>());
        scratch.pixels.extend(pixels.flat_map(|pixel| conversion.rgb16(*pixel)));
        &scratch.pixels
    }

    // Such pixels have 8 bits.
    fn subsampled<'s>(&self, _: (u32, u32), _: usize, scratch: &'s mut Scratch<u16>) -> &'s [u16] {
        &scratch.pixels
    }
}

/// The colours of a palette (tag 320), of 16 bits. Some writers have 8-bit values, which libtiff tells by there being no
/// other.
fn palette(headers: &Headers<'_>) -> Result<Vec<[u16; 3]>> {
    let Pixel { bits, kind, .. } = headers.pixel;
    if bits > 16 || kind == Kind::Float {
        let detail = format!("a palette with {bits} bits per sample; 1 to 16 are supported");
        return Err(Error::unsupported(Format::Tiff, detail));
    }
    let Some(values) = headers.palette else {
        return Err(Error::corrupt(Format::Tiff, "its palette, tag 320, is missing"));
    };
    let count = values.len() / 3;
    let is_8 = (0..values.len()).all(|place| values.get(place).is_none_or(|value| value < 256));
    let sample = |place| {
        let value = values.get(place).unwrap_or(0);
        u16::try_from(if is_8 { value * 257 } else { value }).unwrap_or(u16::MAX)
    };
    let colour = |place| [0, count, 2 * count].map(|start| sample(start + place));
    Ok((0..count.min(1 << bits)).map(colour).collect())
}

/// A colour that was multiplied by its opacity.
fn divided<S: Sample>(colour: S, opacity: S) -> S {
    let (colour, opacity): (u64, u64) = (colour.into(), opacity.into());
    match opacity {
        0 => S::from_u64(0),
        _ => S::from_u64((colour * S::MAX + opacity / 2) / opacity),
    }
}

fn opposite<S: Sample>(sample: S) -> S {
    let sample: u64 = sample.into();
    S::from_u64(S::MAX - sample)
}
