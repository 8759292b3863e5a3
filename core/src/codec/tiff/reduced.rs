//! The smaller pictures of a pyramid, where it stands below the page (tags 254 and 330).

use super::headers::Headers;
use super::tags;
use crate::codec::directory::Directory;
use crate::codec::interface::Need;
use crate::codec::smaller::serves;

/// Directories below a page that are looked at.
const MOST: usize = 32;

/// The smallest picture below the page that serves the thumbnails: one that says that it is the page's, of the page's
/// proportions and colours, and at least twice as large as they are.
pub(super) fn reduced<'a>(page: &Headers<'a>, need: &Need) -> Option<Headers<'a>> {
    let offsets = page.sub_directories?;
    let offsets = (0..offsets.len().min(MOST)).filter_map(|place| offsets.get(place));
    let directories = offsets.filter_map(|at| Directory::at(page.data, page.kind, at, &tags::READ));
    let all = directories.filter_map(|directory| Headers::of(&directory).ok());
    let all =
        all.filter(|smaller| is_of(smaller, page) && serves(sides(smaller), sides(page), need));
    let smaller = all.min_by_key(|smaller| smaller.info.width)?;
    let profile = if smaller.profile.is_empty() { page.profile } else { smaller.profile };
    Some(Headers { profile, ..smaller })
}

fn is_of(smaller: &Headers<'_>, page: &Headers<'_>) -> bool {
    let (pixel, of) = (smaller.pixel, page.pixel);
    smaller.is_reduced
        && (pixel.colours, pixel.samples, pixel.kind) == (of.colours, of.samples, of.kind)
}

fn sides(headers: &Headers<'_>) -> (u32, u32) {
    (headers.info.width, headers.info.height)
}
