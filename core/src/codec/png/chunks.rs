//! The chunks of a PNG (W3C PNG, third edition, sections 5 and 11): what stands before its image data.

use thumbox_protocol::Format;

use crate::codec::exif;
use crate::codec::info::Info;
use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::orientation::Orientation;

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// What the pixels are made of (section 11.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colours {
    Grey,
    Rgb,
    Palette,
    GreyAlpha,
    Rgba,
}

impl Colours {
    /// The colour type of IHDR, with its depths.
    fn of(number: u8) -> Option<(Self, &'static [u8])> {
        Some(match number {
            0 => (Self::Grey, &[1, 2, 4, 8, 16]),
            2 => (Self::Rgb, &[8, 16]),
            3 => (Self::Palette, &[1, 2, 4, 8]),
            4 => (Self::GreyAlpha, &[8, 16]),
            6 => (Self::Rgba, &[8, 16]),
            _ => return None,
        })
    }

    pub(super) const fn channels(self) -> usize {
        match self {
            Self::Grey | Self::Palette => 1,
            Self::GreyAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }
}

/// The bodies of the chunks that say what colours mean.
#[derive(Clone, Copy, Default)]
pub(super) struct ColourChunks<'a> {
    pub(super) cicp: Option<&'a [u8; 4]>,
    pub(super) iccp: Option<&'a [u8]>,
    pub(super) srgb: Option<&'a [u8]>,
    pub(super) gama: Option<&'a [u8]>,
    pub(super) chrm: Option<&'a [u8]>,
}

/// What the chunks say that decoding needs.
pub(super) struct Headers<'a> {
    pub(super) info: Info,
    pub(super) colours: Colours,
    /// Bits of a sample: 1, 2, 4, 8 or 16.
    pub(super) depth: u8,
    /// Three bytes a colour.
    pub(super) palette: &'a [u8],
    /// The opacity of the palette's colours, or the transparent colour.
    pub(super) transparency: Option<&'a [u8]>,
    pub(super) colour_chunks: ColourChunks<'a>,
    /// The file from its first IDAT chunk on; of a frame, from its first IDAT or fdAT chunk on.
    pub(super) data: &'a [u8],
    /// The file after its header.
    pub(super) chunks: &'a [u8],
    /// How often an animation is played, 0 for ever (section 11.3.6.1).
    pub(super) plays: u32,
    /// A chunk before the image data whose checksum has to be right where damage is refused.
    checked: Vec<Chunk<'a>>,
}

impl<'a> Headers<'a> {
    pub(super) fn read(file: &'a [u8]) -> Result<Self> {
        let mut cursor = Cursor::at(file, SIGNATURE.len());
        let header = chunk(&mut cursor).filter(|chunk| chunk.whole);
        let header =
            header.ok_or_else(|| Error::truncated(Format::Png, "it ends in its header"))?;
        let mut headers = Self { chunks: cursor.rest(), ..Self::start(header)? };
        loop {
            let rest = cursor.rest();
            let Some(chunk) = chunk(&mut cursor) else { break };
            match &chunk.kind {
                b"IEND" => break,
                b"IDAT" if headers.data.is_empty() => headers.data = rest,
                _ => headers.take(chunk),
            }
        }
        Ok(headers)
    }

    /// From IHDR.
    fn start(chunk: Chunk<'a>) -> Result<Self> {
        let corrupt = |detail: String| Error::corrupt(Format::Png, detail);
        if chunk.kind != *b"IHDR" {
            return Err(corrupt("its first chunk is not IHDR".into()));
        }
        let mut fields = Cursor::new(chunk.body);
        let fields = (|| Some((fields.u32_be()?, fields.u32_be()?, fields.array::<5>()?)))();
        let (width, height, [depth, colour_type, compression, filter, interlace]) =
            fields.ok_or_else(|| corrupt("its header is too short".into()))?;
        let most = i32::MAX.cast_unsigned();
        if width == 0 || height == 0 || width > most || height > most {
            let detail = format!("its dimensions are {width} x {height}; 1 to {most} is allowed");
            return Err(corrupt(detail));
        }
        let colours = Colours::of(colour_type).filter(|(_, depths)| depths.contains(&depth));
        let Some((colours, _)) = colours else {
            let detail = format!("it has colour type {colour_type} with {depth} bits a sample");
            return Err(corrupt(detail));
        };
        if compression != 0 || filter != 0 || interlace > 1 {
            return Err(corrupt(format!(
                "its compression, filter and interlace methods are {compression}, {filter} and {interlace}; 0, 0 and 0 \
                 or 1 is allowed"
            )));
        }
        let info = Info {
            format: Format::Png,
            width,
            height,
            orientation: Orientation::UPRIGHT,
            alpha: matches!(colours, Colours::GreyAlpha | Colours::Rgba),
            animated: false,
            progressive: interlace == 1,
            icc: false,
        };
        Ok(Self {
            info,
            colours,
            depth,
            palette: &[],
            transparency: None,
            colour_chunks: ColourChunks::default(),
            data: &[],
            chunks: &[],
            plays: 1,
            checked: vec![chunk],
        })
    }

    /// Takes what a chunk says. Most count only before the image data.
    fn take(&mut self, chunk: Chunk<'a>) {
        let before_data = self.data.is_empty();
        match &chunk.kind {
            b"PLTE" if before_data => {
                self.palette = chunk.body;
                self.checked.push(chunk);
            }
            b"tRNS" if before_data => {
                self.info.alpha = true;
                self.transparency = Some(chunk.body);
                self.checked.push(chunk);
            }
            b"acTL" if before_data => {
                self.info.animated = true;
                self.plays = Cursor::at(chunk.body, 4).u32_be().unwrap_or(1);
            }
            b"iCCP" if before_data && chunk.whole => {
                self.info.icc = true;
                self.colour_chunks.iccp = Some(chunk.body);
            }
            b"cICP" if before_data => self.colour_chunks.cicp = chunk.body.first_chunk(),
            b"sRGB" if before_data => self.colour_chunks.srgb = Some(chunk.body),
            b"gAMA" if before_data => self.colour_chunks.gama = Some(chunk.body),
            b"cHRM" if before_data => self.colour_chunks.chrm = Some(chunk.body),
            b"eXIf" if chunk.whole => self.info.orientation = exif::orientation(chunk.body),
            _ => {}
        }
    }

    /// Checks what decoding depends on and what one chunk does not say of another.
    ///
    /// # Errors
    /// 201, and 202 for a file without image data.
    pub(super) fn check(&self) -> Result<()> {
        if self.data.is_empty() {
            return Err(Error::truncated(Format::Png, "it ends before its image data"));
        }
        if self.colours == Colours::Palette && self.palette.len() < 3 {
            let length = self.palette.len();
            let detail = format!("its palette has {length} bytes; 3 for each colour are needed");
            return Err(Error::corrupt(Format::Png, detail));
        }
        Ok(())
    }

    /// Compares the checksums of all chunks that the pixels depend on.
    ///
    /// # Errors
    /// 201 for a wrong one.
    pub(super) fn check_checksums(&self) -> Result<()> {
        let data = DataChunks::of(self.data).map(|chunk| (chunk.kind, chunk.body, chunk.checksum));
        let before = self.checked.iter().map(|chunk| (chunk.kind, chunk.body, chunk.checksum));
        for (kind, body, checksum) in before.chain(data) {
            let mut hasher = crc32fast::Hasher::new();
            hasher.update(&kind);
            hasher.update(body);
            let computed = hasher.finalize();
            if checksum.is_some_and(|checksum| checksum != computed) {
                let detail = format!(
                    "the checksum of its {} chunk is wrong: {:08x} instead of {computed:08x}",
                    kind.escape_ascii(),
                    checksum.unwrap_or_default()
                );
                return Err(Error::corrupt(Format::Png, detail));
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
pub(super) struct Chunk<'a> {
    pub(super) kind: [u8; 4],
    pub(super) body: &'a [u8],
    /// Whether the whole body is there.
    whole: bool,
    checksum: Option<u32>,
}

pub(super) fn chunk<'a>(cursor: &mut Cursor<'a>) -> Option<Chunk<'a>> {
    let length = usize::try_from(cursor.u32_be()?).ok()?;
    let kind = cursor.array()?;
    let body = cursor.take_up_to(length);
    let whole = body.len() == length;
    let checksum = cursor.take_up_to(4).first_chunk().map(|bytes| u32::from_be_bytes(*bytes));
    Some(Chunk { kind, body, whole, checksum })
}

/// The IDAT or fdAT chunks that follow each other, in a file from the first of them on.
pub(super) struct DataChunks<'a> {
    cursor: Cursor<'a>,
    kind: [u8; 4],
}

impl<'a> DataChunks<'a> {
    pub(super) fn of(data: &'a [u8]) -> Self {
        let kind = data.get(4..8).and_then(|kind| kind.first_chunk()).copied();
        let kind = kind.filter(|kind| kind == FRAME_DATA).unwrap_or(*b"IDAT");
        Self { cursor: Cursor::new(data), kind }
    }
}

/// A chunk of a later frame's data, which has a number before it (section 11.3.6.3).
pub(super) const FRAME_DATA: &[u8; 4] = b"fdAT";

impl<'a> Iterator for DataChunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let chunk = chunk(&mut self.cursor).filter(|chunk| chunk.kind == self.kind)?;
        if self.kind != *FRAME_DATA {
            return Some(chunk);
        }
        Some(Chunk { body: chunk.body.get(4..).unwrap_or_default(), ..chunk })
    }
}
