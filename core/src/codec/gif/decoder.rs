//! The pixels of a GIF's images (GIF89a specification, sections 20 to 22, appendices E and F).

use thumbox_protocol::Format;

use super::blocks::Image;
use crate::budget::Budget;
use crate::codec::interface::Need;
use crate::codec::lzw::{Lzw, Packing, ROOM, Stop};
use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture};
use crate::reduce::{Order, Reducer};

/// Decodes an image onto a picture of the size that `need` tells.
pub(super) fn decode<'b>(
    image: &Image<'_>,
    alpha: bool,
    need: &Need,
    budget: &'b Budget,
) -> Result<Picture<'b>> {
    let _working = budget.charge(working(image), "decoding the GIF")?;
    let layout = if alpha { Layout::Rgba } else { Layout::Rgb };
    let order = if image.interlaced { Order::Any } else { Order::Down };
    let reducer = need.reducer(layout, order, budget)?;
    if alpha {
        let colours = image.colours(
            |[red, green, blue], transparent| {
                if transparent { [0; 4] } else { [red, green, blue, 255] }
            },
        );
        Ok(draw(image, &colours, [0; 4], need, reducer)?.finish())
    } else {
        Ok(draw(image, &image.colours(|colour, _| colour), [0; 3], need, reducer)?.finish())
    }
}

/// Bytes of indices that are decompressed at once, at the least.
const DECOMPRESSED: usize = 32 << 10;

/// Bytes of compressed data that are taken out of their sub-blocks at once, at the least.
const JOINED: usize = 4 << 10;

/// Bytes that decoding allocates: the indices, a row of pixels, joined sub-blocks, and the table of strings.
fn working(frame: &Image<'_>) -> u64 {
    let row = u64::from(frame.width);
    row.max(DECOMPRESSED as u64) + 4 * row + (ROOM + 2 * JOINED) as u64 + Lzw::WORKING
}

/// Decompresses the frame into the reducer. An index beyond the colours becomes `missing`.
fn draw<'b, const N: usize>(
    frame: &Image<'_>,
    colours: &[[u8; N]],
    missing: [u8; N],
    need: &Need,
    mut reducer: Reducer<'b, u8>,
) -> Result<Reducer<'b, u8>> {
    let width = usize::from(frame.width);
    let mut rows = Rows::of(frame.height, frame.interlaced);
    let mut indices = Indices::new(frame)?;
    let mut pixels: Vec<[u8; N]> = Vec::with_capacity(width);
    let rows_at_once = (DECOMPRESSED / width.max(1)).max(1);
    let mut buffer = vec![0; rows_at_once * width + ROOM];
    // Indices that were decompressed beyond the last row.
    let mut held = 0;
    let mut pixels_left = u32::from(frame.width) * u32::from(frame.height);
    let mut is_empty = true;
    while pixels_left > 0 {
        let fitting = (rows_at_once * width).min(pixels_left as usize);
        let to = buffer.get_mut(held..).unwrap_or_default();
        held += indices.read(to, fitting.saturating_sub(held));
        let filled = held.min(fitting);
        for indices in buffer.get(..filled).unwrap_or_default().chunks(width) {
            let Some(y) = rows.next() else { break };
            let y = u32::from(frame.top) + u32::from(y);
            pixels.clear();
            pixels.extend(
                indices
                    .iter()
                    .map(|index| colours.get(usize::from(*index)).copied().unwrap_or(missing)),
            );
            reducer.put(y, frame.left.into(), 1, pixels.as_flattened());
        }
        buffer.copy_within(filled..held, 0);
        held -= filled;
        is_empty &= filled == 0;
        pixels_left -= u32::try_from(filled).unwrap_or(pixels_left);
        if filled == fitting {
            continue;
        }
        if indices.stop == Stop::Broken {
            let detail = "its compressed data has a code that stands for nothing";
            need.check_damaged(Error::corrupt(Format::Gif, detail), is_empty)?;
            break;
        }
        need.check_cut(Format::Gif, "its image data ends early", is_empty)?;
        break;
    }
    Ok(reducer)
}

/// The rows of an image in the order in which they are stored (appendix E).
struct Rows {
    height: u16,
    next: u16,
    /// The pass; 4 if there are none.
    pass: usize,
}

impl Rows {
    /// First row and step of each pass, and of all rows in one.
    const PASSES: [(u16, u16); 5] = [(0, 8), (4, 8), (2, 4), (1, 2), (0, 1)];

    const fn of(height: u16, interlaced: bool) -> Self {
        Self { height, next: 0, pass: if interlaced { 0 } else { 4 } }
    }
}

impl Iterator for Rows {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        while self.next >= self.height {
            self.pass = if self.pass < 3 { self.pass + 1 } else { return None };
            self.next = Self::PASSES.get(self.pass)?.0;
        }
        let row = self.next;
        self.next = row.saturating_add(Self::PASSES.get(self.pass)?.1);
        Some(row)
    }
}

/// Colour indices, decompressed from sub-blocks (appendix F).
struct Indices<'a> {
    codes: Lzw,
    blocks: Cursor<'a>,
    /// The data of some sub-blocks.
    data: Vec<u8>,
    /// The bit of it that is read next.
    at: usize,
    /// Why reading stopped last.
    stop: Stop,
}

impl<'a> Indices<'a> {
    fn new(frame: &Image<'a>) -> Result<Self> {
        let size = frame.code_size;
        if !(1..=11).contains(&size) {
            let detail = format!("its code size is {size}; 1 to 11 is allowed");
            return Err(Error::corrupt(Format::Gif, detail));
        }
        Ok(Self {
            codes: Lzw::new(size.into(), Packing::LeastFirst),
            blocks: Cursor::new(frame.data),
            data: Vec::with_capacity(2 * JOINED),
            at: 0,
            stop: Stop::Enough,
        })
    }

    /// Makes `enough` indices, or fewer where the data ends or is broken. `to` has [`ROOM`] for more than those.
    fn read(&mut self, to: &mut [u8], enough: usize) -> usize {
        let mut filled = 0;
        while filled < enough && matches!(self.stop, Stop::Enough | Stop::NoData) {
            let to = to.get_mut(filled..).unwrap_or_default();
            let (made, stop) =
                self.codes.read(Packing::LeastFirst, &self.data, &mut self.at, to, enough - filled);
            (filled, self.stop) = (filled + made, stop);
            if stop == Stop::NoData && !self.join() {
                break;
            }
        }
        filled
    }

    /// Goes on to the next sub-blocks. Says whether there are any.
    fn join(&mut self) -> bool {
        self.data.drain(..self.at / 8);
        self.at %= 8;
        let held = self.data.len();
        while self.data.len() < JOINED {
            match self.blocks.u8() {
                None | Some(0) => break,
                Some(length) => self.data.extend(self.blocks.take_up_to(length.into())),
            }
        }
        self.data.len() > held
    }
}
