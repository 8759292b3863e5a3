//! GIF (GIF89a specification, sections 18 to 26 and appendix F): the first image on its screen.

use thumbox_protocol::Format;

use super::decoded::Decoded;
use super::info::Info;
use super::interface::{Codec, Need};
use super::lzw::{Lzw, Packing, ROOM, Stop};
use crate::budget::Budget;
use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::orientation::Orientation;
use crate::picture::Layout;
use crate::reduce::{Order, Reducer};

/// A GIF whose headers were read.
pub(crate) struct Gif<'a> {
    frame: Frame<'a>,
    info: Info,
}

impl<'a> Codec<'a> for Gif<'a> {
    const SIGNATURES: &'static [&'static [u8]] = &[b"GIF87a", b"GIF89a"];

    fn open(data: &'a [u8], _: &'a Budget) -> Result<Self> {
        let Headers { width, height, frame, animated } = headers(data)?;
        let covers = (u32::from(frame.width), u32::from(frame.height)) == (width, height);
        let info = Info {
            format: Format::Gif,
            width,
            height,
            orientation: Orientation::UPRIGHT,
            alpha: frame.transparent.is_some() || !covers,
            animated,
            progressive: frame.interlaced,
            icc: false,
        };
        Ok(Self { frame, info })
    }

    fn info(&self) -> &Info {
        &self.info
    }

    fn decode(self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
        let Self { frame, info } = self;
        let _working = budget.charge(working(&frame), "decoding the GIF")?;
        let layout = if info.alpha { Layout::Rgba } else { Layout::Rgb };
        let order = if frame.interlaced { Order::Any } else { Order::Down };
        let reducer = need.reducer(layout, order, budget)?;
        let picture = if info.alpha {
            let colours = frame.colours(
                |[red, green, blue], transparent| {
                    if transparent { [0; 4] } else { [red, green, blue, 255] }
                },
            );
            draw(&frame, &colours, [0; 4], need, reducer)?.finish()
        } else {
            draw(&frame, &frame.colours(|colour, _| colour), [0; 3], need, reducer)?.finish()
        };
        Ok(need.decoded(picture, None))
    }
}

/// What the blocks up to the second image say.
struct Headers<'a> {
    /// The screen, made larger where the first frame lies beyond it.
    width: u32,
    height: u32,
    /// The first frame.
    frame: Frame<'a>,
    animated: bool,
}

/// An image, and its place on the screen in pixels.
struct Frame<'a> {
    left: u16,
    top: u16,
    width: u16,
    height: u16,
    interlaced: bool,
    /// The colour table, 3 bytes a colour.
    table: &'a [u8],
    transparent: Option<u8>,
    /// Bits of a colour's index in the compressed data.
    code_size: u8,
    /// The compressed data, in sub-blocks, and what follows.
    data: &'a [u8],
}

fn headers(data: &[u8]) -> Result<Headers<'_>> {
    let mut cursor = Cursor::at(data, 6);
    let screen = (|| Some((cursor.u16_le()?, cursor.u16_le()?, cursor.array::<3>()?)))();
    let (width, height, [flags, ..]) = screen.ok_or_else(cut)?;
    let table = table(&mut cursor, flags).ok_or_else(cut)?;
    let mut transparent = None;
    let mut frame = loop {
        match cursor.u8().ok_or_else(cut)? {
            0x2C => break frame(&mut cursor, table, transparent).ok_or_else(cut)?,
            0x21 => transparent = extension(&mut cursor, transparent).ok_or_else(cut)?,
            0x3B => return Err(Error::truncated(Format::Gif, "it ends before its first image")),
            // Between blocks, GIF87a lets anything be.
            _ => {}
        }
    };
    // As browsers do.
    if frame.width == 0 || frame.height == 0 {
        (frame.width, frame.height) = (width, height);
    }
    if frame.width == 0 || frame.height == 0 {
        let detail = format!("its screen and its first image have {width} x {height} pixels");
        return Err(Error::corrupt(Format::Gif, detail));
    }
    // As libvips and Pillow do.
    let width = u32::from(width).max(u32::from(frame.left) + u32::from(frame.width));
    let height = u32::from(height).max(u32::from(frame.top) + u32::from(frame.height));
    Ok(Headers { width, height, animated: another_image(cursor).is_some(), frame })
}

fn cut() -> Error {
    Error::truncated(Format::Gif, "it ends in its headers")
}

/// The colours of an image that has no table. The specification recommends them (section 11).
const BLACK_AND_WHITE: &[u8] = &[0, 0, 0, 255, 255, 255];

/// A colour table, if the flags announce one.
fn table<'a>(cursor: &mut Cursor<'a>, flags: u8) -> Option<&'a [u8]> {
    if flags & 0x80 == 0 { Some(&[]) } else { cursor.take(3 << ((flags & 7) + 1)) }
}

/// An image descriptor with its colour table and the code size of its data.
fn frame<'a>(
    cursor: &mut Cursor<'a>,
    screen_table: &'a [u8],
    transparent: Option<u8>,
) -> Option<Frame<'a>> {
    let (left, top) = (cursor.u16_le()?, cursor.u16_le()?);
    let (width, height) = (cursor.u16_le()?, cursor.u16_le()?);
    let flags = cursor.u8()?;
    let own = table(cursor, flags)?;
    let tables = [own, screen_table, BLACK_AND_WHITE];
    let table = tables.into_iter().find(|table| !table.is_empty()).unwrap_or_default();
    let code_size = cursor.u8()?;
    let (interlaced, data) = (flags & 0x40 != 0, cursor.rest());
    Some(Frame { left, top, width, height, interlaced, table, transparent, code_size, data })
}

/// Skips an extension; gives the next image's transparent colour.
fn extension(cursor: &mut Cursor<'_>, transparent: Option<u8>) -> Option<Option<u8>> {
    let label = cursor.u8()?;
    let mut block = Cursor::new(cursor.rest());
    let fields = block.array::<5>();
    let first = *cursor.rest().get(1)?;
    skip_blocks(cursor)?;
    if label != 0xF9 {
        return Some(transparent);
    }
    // Flags, two bytes of delay, and the index.
    let index = fields.and_then(|[size, .., index]| (size >= 4).then_some(index));
    Some(index.filter(|_| first & 1 != 0))
}

fn skip_blocks(cursor: &mut Cursor<'_>) -> Option<()> {
    loop {
        match cursor.u8()? {
            0 => return Some(()),
            length => cursor.take(usize::from(length))?,
        };
    }
}

/// Whether a second image follows the data of the first.
fn another_image(mut cursor: Cursor<'_>) -> Option<()> {
    skip_blocks(&mut cursor)?;
    loop {
        match cursor.u8()? {
            0x2C => return Some(()),
            0x21 => drop(extension(&mut cursor, None)?),
            0x3B => return None,
            _ => {}
        }
    }
}

impl Frame<'_> {
    /// The colours as pixels. `pixel` is told whether the colour is the transparent one.
    fn colours<const N: usize>(&self, pixel: impl Fn([u8; 3], bool) -> [u8; N]) -> Vec<[u8; N]> {
        let colours = (0..=u8::MAX).zip(self.table.as_chunks::<3>().0);
        colours.map(|(index, colour)| pixel(*colour, self.transparent == Some(index))).collect()
    }
}

/// Bytes of indices that are decompressed at once, at the least.
const DECOMPRESSED: usize = 32 << 10;

/// Bytes of compressed data that are taken out of their sub-blocks at once, at the least.
const JOINED: usize = 4 << 10;

/// Bytes that decoding allocates: the indices, a row of pixels, joined sub-blocks, and the table of strings.
fn working(frame: &Frame<'_>) -> u64 {
    let row = u64::from(frame.width);
    row.max(DECOMPRESSED as u64) + 4 * row + (ROOM + 2 * JOINED) as u64 + Lzw::WORKING
}

/// Decompresses the frame into the reducer. An index beyond the colours becomes `missing`.
fn draw<'b, const N: usize>(
    frame: &Frame<'_>,
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
    fn new(frame: &Frame<'a>) -> Result<Self> {
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
