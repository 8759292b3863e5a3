//! The image of a request.

use std::borrow::Cow;

use thumbox_protocol::Parts;

use crate::budget::{Budget, Charge};
use crate::error::Result;

/// The image of a request, with what joining its parts may have cost.
#[derive(Debug)]
pub(crate) struct Image<'a, 'b> {
    pub(crate) bytes: Cow<'a, [u8]>,
    _joined: Option<Charge<'b>>,
}

impl<'a, 'b> Image<'a, 'b> {
    /// What is left of a request. It is borrowed where it lies in one part, else joined and charged.
    pub(crate) fn rest(parts: &Parts<'a>, budget: &'b Budget) -> Result<Self> {
        if let Some(bytes) = parts.contiguous() {
            return Ok(Self { bytes: Cow::Borrowed(bytes), _joined: None });
        }
        let charge = budget.charge(parts.len(), "joining the parts of the request")?;
        Ok(Self { bytes: Cow::Owned(parts.to_vec()), _joined: Some(charge) })
    }

    /// An image that came in other than as bytes, with what it cost.
    #[cfg(feature = "json")]
    pub(crate) fn owned(bytes: Vec<u8>, charge: Charge<'b>) -> Self {
        Self { bytes: Cow::Owned(bytes), _joined: Some(charge) }
    }
}

#[cfg(test)]
mod tests {
    use thumbox_protocol::Limits;

    use super::*;

    #[test]
    fn an_image_is_borrowed_from_one_part_and_joined_from_several() {
        let budget = Budget::new(Limits::DEFAULT);
        let one: [&[u8]; 2] = [&[], &[3, 4]];
        let image = Image::rest(&Parts::new(&one), &budget).unwrap();
        assert!(matches!(image.bytes, Cow::Borrowed([3, 4])) && budget.peak() == 0);
        let two: [&[u8]; 2] = [&[2], &[3, 4]];
        let image = Image::rest(&Parts::new(&two), &budget).unwrap();
        assert_eq!((&*image.bytes, budget.peak()), (&[2, 3, 4][..], 3));
    }
}
