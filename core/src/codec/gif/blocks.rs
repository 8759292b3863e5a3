//! The blocks of a GIF (GIF89a specification, sections 17 to 26): its images, and what is said of each.

use crate::cursor::Cursor;

/// An image, and its place on the screen in pixels.
#[derive(Clone)]
pub(super) struct Image<'a> {
    pub(super) left: u16,
    pub(super) top: u16,
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) interlaced: bool,
    /// The colour table, 3 bytes a colour.
    pub(super) table: &'a [u8],
    pub(super) control: Control,
    /// Bits of a colour's index in the compressed data.
    pub(super) code_size: u8,
    /// The compressed data, in sub-blocks, and what follows.
    pub(super) data: &'a [u8],
}

/// What an extension says of the next image (section 23).
#[derive(Clone, Copy, Default)]
pub(super) struct Control {
    pub(super) transparent: Option<u8>,
    /// Hundredths of a second.
    delay: u16,
    /// 0 and 1 leave it, 2 clears its place, 3 restores what was there.
    pub(super) disposal: u8,
}

impl Control {
    pub(super) fn duration_ms(self) -> u32 {
        u32::from(self.delay) * 10
    }
}

/// The colours of an image that has no table. The specification recommends them (section 11).
const BLACK_AND_WHITE: &[u8] = &[0, 0, 0, 255, 255, 255];

impl Image<'_> {
    /// The colours as pixels. `pixel` is told whether the colour is the transparent one.
    pub(super) fn colours<const N: usize>(
        &self,
        pixel: impl Fn([u8; 3], bool) -> [u8; N],
    ) -> Vec<[u8; N]> {
        let colours = (0..=u8::MAX).zip(self.table.as_chunks::<3>().0);
        let transparent = self.control.transparent;
        colours.map(|(index, colour)| pixel(*colour, transparent == Some(index))).collect()
    }
}

/// The images of a file, in their order.
#[derive(Clone)]
pub(super) struct Blocks<'a> {
    cursor: Cursor<'a>,
    screen_table: &'a [u8],
    control: Control,
    /// How often the animation is played, 0 for ever: once where nothing is said.
    pub(super) plays: u16,
    /// Whether the trailer was read.
    ended: bool,
}

impl<'a> Blocks<'a> {
    /// The blocks of a file, and its screen's width and height; `None` where it ends before them.
    pub(super) fn read(data: &'a [u8]) -> Option<(Self, (u16, u16))> {
        let mut cursor = Cursor::at(data, 6);
        let (width, height) = (cursor.u16_le()?, cursor.u16_le()?);
        let [flags, _background, _aspect] = cursor.array()?;
        let screen_table = table(&mut cursor, flags)?;
        let control = Control::default();
        Some((Self { cursor, screen_table, control, plays: 1, ended: false }, (width, height)))
    }

    /// Whether there are no more images because the file says so.
    pub(super) const fn has_ended(&self) -> bool {
        self.ended
    }

    /// An image descriptor with its colour table and the code size of its data, which is passed over.
    fn image(&mut self) -> Option<Image<'a>> {
        let cursor = &mut self.cursor;
        let (left, top) = (cursor.u16_le()?, cursor.u16_le()?);
        let (width, height) = (cursor.u16_le()?, cursor.u16_le()?);
        let flags = cursor.u8()?;
        let own = table(cursor, flags)?;
        let tables = [own, self.screen_table, BLACK_AND_WHITE];
        let table = tables.into_iter().find(|table| !table.is_empty()).unwrap_or_default();
        let code_size = cursor.u8()?;
        let (interlaced, data) = (flags & 0x40 != 0, cursor.rest());
        if skip_blocks(cursor).is_none() {
            // What there is of it is shown; nothing follows.
            self.cursor = Cursor::new(&[]);
        }
        let control = std::mem::take(&mut self.control);
        Some(Image { left, top, width, height, interlaced, table, control, code_size, data })
    }

    /// Passes over an extension, and takes what it says of the next image and of repetitions.
    fn extension(&mut self) -> Option<()> {
        let label = self.cursor.u8()?;
        let mut body = Cursor::new(self.cursor.rest());
        skip_blocks(&mut self.cursor)?;
        match label {
            0xF9 => self.control = control(&mut body).unwrap_or_default(),
            0xFF => self.plays = plays(&mut body).unwrap_or(self.plays),
            _ => {}
        }
        Some(())
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Image<'a>;

    fn next(&mut self) -> Option<Image<'a>> {
        loop {
            match self.cursor.u8()? {
                0x2C => return self.image(),
                0x21 => self.extension()?,
                0x3B => {
                    self.ended = true;
                    self.cursor = Cursor::new(&[]);
                    return None;
                }
                // Between blocks, GIF87a lets anything be.
                _ => {}
            }
        }
    }
}

/// A colour table, if the flags announce one.
fn table<'a>(cursor: &mut Cursor<'a>, flags: u8) -> Option<&'a [u8]> {
    if flags & 0x80 == 0 { Some(&[]) } else { cursor.take(3 << ((flags & 7) + 1)) }
}

/// A graphic control extension's sub-block.
fn control(body: &mut Cursor<'_>) -> Option<Control> {
    let (size, flags) = (body.u8()?, body.u8()?);
    if size < 4 {
        return None;
    }
    let (delay, index) = (body.u16_le()?, body.u8()?);
    let transparent = (flags & 1 != 0).then_some(index);
    Some(Control { transparent, delay, disposal: flags >> 2 & 7 })
}

/// How often Netscape's application extension, or its copy by ANIMEXTS, has the animation played: 0 for ever. Its number is
/// that of repetitions.
fn plays(body: &mut Cursor<'_>) -> Option<u16> {
    let name = body.take(12)?;
    if !matches!(name, b"\x0BNETSCAPE2.0" | b"\x0BANIMEXTS1.0") {
        return None;
    }
    let [_size, kind] = body.array()?;
    let repetitions = body.u16_le()?;
    match (kind & 7, repetitions) {
        (1, 0) => Some(0),
        (1, repetitions) => Some(repetitions.saturating_add(1)),
        _ => None,
    }
}

fn skip_blocks(cursor: &mut Cursor<'_>) -> Option<()> {
    loop {
        match cursor.u8()? {
            0 => return Some(()),
            length => cursor.take(usize::from(length))?,
        };
    }
}
