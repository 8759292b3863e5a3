//! What of a file is shown: the primary item, or what it is derived from (ISO/IEC 23008-12, section 6.6.2).

use thumbox_protocol::Format;

use super::items::{Id, Items};
use super::properties::{CodePoints, Property};
use super::turns::View;
use crate::budget::Budget;
use crate::cursor::Cursor;
use crate::error::{Error, Result};

/// How often an item may say that it is another one, turned.
const MOST_DERIVED: usize = 8;

/// What auxiliary pictures of alpha are called.
const ALPHA: [&[u8]; 2] =
    [b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1"];

/// What is shown.
pub(super) struct Shown<'a> {
    pub(super) view: View,
    pub(super) picture: Source,
    pub(super) alpha: Option<Source>,
    pub(super) icc: Option<&'a [u8]>,
    pub(super) code_points: Option<CodePoints>,
}

/// Coded pictures: one, or several side by side.
pub(super) struct Source {
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
                    Error::corrupt(Format::Heic, format!("item {id} is derived from no other"))
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
                    Error::corrupt(Format::Heic, "its clean aperture has no pixel")
                })?;
            }
            let alpha = alpha_of(items, items.primary).or_else(|| alpha_of(items, id));
            let alpha = alpha.map(|alpha| Source::of(items, alpha, budget)).transpose()?;
            // One of another size cannot be laid over the picture.
            let fits =
                |alpha: &Source| (alpha.width, alpha.height) == (picture.width, picture.height);
            return Ok(Self { view, alpha: alpha.filter(fits), picture, icc, code_points });
        }
        Err(Error::corrupt(Format::Heic, "its primary item is derived from itself"))
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
            size.ok_or_else(|| Error::corrupt(Format::Heic, format!("item {id} has no size")))
        };
        match items.kind(id) {
            Some([b'h', b'v', b'c', b'1']) => {
                let (width, height) = size(id)?;
                let tile = (width, height);
                Ok(Self { width, height, tile, columns: 1, tiles: vec![id] })
            }
            Some([b'g', b'r', b'i', b'd']) => {
                let bytes = items.bytes(id, budget)?;
                let grid = bytes.as_ref().and_then(|bytes| grid(&bytes.bytes));
                let (rows, columns, width, height) = grid.ok_or_else(|| {
                    Error::corrupt(Format::Heic, format!("item {id} is no grid of pictures"))
                })?;
                let tiles = items.referred(b"dimg", id).to_vec();
                let first = tiles.first().ok_or_else(|| {
                    Error::corrupt(Format::Heic, format!("the grid {id} has no pictures"))
                })?;
                if let Some(other) = tiles.iter().find(|tile| items.kind(**tile) != Some(*b"hvc1"))
                {
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
                    return Err(Error::corrupt(Format::Heic, detail));
                }
                Ok(Self { width, height, tile, columns, tiles })
            }
            _ => Err(unread(items, id)),
        }
    }
}

/// The refusal of an item that is no HEVC picture.
fn unread(items: &Items<'_>, id: Id) -> Error {
    match items.kind(id) {
        Some([b'a', b'v', b'0', b'1']) => Error::FormatNotInBuild(Format::Avif),
        Some(kind) => Error::unsupported(
            Format::Heic,
            format!(
                "its picture is of the type \"{}\"; \"hvc1\" and grids of it are read",
                kind.escape_ascii()
            ),
        ),
        None => Error::corrupt(Format::Heic, format!("the item {id} is not in its list")),
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
                return Err(Error::unsupported(Format::Heic, detail));
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
