//! The pixels of a BMP.

use thumbox_protocol::Format;

use super::headers::{Headers, Pixels};
use super::rle::Runs;
use crate::budget::Budget;
use crate::codec::decoded::Decoded;
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
use crate::codec::packed::Packed;
use crate::error::Result;
use crate::picture::Layout;
use crate::reduce::Order;

/// A BMP whose headers were read.
pub(crate) struct Bmp<'a> {
    headers: Headers<'a>,
}

impl<'a> Codec<'a> for Bmp<'a> {
    const SIGNATURES: &'static [&'static [u8]] = &[b"BM"];

    fn open(data: &'a [u8], _: &'a Budget) -> Result<Self> {
        Ok(Self { headers: Headers::of_file(data)? })
    }

    fn info(&self) -> &Info {
        &self.headers.info
    }

    fn decode(self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
        let Self { headers } = self;
        let Info { width, height, alpha, .. } = headers.info;
        // A masked row is made of another one.
        let row = u64::from(width) * if headers.mask.is_some() { 9 } else { 5 } + 64;
        let _working = budget.charge(row + Packed::WORKING + (8 << 10), "decoding the BMP")?;
        let layout = if alpha { Layout::Rgba } else { Layout::Rgb };
        let order = if headers.top_down { Order::Down } else { Order::Rows };
        let mut reducer = need.reducer::<u8>(layout, order, budget)?;
        let mut rows = Rows::new(&headers);
        let (mut pixels, mut masked) = (Vec::new(), Vec::new());
        for index in 0..height {
            let y = if headers.top_down { index } else { height - 1 - index };
            let row = rows.next(&mut pixels);
            if let Some(mask) = &headers.mask {
                mask.apply(index, headers.channels(), row.pixels, &mut masked);
                reducer.put(y, 0, 1, &masked);
            } else {
                reducer.put(y, 0, 1, row.pixels);
            }
            if row.is_cut {
                let is_empty = index == 0 && row.pixels.is_empty();
                need.check_cut(Format::Bmp, "its pixels end early", is_empty)?;
                break;
            }
        }
        Ok(need.decoded(reducer.finish(), None))
    }
}

impl<'a> Bmp<'a> {
    /// Opens a bitmap of an icon or a cursor.
    ///
    /// # Errors
    /// As [`Codec::open`].
    pub(in crate::codec) fn of_icon(bitmap: &'a [u8]) -> Result<Self> {
        Ok(Self { headers: Headers::of_icon(bitmap)? })
    }
}

/// The rows in the order in which they are stored.
struct Rows<'h, 'a> {
    headers: &'h Headers<'a>,
    source: Source<'a>,
    /// Pixels of a row.
    width: usize,
}

/// Where rows come from.
enum Source<'a> {
    /// From bytes of which so many are a row.
    Stored { data: &'a [u8], stride: usize, packed: Option<Packed> },
    /// From runs, by way of a row of colour numbers.
    Runs { runs: Runs<'a>, numbers: Vec<u8>, packed: Packed },
}

/// A row, or what there is of it.
struct Row<'p> {
    pixels: &'p [u8],
    is_cut: bool,
}

impl<'h, 'a> Rows<'h, 'a> {
    fn new(headers: &'h Headers<'a>) -> Self {
        let Headers { pixels, depth, data, .. } = headers;
        let width = headers.info.width as usize;
        let stride = (u64::from(headers.info.width) * u64::from(*depth)).div_ceil(32) * 4;
        let stride = usize::try_from(stride).unwrap_or(usize::MAX);
        let packed = |colours: &[[u8; 4]], depth: u16| {
            Packed::new(colours, u8::try_from(depth).unwrap_or(8), Layout::Rgb)
        };
        let source = match pixels {
            Pixels::Palette(palette) => {
                let packed = Some(packed(&palette.colours(), *depth));
                Source::Stored { data, stride, packed }
            }
            Pixels::Runs(palette) => {
                let (runs, numbers) = (Runs::new(data, *depth == 4), vec![0; width]);
                Source::Runs { runs, numbers, packed: packed(&palette.colours(), 8) }
            }
            Pixels::Bgr | Pixels::Fields(_) => Source::Stored { data, stride, packed: None },
        };
        Self { headers, source, width }
    }

    fn next<'p>(&mut self, to: &'p mut Vec<u8>) -> Row<'p> {
        to.clear();
        match &mut self.source {
            Source::Runs { runs, numbers, packed } => match runs.next(numbers) {
                Some(()) => Row { pixels: packed.row(numbers, to), is_cut: false },
                None => Row { pixels: to, is_cut: true },
            },
            Source::Stored { data, stride, packed } => {
                let (stored, rest) = data.split_at_checked(*stride).unwrap_or((*data, &[]));
                *data = rest;
                let bits = usize::from(self.headers.depth);
                // What fills the row up may be missing.
                let there = self.width.min(stored.len().saturating_mul(8) / bits);
                let stored = stored.get(..(there * bits).div_ceil(8)).unwrap_or(stored);
                let channels = match (&self.headers.pixels, packed) {
                    (_, Some(packed)) => {
                        packed.row(stored, to);
                        3
                    }
                    (Pixels::Fields(fields), _) => {
                        fields.row(bits / 8, stored, to);
                        self.headers.channels()
                    }
                    _ => {
                        to.extend(
                            stored
                                .as_chunks()
                                .0
                                .iter()
                                .flat_map(|[b, g, r]: &[u8; 3]| [*r, *g, *b]),
                        );
                        3
                    }
                };
                let pixels: &[u8] = to;
                let pixels = pixels.get(..there * channels).unwrap_or(pixels);
                Row { pixels, is_cut: there < self.width }
            }
        }
    }
}
