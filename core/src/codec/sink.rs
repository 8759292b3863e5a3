//! Where decoders put pixels.

use thumbox_protocol::Format;

use crate::budget::Budget;
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture};

/// Takes a picture in, as a decoder makes it. What no decoder fills stays neutral.
pub(crate) struct Sink<'b> {
    budget: &'b Budget,
    picture: Option<Picture<'b>>,
}

impl<'b> Sink<'b> {
    pub(crate) const fn new(budget: &'b Budget) -> Self {
        Self { budget, picture: None }
    }

    /// Makes room for the picture, before its first row. `scale`: its width divided by the stored width, and likewise
    /// for the height; 1 if it is not reduced.
    ///
    /// # Errors
    /// Code 301 where the budget does not cover it.
    pub(crate) fn begin(
        &mut self,
        width: u32,
        height: u32,
        layout: Layout,
        scale: f64,
    ) -> Result<()> {
        let mut picture = Picture::neutral(width, height, layout, self.budget, DECODED)?;
        picture.scale = scale;
        self.picture = Some(picture);
        Ok(())
    }

    /// Calls `fill` with row `y`, in the layout given to [`Sink::begin`]. Rows may come in any order. A row outside the
    /// picture is ignored.
    #[inline]
    pub(crate) fn row(&mut self, y: u32, fill: impl FnOnce(&mut [u8])) {
        if let Some(picture) = &mut self.picture {
            let stride = picture.stride();
            let start = (y as usize).saturating_mul(stride);
            if let Some(row) =
                picture.pixels.get_mut(start..).and_then(|rows| rows.get_mut(..stride))
            {
                fill(row);
            }
        }
    }

    /// Takes a finished picture, from a decoder that cannot deliver rows.
    pub(crate) fn whole(&mut self, picture: Picture<'b>) {
        self.picture = Some(picture);
    }

    /// The picture.
    ///
    /// # Errors
    /// Code 900 for a decoder that neither made one nor failed.
    pub(crate) fn finish(self) -> Result<Picture<'b>> {
        self.picture.ok_or_else(|| Error::Bug("a decoder delivered no picture".into()))
    }
}

/// Refuses a truncated picture of which nothing was decoded. One whose pixels all have the neutral value counts as that,
/// so a truncated picture that really has only this value is refused, too. For decoders that do not say how far they came.
///
/// # Errors
/// Code 202 where nothing was decoded.
pub(super) fn check_touched(picture: &Picture<'_>, format: Format, detail: &str) -> Result<()> {
    let neutral = picture.layout.neutral();
    if picture.pixels.chunks_exact(neutral.len()).all(|pixel| pixel == neutral) {
        return Err(Error::truncated(format, format!("{detail}; there is nothing to show yet")));
    }
    Ok(())
}

/// What a picture's memory is for, in errors.
pub(crate) const DECODED: &str = "the decoded picture";

#[cfg(test)]
mod tests {
    use thumbox_protocol::Limits;

    use super::*;

    #[test]
    fn rows_come_in_any_order_and_the_rest_is_neutral() {
        let budget = Budget::new(Limits::DEFAULT);
        let mut sink = Sink::new(&budget);
        sink.begin(2, 3, Layout::Grey, 0.5).unwrap();
        for y in [2, 0, 3, u32::MAX] {
            sink.row(y, |row| row.copy_from_slice(&[7, 8]));
        }
        let picture = sink.finish().unwrap();
        assert_eq!((picture.pixels.as_slice(), picture.scale), (&[7, 8, 128, 128, 7, 8][..], 0.5));
        assert!(Sink::new(&budget).finish().is_err());
    }
}
