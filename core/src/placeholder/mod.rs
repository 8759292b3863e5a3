//! What is shown of a picture until a thumbnail is there: a ThumbHash, and an average colour.

mod channel;
mod cosine;
mod hash;
pub(crate) mod made;

use thumbox_protocol::{OutputFormat, PLACEHOLDER_BOX, Target};

use crate::budget::Budget;
use crate::error::Result;
use crate::thumbnail::pixels;
use hash::Hash;
use made::Placeholder;

/// Makes the placeholder of an image; of an animation, that of the first frame that is not transparent throughout, if there is
/// one. `max_pixels` lowers the limit on the source's pixels; 0 leaves it.
///
/// # Errors
/// As those of a thumbnail.
pub(crate) fn placeholder(image: &[u8], max_pixels: u32, budget: &Budget) -> Result<Placeholder> {
    let target = Target {
        width: PLACEHOLDER_BOX,
        height: PLACEHOLDER_BOX,
        format: OutputFormat::Png,
        ..Target::default()
    };
    let (picture, (width, height)) = pixels(image, &target, max_pixels, budget)?;
    Ok(Placeholder { width, height, hash: Hash::of(&picture)? })
}
