//! Where the strips or tiles lie, in the picture and in the file.

use thumbox_protocol::Format;

use super::tags;
use crate::budget::{Budget, Charge};
use crate::codec::directory::Directory;
use crate::codec::ifd::Numbers;
use crate::codec::interface::Need;
use crate::error::{Error, Result};
use crate::reduce::Order;

/// The strips or tiles of a picture.
#[derive(Clone, Copy)]
pub(super) struct Chunks<'a> {
    /// The picture's size, in pixels.
    width: u32,
    height: u32,
    /// A chunk's size, in pixels. The last strip may be shorter; tiles reach beyond the picture.
    pub(super) chunk_width: u32,
    pub(super) chunk_height: u32,
    /// Planes, each with chunks of its own; 1 where all samples of a pixel lie together.
    pub(super) planes: u32,
    tiled: bool,
    /// Bytes that a chunk has at the least, whatever is said of it.
    least: u64,
    offsets: Numbers<'a>,
    counts: Option<Numbers<'a>>,
}

/// Where a chunk lies in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Its number in the first plane.
    number: u64,
    /// Its first pixel.
    pub(super) x: u32,
    pub(super) y: u32,
    /// Rows of it that are in the picture.
    pub(super) rows: u32,
    /// Columns of it that are in the picture.
    pub(super) columns: u32,
}

impl<'a> Chunks<'a> {
    /// What a directory says. `planes`: how many planes there are, where they lie apart.
    ///
    /// # Errors
    /// 201 for tiles without a size, and where there are neither strips nor tiles.
    pub(super) fn read(
        directory: &Directory<'a>,
        (width, height): (u32, u32),
        planes: Option<u32>,
    ) -> Result<Self> {
        let tiles = directory.numbers(tags::TILE_OFFSETS);
        let strips = directory.numbers(tags::STRIP_OFFSETS);
        let tile_width = directory.number(tags::TILE_WIDTH);
        let tiled = tile_width.is_some() && tiles.or(strips).is_some();
        let (offsets, counts) = if tiled && tiles.is_some() {
            (tiles, tags::TILE_BYTE_COUNTS)
        } else {
            (strips, tags::STRIP_BYTE_COUNTS)
        };
        let Some(offsets) = offsets else {
            let detail = "it has neither strips (tag 273) nor tiles (tags 322 and 324)";
            return Err(Error::corrupt(Format::Tiff, detail));
        };
        let side = |tag, number: Option<u64>, of: u32| match number {
            Some(0) | None if tiled => {
                let detail = format!("tag {tag}, a side of its tiles, is missing or 0");
                Err(Error::corrupt(Format::Tiff, detail))
            }
            Some(0) | None => Ok(of),
            // What is beyond the picture is not read, whatever is said of it. A strip ends with the picture.
            Some(number) => Ok(u32::try_from(number).unwrap_or(u32::MAX).min(match tiled {
                true => 1 << 31,
                false => of,
            })),
        };
        let (chunk_width, chunk_height) = if tiled {
            let tile_length = directory.number(tags::TILE_LENGTH);
            (
                side(tags::TILE_WIDTH, tile_width, width)?,
                side(tags::TILE_LENGTH, tile_length, height)?,
            )
        } else {
            let rows = directory.number(tags::ROWS_PER_STRIP);
            (width, side(tags::ROWS_PER_STRIP, rows, height)?)
        };
        Ok(Self {
            width,
            height,
            chunk_width,
            chunk_height,
            planes: planes.unwrap_or(1),
            tiled,
            least: 0,
            offsets,
            counts: directory.numbers(counts).filter(|counts| counts.len() > 0),
        })
    }

    fn across(&self) -> u32 {
        self.width.div_ceil(self.chunk_width)
    }

    fn down(&self) -> u32 {
        self.height.div_ceil(self.chunk_height)
    }

    /// Chunks of a plane.
    fn per_plane(&self) -> u64 {
        u64::from(self.across()) * u64::from(self.down())
    }

    /// Where the first one begins, if the file says it.
    pub(super) fn first_offset(&self) -> Option<u64> {
        self.offsets.get(0)
    }

    /// The same, where a single chunk is known to have so many bytes at the least: it is not compressed. libtiff does not
    /// believe a count that is too small either.
    pub(super) fn of_at_least(self, least: u64) -> Self {
        if self.is_one() { Self { least, ..self } } else { self }
    }

    /// Whether they are tiles, which are all of one size.
    pub(super) const fn are_tiles(&self) -> bool {
        self.tiled
    }

    /// Whether one chunk is the whole picture.
    pub(super) fn is_one(&self) -> bool {
        self.per_plane() == 1 && self.planes == 1
    }

    /// The order in which rows come if chunks are read one after the other.
    pub(super) const fn order(&self) -> Order {
        if self.chunk_width < self.width { Order::Any } else { Order::Down }
    }

    /// Whether the file says where each chunk of the first plane is.
    pub(super) fn are_listed(&self) -> bool {
        self.offsets.len() as u64 >= self.per_plane()
    }

    /// The places that thumbnails read.
    pub(super) fn needed(self, need: &Need) -> impl Iterator<Item = Place> {
        let (columns, rows) = (need.across.stored(), need.down.stored());
        self.places().filter(move |place| {
            place.x < columns.end
                && place.x + place.columns > columns.start
                && place.y < rows.end
                && place.y + place.rows > rows.start
        })
    }

    /// The chunks of the first plane that are in the file, from the top.
    pub(super) fn places(self) -> impl Iterator<Item = Place> {
        let listed = (self.offsets.len() as u64).min(self.per_plane());
        let across = u64::from(self.across());
        (0..listed).map(move |number| {
            // Both are below the sides, which have 32 bits.
            let at = |number: u64, side: u32| u32::try_from(number * u64::from(side)).unwrap_or(0);
            let x = at(number % across, self.chunk_width);
            let y = at(number / across, self.chunk_height);
            Place {
                number,
                x,
                y,
                rows: self.chunk_height.min(self.height - y),
                columns: self.chunk_width.min(self.width - x),
            }
        })
    }

    /// The bytes of a chunk in the file; fewer where the file ends, none where it is not listed.
    pub(super) fn bytes(
        &self,
        place: &Place,
        plane: u32,
        extents: &Extents<'_>,
        data: &'a [u8],
    ) -> &'a [u8] {
        let number = place.number + u64::from(plane) * self.per_plane();
        let offset = usize::try_from(number).ok().and_then(|number| self.offsets.get(number));
        let Some(offset) = offset.filter(|offset| *offset != 0) else { return &[] };
        let end = self.end(number, offset, extents).min(data.len() as u64);
        let range = usize::try_from(offset).ok().zip(usize::try_from(end).ok());
        range.and_then(|(start, end)| data.get(start..end)).unwrap_or_default()
    }

    /// Where a chunk ends: as its count says, else where the next one begins.
    fn end(&self, number: u64, offset: u64, extents: &Extents<'_>) -> u64 {
        let count = usize::try_from(number).ok();
        let count = count.and_then(|number| self.counts?.get(number)).filter(|count| *count > 0);
        match count {
            Some(count) => offset.saturating_add(count.max(self.least)),
            None => extents.next(offset),
        }
    }

    /// Looks at where all chunks lie.
    ///
    /// # Errors
    /// 201 where two share bytes: a file of a few kilobytes would be decompressed thousands of times. 301 when the budget
    /// does not cover a list of them.
    pub(super) fn extents<'b>(&self, length: u64, budget: &'b Budget) -> Result<Extents<'b>> {
        let listed = (self.offsets.len() as u64).min(self.per_plane() * u64::from(self.planes));
        let charge = budget.charge(listed * 24, "the places of the TIFF's strips or tiles")?;
        let places = 0..usize::try_from(listed).unwrap_or(usize::MAX);
        let places = places.filter_map(|number| Some((number, self.offsets.get(number)?)));
        let places = places.filter(|(_, offset)| (1..length).contains(offset));
        let mut starts: Vec<u64> = places.clone().map(|(_, offset)| offset).collect();
        starts.sort_unstable();
        let extents = Extents { starts, length, _charge: charge };
        let mut ranges: Vec<(u64, u64)> = places
            .map(|(number, offset)| (offset, self.end(number as u64, offset, &extents).min(length)))
            .collect();
        ranges.sort_unstable();
        for pair in ranges.windows(2) {
            if let [(_, end), (start, _)] = pair
                && start < end
            {
                let detail = format!("two of its strips or tiles share byte {start} of the file");
                return Err(Error::corrupt(Format::Tiff, detail));
            }
        }
        Ok(extents)
    }
}

/// Where chunks begin.
pub(super) struct Extents<'b> {
    /// In order.
    starts: Vec<u64>,
    /// Bytes of the file.
    length: u64,
    _charge: Charge<'b>,
}

impl Extents<'_> {
    /// Where the chunk after the one at `offset` begins; the end of the file for the last.
    fn next(&self, offset: u64) -> u64 {
        let place = self.starts.partition_point(|start| *start <= offset);
        self.starts.get(place).copied().unwrap_or(self.length)
    }
}
