//! Turns and mirrors a picture upright, last, when its pixels are few.

use crate::budget::Budget;
use crate::error::{Error, Result};
use crate::orientation::Orientation;
use crate::picture::Picture;

/// The upright picture (EXIF 2.32, section 4.6.4, tag 274).
///
/// # Errors
/// Code 301 when the budget does not cover a second copy.
pub(crate) fn upright<'b>(
    picture: Picture<'b>,
    orientation: Orientation,
    budget: &'b Budget,
) -> Result<Picture<'b>> {
    if orientation == Orientation::UPRIGHT {
        return Ok(picture);
    }
    let (width, height) = if orientation.swaps_sides() {
        (picture.height, picture.width)
    } else {
        (picture.width, picture.height)
    };
    let mut turned = Picture::neutral(width, height, picture.layout, budget, "turning upright")?;
    match picture.layout.channels() {
        1 => turn::<1>(&picture, orientation, &mut turned),
        2 => turn::<2>(&picture, orientation, &mut turned),
        3 => turn::<3>(&picture, orientation, &mut turned),
        4 => turn::<4>(&picture, orientation, &mut turned),
        other => return Err(Error::Bug(format!("{other} channels"))),
    }
    Ok(turned)
}

fn turn<const CHANNELS: usize>(
    stored: &Picture<'_>,
    orientation: Orientation,
    turned: &mut Picture<'_>,
) {
    let (stored_width, stored_height) = (stored.width as usize, stored.height as usize);
    let (last_x, last_y) = (stored_width - 1, stored_height - 1);
    let source = stored.pixels.as_chunks::<CHANNELS>().0;
    let rows = turned.pixels.chunks_exact_mut(turned.width as usize * CHANNELS);
    for (y, row) in rows.enumerate() {
        for (x, pixel) in row.as_chunks_mut::<CHANNELS>().0.iter_mut().enumerate() {
            let (mut from_x, mut from_y) = if orientation.swaps_sides() { (y, x) } else { (x, y) };
            if orientation.mirrors_columns() {
                from_x = last_x - from_x;
            }
            if orientation.mirrors_rows() {
                from_y = last_y - from_y;
            }
            if let Some(from) = source.get(from_y * stored_width + from_x) {
                *pixel = *from;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Layout;
    use thumbox_protocol::Limits;

    /// The upright picture is "abc" over "def"; each is how a camera stores it under that orientation.
    #[test]
    fn every_orientation_comes_out_upright() {
        for (number, width, stored) in [
            (1, 3, "abcdef"),
            (2, 3, "cbafed"),
            (3, 3, "fedcba"),
            (4, 3, "defabc"),
            (5, 2, "adbecf"),
            (6, 2, "cfbead"),
            (7, 2, "fcebda"),
            (8, 2, "daebfc"),
        ] {
            let budget = Budget::new(Limits::DEFAULT);
            let mut picture =
                Picture::neutral(width, 6 / width, Layout::Grey, &budget, "a test").unwrap();
            picture.pixels.copy_from_slice(stored.as_bytes());
            let turned = upright(picture, Orientation::from_exif(number), &budget).unwrap();
            assert_eq!((turned.width, turned.height), (3, 2), "orientation {number}");
            assert_eq!(turned.pixels, b"abcdef", "orientation {number}");
        }
    }
}
