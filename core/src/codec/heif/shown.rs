//! What of a file is shown: the primary item, or what it is derived from (ISO/IEC 23008-12, section 6.6.2).

use thumbox_protocol::Format;

use super::items::{Id, Items};
use super::properties::{CodePoints, Property};
use super::turns::View;
use crate::budget::Budget;
use crate::codec::reads::is_read;
use crate::colour::{Profile, code_points};
use crate::cursor::Cursor;
use crate::error::{Error, Result};

/// How often an item may say that it is another one, turned.
const MOST_DERIVED: usize = 8;

/// What auxiliary pictures of alpha are called.
pub(super) const ALPHA: [&[u8]; 2] =
    [b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1"];

/// What is shown.
pub(super) struct Shown<'a> {
    pub(super) view: View,
    pub(super) picture: Source,
    pub(super) alpha: Option<Source>,
    /// Whether its colours are multiplied by its alpha.
    pub(super) is_premultiplied: bool,
    pub(super) icc: Option<&'a [u8]>,
    pub(super) code_points: Option<CodePoints>,
}

/// Coded pictures: one, or several side by side.
pub(super) struct Source {
    /// How they are coded: as those of an AVIF, or as those of a HEIC.
    pub(super) coding: Format,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Pixels of each coded picture.
    pub(super) tile: (u32, u32),
    pub(super) columns: u32,
    /// From left to right, row after row.
    pub(super) tiles: Vec<Id>,
}

/// What an item's properties say.
struct Said<'a> {
    size: Option<(u32, u32)>,
    turns: Vec<Property<'a>>,
    icc: Option<&'a [u8]>,
    code_points: Option<CodePoints>,
}

impl<'a> Shown<'a> {
    pub(super) fn find(items: &Items<'a>, budget: &'a Budget) -> Result<Self> {
        let mut id = items.primary;
        let mut turns = Vec::new();
        let (mut icc, mut code_points) = (None, None);
        for _ in 0..MOST_DERIVED {
            let said = said(items, id)?;
            turns.push(said.turns);
            icc = icc.or(said.icc);
            code_points = code_points.or(said.code_points);
            if items.kind(id) == Some(*b"iden") {
                id = *items.referred(b"dimg", id).first().ok_or_else(|| {
                    Error::corrupt(items.format, format!("item {id} is derived from no other"))
                })?;
                continue;
            }
            let picture = Source::of(items, id, budget)?;
            if let Some(tile) = picture.tiles.first().filter(|tile| **tile != id) {
                let tile = self::said(items, *tile)?;
                icc = icc.or(tile.icc);
                code_points = code_points.or(tile.code_points);
            }
            let mut view = View::all(picture.width, picture.height);
            // What is closest to the coded picture is done first.
            for turn in turns.iter().rev().flatten() {
                view = view.after(turn).ok_or_else(|| {
                    Error::corrupt(items.format, "its clean aperture has no pixel")
                })?;
            }
            let of_whole = alpha_of(items, items.primary).or_else(|| alpha_of(items, id));
            let alpha = match of_whole {
                Some(alpha) => Some(picture.alpha(items, alpha, budget)?),
                None => picture.alpha_of_tiles(items)?,
            };
            // One of another size cannot be laid over the picture.
            let fits =
                |alpha: &Source| (alpha.width, alpha.height) == (picture.width, picture.height);
            let is_premultiplied = of_whole.is_some_and(|alpha| {
                [items.primary, id].iter().any(|id| items.referred(b"prem", *id).contains(&alpha))
            });
            let alpha = alpha.filter(fits);
            return Ok(Self { view, alpha, is_premultiplied, picture, icc, code_points });
        }
        Err(Error::corrupt(items.format, "its primary item is derived from itself"))
    }

    /// The colour profile, where the stream says `points` of its colours.
    pub(super) fn profile(
        &self,
        is_grey: bool,
        points: CodePoints,
        budget: &'a Budget,
    ) -> Result<Option<Profile<'a>>> {
        let points = self.code_points.unwrap_or(points);
        match (self.icc, code_points(points.primaries, points.transfer)) {
            (Some(icc), _) => Profile::rebuild(icc, budget),
            (None, Some((primaries, transfer))) => {
                Profile::made(is_grey, primaries, transfer, budget)
            }
            (None, None) => Ok(None),
        }
    }
}

impl Source {
    /// Where a coded picture lies: its first column and row.
    pub(super) fn place(&self, index: usize) -> (u32, u32) {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let (column, row) = (index % self.columns, index / self.columns);
        (column.saturating_mul(self.tile.0), row.saturating_mul(self.tile.1))
    }

    fn of(items: &Items<'_>, id: Id, budget: &Budget) -> Result<Self> {
        let size = |id: Id| {
            let size = said(items, id)?.size.filter(|(width, height)| *width > 0 && *height > 0);
            size.ok_or_else(|| Error::corrupt(items.format, format!("item {id} has no size")))
        };
        match items.kind(id) {
            Some([b'g', b'r', b'i', b'd']) => {
                let bytes = items.bytes(id, budget)?;
                let grid = bytes.as_ref().and_then(|bytes| grid(&bytes.bytes));
                let (rows, columns, width, height) = grid.ok_or_else(|| {
                    Error::corrupt(items.format, format!("item {id} is no grid of pictures"))
                })?;
                let tiles = items.referred(b"dimg", id).to_vec();
                let first = tiles.first().ok_or_else(|| {
                    Error::corrupt(items.format, format!("the grid {id} has no pictures"))
                })?;
                let coding = coding(items, *first, budget)?;
                let kind = items.kind(*first);
                if let Some(other) = tiles.iter().find(|tile| items.kind(**tile) != kind) {
                    return Err(unread(items, *other));
                }
                if tiles.len() as u64 != u64::from(rows) * u64::from(columns) {
                    let detail =
                        format!("its grid of {columns} x {rows} lists {} pictures", tiles.len());
                    return Err(Error::corrupt(Format::Heic, detail));
                }
                let tile = size(*first)?;
                let covers = u64::from(tile.0) * u64::from(columns) >= u64::from(width)
                    && u64::from(tile.1) * u64::from(rows) >= u64::from(height);
                if !covers || width == 0 || height == 0 {
                    let detail = format!(
                        "its grid of {columns} x {rows} pictures of {} x {} pixels is not {width} x {height}",
                        tile.0, tile.1
                    );
                    return Err(Error::corrupt(items.format, detail));
                }
                Ok(Self { coding, width, height, tile, columns, tiles })
            }
            _ => {
                let coding = coding(items, id, budget)?;
                let (width, height) = size(id)?;
                let tile = (width, height);
                Ok(Self { coding, width, height, tile, columns: 1, tiles: vec![id] })
            }
        }
    }

    /// The alpha of a whole picture. One that does not say its size is as large as the picture.
    fn alpha(&self, items: &Items<'_>, id: Id, budget: &Budget) -> Result<Self> {
        if items.kind(id) == Some(*b"grid") || said(items, id)?.size.is_some() {
            return Self::of(items, id, budget);
        }
        let (coding, tile) = (coding(items, id, budget)?, (self.width, self.height));
        Ok(Self { coding, tile, columns: 1, tiles: vec![id], ..*self })
    }

    /// The alpha of a grid, where each of its pictures has its own.
    fn alpha_of_tiles(&self, items: &Items<'_>) -> Result<Option<Self>> {
        let tiles =
            self.tiles.iter().map(|tile| alpha_of(items, *tile)).collect::<Option<Vec<_>>>();
        let Some(tiles) = tiles.filter(|_| self.tiles.len() > 1) else { return Ok(None) };
        let Self { coding, width, height, tile, columns, .. } = *self;
        for id in &tiles {
            let is_alike = items.kind(*id).and_then(|kind| coding_of(&kind)) == Some(coding);
            if !is_alike || said(items, *id)?.size != Some(tile) {
                return Ok(None);
            }
        }
        Ok(Some(Self { coding, width, height, tile, columns, tiles }))
    }
}

/// How items of a type are coded.
fn coding_of(kind: &[u8; 4]) -> Option<Format> {
    match kind {
        b"hvc1" => Some(Format::Heic),
        b"av01" => Some(Format::Avif),
        _ => None,
    }
}

/// How an item is coded, where that is read and allowed.
fn coding(items: &Items<'_>, id: Id, budget: &Budget) -> Result<Format> {
    let coding = items.kind(id).and_then(|kind| coding_of(&kind));
    let format = coding.ok_or_else(|| unread(items, id))?;
    let allowed = budget.limits().formats;
    if !is_read(format) {
        Err(Error::FormatNotInBuild(format))
    } else if !allowed.contains(format) {
        Err(Error::FormatNotAllowed { format, allowed })
    } else {
        Ok(format)
    }
}

/// The refusal of an item that is no picture of a known coding, or not of its neighbours'.
fn unread(items: &Items<'_>, id: Id) -> Error {
    match items.kind(id) {
        Some(kind) => Error::unsupported(
            items.format,
            format!(
                "its picture is of the type \"{}\"; \"av01\", \"hvc1\" and grids of one of them are read",
                kind.escape_ascii()
            ),
        ),
        None => Error::corrupt(items.format, format!("the item {id} is not in its list")),
    }
}

/// The item with the alpha of another one.
fn alpha_of(items: &Items<'_>, id: Id) -> Option<Id> {
    items.referring(*b"auxl", id).find(|auxiliary| {
        items.properties_of(*auxiliary).any(|(property, _)| {
            matches!(Property::read(property), Some(Property::Auxiliary(name)) if ALPHA.contains(&name))
        })
    })
}

fn said<'a>(items: &Items<'a>, id: Id) -> Result<Said<'a>> {
    let mut said = Said { size: None, turns: Vec::new(), icc: None, code_points: None };
    for (property, is_essential) in items.properties_of(id) {
        match Property::read(property) {
            Some(Property::Size(width, height)) => said.size = Some((width, height)),
            Some(Property::Icc(profile)) => said.icc = said.icc.or(Some(profile)),
            Some(Property::CodePoints(points)) => {
                said.code_points = said.code_points.or(Some(points));
            }
            Some(turn @ (Property::Rotation(_) | Property::Mirror { .. } | Property::Crop(_))) => {
                said.turns.push(turn);
            }
            Some(Property::Unknown) | None if is_essential => {
                let detail = format!(
                    "it cannot be shown without its property \"{}\", which is not known",
                    property.kind.escape_ascii()
                );
                return Err(Error::unsupported(items.format, detail));
            }
            _ => {}
        }
    }
    Ok(said)
}

/// Rows, columns, width and height (section 6.6.2.3.2).
fn grid(bytes: &[u8]) -> Option<(u32, u32, u32, u32)> {
    let mut cursor = Cursor::new(bytes);
    let [_, flags, rows, columns] = cursor.array()?;
    let mut side = || if flags & 1 == 0 { cursor.u16_be().map(u32::from) } else { cursor.u32_be() };
    Some((u32::from(rows) + 1, u32::from(columns) + 1, side()?, side()?))
}
