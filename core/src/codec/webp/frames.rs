//! The frames of an animated WebP (RFC 9649, section 2.7.1.1).

use thumbox_protocol::Format;

use super::container::{self, Coded, Frame as Lossy, Place};
use super::{lossless, lossy};
use crate::animation::{Blend, Disposal, Frame, Frames};
use crate::budget::Budget;
use crate::codec::decoded::Pixels;
use crate::codec::info::Info;
use crate::codec::interface::Need;
use crate::colour::Profile;
use crate::error::{Error, Result};

/// The frames of a WebP.
pub(super) struct WebPFrames<'a> {
    data: &'a [u8],
    info: Info,
    places: Box<dyn Iterator<Item = Place<'a>> + 'a>,
}

impl<'a> WebPFrames<'a> {
    pub(super) fn new(data: &'a [u8], info: Info) -> Self {
        Self { data, info, places: Box::new(container::places(data)) }
    }
}

impl<'a> Frames<'a> for WebPFrames<'a> {
    fn next(&mut self, refuse_truncated: bool, budget: &'a Budget) -> Result<Option<Frame<'a>>> {
        let Some(place) = self.places.next() else { return Ok(None) };
        let size = (place.width, place.height);
        let need = Need::whole(size, refuse_truncated);
        let picture = match container::frame_of(&place, &self.info)? {
            Coded::Lossy(frame) => {
                let frame = Lossy { x: 0, y: 0, ..frame };
                lossy::decode(&frame, frame.alpha.is_some(), &need, budget)?
            }
            Coded::Lossless { data, whole } => {
                match lossless::alone(data, whole, size, &need, budget)?.pixels {
                    Pixels::Eight(picture) => picture,
                    Pixels::Sixteen(_) => {
                        let detail = "a frame of 16 bits a sample";
                        return Err(Error::corrupt(Format::WebP, detail));
                    }
                }
            }
        };
        Ok(Some(Frame {
            x: place.x,
            y: place.y,
            picture: Some(picture),
            blend: if place.flags & 2 == 0 { Blend::Over } else { Blend::Replace },
            disposal: if place.flags & 1 == 0 { Disposal::Leave } else { Disposal::Clear },
            duration_ms: place.duration_ms,
        }))
    }

    fn profile(&self, budget: &'a Budget) -> Result<Option<Profile<'a>>> {
        let profile = container::profile(self.data).map(|file| Profile::rebuild(file, budget));
        Ok(profile.transpose()?.flatten())
    }
}
