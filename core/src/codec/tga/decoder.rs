//! The pixels of a TGA.

use thumbox_protocol::Format;

use super::headers::{Alpha, Headers, Pixel, SIGNATURE};
use super::runs::Runs;
use crate::budget::Budget;
use crate::codec::decoded::Decoded;
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
use crate::codec::packed::Packed;
use crate::error::Result;
use crate::picture::Layout;
use crate::reduce::Order;

/// A TGA whose headers were read.
pub(crate) struct Tga<'a> {
    headers: Headers<'a>,
}

impl<'a> Codec<'a> for Tga<'a> {
    const SIGNATURES: &'static [&'static [u8]] = &[];
    const ENDING: &'static [u8] = SIGNATURE;

    fn open(data: &'a [u8], _: &'a Budget) -> Result<Self> {
        Ok(Self { headers: Headers::read(data)? })
    }

    fn info(&self) -> &Info {
        &self.headers.info
    }

    fn decode(self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
        let Self { headers } = self;
        let Info { width, height, .. } = headers.info;
        // A row as it is stored, and as it is shown.
        let _working = budget.charge(u64::from(width) * 8 + Packed::WORKING, "decoding the TGA")?;
        let order = if headers.top_down { Order::Down } else { Order::Rows };
        let mut reducer = need.reducer::<u8>(headers.layout, order, budget)?;
        let channels = headers.layout.channels();
        let mut pixels = Vec::with_capacity(width as usize * channels);
        let is_opaque = headers.alpha == Alpha::Bits && is_transparent(&headers, &mut pixels);
        let mut rows = Rows::new(&headers);
        for index in 0..height {
            let y = if headers.top_down { index } else { height - 1 - index };
            rows.next(&mut pixels);
            if is_opaque {
                pixels
                    .chunks_exact_mut(channels)
                    .filter_map(<[u8]>::last_mut)
                    .for_each(|alpha| *alpha = 255);
            }
            let there = u32::try_from(pixels.len() / channels).unwrap_or(width);
            let x = if headers.mirrored { width - there } else { 0 };
            reducer.put(y, x, 1, &pixels);
            if there < width {
                need.check_cut(Format::Tga, "its pixels end early", index == 0 && there == 0)?;
                break;
            }
        }
        Ok(need.decoded(reducer.finish(), None))
    }
}

/// Whether all of its pixels are transparent. `pixels` is overwritten.
fn is_transparent(headers: &Headers<'_>, pixels: &mut Vec<u8>) -> bool {
    let channels = headers.layout.channels();
    let mut rows = Rows::new(headers);
    headers.layout.has_alpha()
        && (0..headers.info.height).all(|_| {
            rows.next(pixels);
            pixels.chunks_exact(channels).all(|pixel| pixel.last() == Some(&0))
        })
}

/// The rows in the order in which they are stored.
struct Rows<'h, 'a> {
    headers: &'h Headers<'a>,
    packets: Runs<'a>,
    data: &'a [u8],
    /// A row as it is stored.
    stored: Vec<u8>,
    /// The colours of numbers.
    packed: Option<Packed>,
}

impl<'h, 'a> Rows<'h, 'a> {
    fn new(headers: &'h Headers<'a>) -> Self {
        let packed = match &headers.pixel {
            Pixel::Palette(colours) => Some(Packed::new(colours, 8, headers.layout)),
            _ => None,
        };
        let packets = Runs::new(headers.data, headers.bytes);
        let stored = Vec::with_capacity(headers.info.width as usize * headers.bytes);
        Self { headers, packets, data: headers.data, stored, packed }
    }

    /// The next row as it is shown, or what there is of it.
    fn next(&mut self, pixels: &mut Vec<u8>) {
        let Headers { info, layout, pixel, bytes, .. } = self.headers;
        let width = info.width as usize;
        self.stored.clear();
        if self.headers.packed {
            self.packets.read(width, &mut self.stored);
        } else {
            let (row, rest) = self.data.split_at(self.data.len().min(width * bytes));
            self.stored.extend_from_slice(row);
            self.data = rest;
        }
        pixels.clear();
        match (pixel, &self.packed) {
            (_, Some(packed)) => drop(packed.row(&self.stored, pixels)),
            (Pixel::Fields(fields), _) => fields.row(*bytes, &self.stored, pixels),
            (Pixel::Grey16, _) if *layout == Layout::Grey => {
                pixels.extend(self.stored.as_chunks().0.iter().map(|[grey, _]| *grey));
            }
            _ => {
                let whole = self.stored.len() / bytes * bytes;
                pixels.extend_from_slice(self.stored.get(..whole).unwrap_or_default());
            }
        }
        if self.headers.alpha == Alpha::Premultiplied && layout.has_alpha() {
            pixels.chunks_exact_mut(layout.channels()).for_each(divide);
        }
        if self.headers.mirrored {
            match layout.channels() {
                1 => pixels.reverse(),
                2 => pixels.as_chunks_mut::<2>().0.reverse(),
                3 => pixels.as_chunks_mut::<3>().0.reverse(),
                _ => pixels.as_chunks_mut::<4>().0.reverse(),
            }
        }
    }
}

/// Divides a pixel's colour by its alpha.
fn divide(pixel: &mut [u8]) {
    let [colour @ .., alpha] = pixel else { return };
    let alpha = u32::from(*alpha);
    for sample in colour {
        let divided = (u32::from(*sample) * 255 + alpha / 2).checked_div(alpha).unwrap_or(0);
        *sample = u8::try_from(divided).unwrap_or(u8::MAX);
    }
}
