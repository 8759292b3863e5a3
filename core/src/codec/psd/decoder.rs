//! The flattened picture of a PSD.

use thumbox_protocol::Format;

use super::headers::{Headers, Mode};
use super::planes::Planes;
use crate::budget::Budget;
use crate::codec::decoded::{Decoded, Pixels};
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
use crate::codec::lab::{Conversion, Lab};
use crate::codec::packed::Packed;
use crate::colour::Profile;
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture, Sample};
use crate::reduce::Order;

/// A PSD whose sections were walked.
pub(crate) struct Psd<'a> {
    headers: Box<Headers<'a>>,
}

impl<'a> Codec<'a> for Psd<'a> {
    const SIGNATURES: &'static [&'static [u8]] = &[b"8BPS"];

    fn open(data: &'a [u8], _: &'a Budget) -> Result<Self> {
        Ok(Self { headers: Box::new(Headers::read(data)?) })
    }

    fn info(&self) -> &Info {
        &self.headers.info
    }

    fn decode(self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
        let Self { headers } = self;
        if !headers.is_flattened {
            let detail = "it was saved without \"maximize compatibility\", so it has layers and no flattened picture; save it \
                          with that setting, or as a PNG or TIFF";
            return Err(Error::unsupported(Format::Psd, detail));
        }
        let pixels: Pixels<'_> = if headers.depth == 16 {
            read::<u16>(&headers, need, budget)?.into()
        } else {
            read::<u8>(&headers, need, budget)?.into()
        };
        let profile = match headers.mode {
            Mode::Lab | Mode::Bitmap => None,
            _ => Profile::rebuild(headers.profile, budget)?,
        };
        Ok(need.decoded(pixels, profile))
    }
}

/// A sample as a PSD stores it.
trait Stored: Sample {
    /// A row of samples of 8 or 16 bits.
    fn samples(row: &[u8]) -> impl Iterator<Item = Self>;

    /// A pixel of Lab as RGB.
    fn rgb(conversion: &Conversion, lab: [Self; 3]) -> [Self; 3];
}

impl Stored for u8 {
    fn samples(row: &[u8]) -> impl Iterator<Item = Self> {
        row.iter().copied()
    }

    fn rgb(conversion: &Conversion, lab: [Self; 3]) -> [Self; 3] {
        conversion.rgb8(lab).map(Sample::to_8)
    }
}

impl Stored for u16 {
    fn samples(row: &[u8]) -> impl Iterator<Item = Self> {
        row.as_chunks().0.iter().map(|pair| Self::from_be_bytes(*pair))
    }

    fn rgb(conversion: &Conversion, lab: [Self; 3]) -> [Self; 3] {
        conversion.rgb16(lab)
    }
}

/// Reads all rows.
fn read<'b, S: Stored>(
    headers: &Headers<'_>,
    need: &Need,
    budget: &'b Budget,
) -> Result<Picture<'b, S>> {
    let Info { width, height, .. } = headers.info;
    let layout = match headers.mode {
        Mode::Bitmap => Layout::Grey,
        Mode::Indexed if headers.transparent.is_none() => Layout::Rgb,
        Mode::Indexed => Layout::Rgba,
        Mode::Grey if headers.alpha => Layout::GreyAlpha,
        Mode::Grey => Layout::Grey,
        Mode::Rgb | Mode::Lab if headers.alpha => Layout::Rgba,
        Mode::Rgb | Mode::Lab => Layout::Rgb,
        Mode::Cmyk => Layout::Cmyk,
    };
    let shown = headers.mode.planes() + u16::from(headers.alpha);
    // A row of each plane, and one of pixels, by way of bytes, of which each may add some.
    let samples = (u64::from(width) + 8) * (u64::from(shown) + 8) * size_of::<S>() as u64;
    let working = samples + Packed::WORKING + (8 << 10);
    let lab = if headers.mode == Mode::Lab { Conversion::WORKING } else { 0 };
    let _working = budget.charge(working + lab, "decoding the PSD")?;
    let mut planes = Planes::new(headers, shown)?;
    let expansion = Expansion::new(headers);
    let mut reducer = need.reducer::<S>(layout, Order::Down, budget)?;
    let stride = planes.stride;
    let mut rows = vec![0; stride * usize::from(shown)];
    let mut pixels = Vec::with_capacity((width as usize + 8) * layout.channels());
    let mut is_whole = true;
    for y in 0..height {
        let mut first = 0;
        for plane in 0..usize::from(shown) {
            let (before, row) = rows.split_at_mut(plane * stride);
            let row = row.get_mut(..stride).unwrap_or_default();
            let there = planes.read(plane, y, row);
            if plane == 0 {
                first = there;
            }
            if there < stride {
                fill(headers, plane, before, row, there);
                if is_whole {
                    let is_empty = y == 0 && first == 0;
                    need.check_cut(Format::Psd, "its pixels end early", is_empty)?;
                }
                is_whole = false;
            }
        }
        if first == 0 {
            continue;
        }
        expansion.row(&rows, stride, &mut pixels);
        let there = first * 8 / usize::from(headers.depth);
        let shown = pixels.len().min(there.min(width as usize) * layout.channels());
        reducer.put(y, 0, 1, pixels.get(..shown).unwrap_or(&pixels));
    }
    Ok(reducer.finish())
}

/// Fills what is missing of a plane's row, so that what came of those before it can be shown: RGB as grey, Lab without
/// colour, CMYK without ink, and all of it opaque.
fn fill(headers: &Headers<'_>, plane: usize, before: &[u8], row: &mut [u8], there: usize) {
    let missing = row.get_mut(there..).unwrap_or_default();
    match headers.mode {
        Mode::Lab if plane < 3 => missing.fill(0x80),
        Mode::Rgb if (1..3).contains(&plane) => {
            let start = before.len() - before.len() / plane;
            let last = before.get(start + there..).unwrap_or_default();
            missing.iter_mut().zip(last).for_each(|(to, from)| *to = *from);
        }
        _ => missing.fill(0xFF),
    }
}

/// How the planes become pixels.
enum Expansion {
    /// Values of a byte or of bits.
    Packed(Packed),
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    Cmyk,
    Lab(Conversion),
    LabAlpha(Conversion),
}

impl Expansion {
    fn new(headers: &Headers<'_>) -> Self {
        let lab = || Conversion::new(Lab::Icc4);
        match (headers.mode, headers.alpha) {
            (Mode::Bitmap, _) => Self::Packed(Packed::new(&[[255; 4], [0; 4]], 1, Layout::Grey)),
            (Mode::Indexed, _) => Self::Packed(palette(headers)),
            (Mode::Grey, false) => Self::Grey,
            (Mode::Grey, true) => Self::GreyAlpha,
            (Mode::Rgb, false) => Self::Rgb,
            (Mode::Rgb, true) => Self::Rgba,
            (Mode::Cmyk, _) => Self::Cmyk,
            (Mode::Lab, false) => Self::Lab(lab()),
            (Mode::Lab, true) => Self::LabAlpha(lab()),
        }
    }

    /// The pixels of a row, of which `planes` are so many bytes a plane.
    fn row<S: Stored>(&self, planes: &[u8], stride: usize, pixels: &mut Vec<S>) {
        pixels.clear();
        match self {
            Self::Packed(packed) => {
                let mut bytes = Vec::new();
                pixels.extend(packed.row(planes, &mut bytes).iter().map(|byte| S::from_8(*byte)));
            }
            Self::Grey => pixels.extend(S::samples(planes)),
            Self::GreyAlpha => of_planes::<S, 2>(planes, stride, pixels, matted),
            Self::Rgb => of_planes::<S, 3>(planes, stride, pixels, |pixel| pixel),
            Self::Rgba => of_planes::<S, 4>(planes, stride, pixels, matted),
            // Full ink is 0.
            Self::Cmyk => of_planes::<S, 4>(planes, stride, pixels, |inks| {
                inks.map(|ink| S::from_u64(S::MAX - Into::<u64>::into(ink)))
            }),
            Self::Lab(conversion) => {
                of_planes::<S, 3>(planes, stride, pixels, |lab| S::rgb(conversion, lab));
            }
            Self::LabAlpha(conversion) => {
                of_planes::<S, 4>(planes, stride, pixels, |[l, a, b, alpha]| {
                    let [red, green, blue] = S::rgb(conversion, [l, a, b]);
                    [red, green, blue, alpha]
                });
            }
        }
    }
}

/// Pixels of N samples, a plane each.
fn of_planes<S: Stored, const N: usize>(
    planes: &[u8],
    stride: usize,
    pixels: &mut Vec<S>,
    pixel: impl Fn([S; N]) -> [S; N],
) {
    let count = stride / size_of::<S>();
    pixels.resize(count * N, S::default());
    let to = pixels.as_chunks_mut::<N>().0;
    for (plane, row) in planes.chunks_exact(stride).take(N).enumerate() {
        for (to, sample) in to.iter_mut().zip(S::samples(row)) {
            if let Some(to) = to.get_mut(plane) {
                *to = sample;
            }
        }
    }
    to.iter_mut().for_each(|to| *to = pixel(*to));
}

/// Takes the white away that Photoshop puts behind what is transparent.
fn matted<S: Sample, const N: usize>(mut pixel: [S; N]) -> [S; N] {
    if let [colour @ .., alpha] = pixel.as_mut_slice() {
        let alpha = Into::<u64>::into(*alpha);
        if alpha > 0 && alpha < S::MAX {
            for sample in colour {
                let missing = S::MAX - Into::<u64>::into(*sample);
                let missing = (missing * S::MAX + alpha / 2) / alpha;
                *sample = S::from_u64(S::MAX.saturating_sub(missing));
            }
        }
    }
    pixel
}

/// The colours of an indexed picture.
fn palette(headers: &Headers<'_>) -> Packed {
    let third = headers.palette.len() / 3;
    let mut planes = headers.palette.chunks_exact(third.max(1));
    let [red, green, blue] = [(); 3].map(|()| planes.next().unwrap_or_default());
    let colours = red.iter().zip(green).zip(blue).zip(0_u16..).take(256);
    let colours = colours.map(|(((red, green), blue), number)| {
        let is_clear = headers.transparent == Some(number);
        if is_clear { [0; 4] } else { [*red, *green, *blue, 255] }
    });
    let layout = if headers.transparent.is_some() { Layout::Rgba } else { Layout::Rgb };
    Packed::new(&colours.collect::<Vec<_>>(), 8, layout)
}
