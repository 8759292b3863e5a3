//! The colours that the file says its pixels are in.

use super::colours::Colours;
use super::headers::{Headers, Kind};
use crate::budget::Budget;
use crate::colour::{BT709, Profile, Transfer};
use crate::error::Result;

/// The profile of the pixels. RGB in floats is light where the file does not say otherwise, as libvips takes it.
pub(super) fn profile<'b>(
    headers: &Headers<'_>,
    budget: &'b Budget,
) -> Result<Option<Profile<'b>>> {
    match headers.pixel.colours {
        Colours::Lab(_) => Ok(None),
        Colours::Rgb if headers.profile.is_empty() && headers.pixel.kind == Kind::Float => {
            Profile::made(false, BT709, Transfer::Gamma(1.0), budget)
        }
        _ => Profile::rebuild(headers.profile, budget),
    }
}
