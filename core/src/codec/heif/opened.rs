//! The two codecs: AVIF and HEIC.

use thumbox_protocol::Format;

use super::decoder::Still;
#[cfg(feature = "avif")]
use super::frames::AvifFrames;
#[cfg(feature = "avif")]
use crate::animation::{Frames, Sequence};
use crate::budget::Budget;
use crate::codec::decoded::Decoded;
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
#[cfg(feature = "avif")]
use crate::error::Error;
use crate::error::Result;

/// An AVIF whose boxes were read.
#[cfg(feature = "avif")]
pub(crate) struct Avif<'a>(Still<'a>);

/// A HEIC whose boxes were read.
#[cfg(feature = "heic")]
pub(crate) struct Heic<'a>(Still<'a>);

macro_rules! codec {
    ($codec:ident, $($more:item)*) => {
        impl<'a> Codec<'a> for $codec<'a> {
            const SIGNATURES: &'static [&'static [u8]] = &[];

            fn open(data: &'a [u8], budget: &'a Budget) -> Result<Self> {
                Still::open(Format::$codec, data, budget).map(Self)
            }

            fn info(&self) -> &Info {
                &self.0.info
            }

            fn decode(self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
                self.0.decode(need, budget)
            }

            $($more)*
        }
    };
}

#[cfg(feature = "avif")]
codec! {
    Avif,
    fn sequence(&self) -> Sequence {
        self.0.tracks().map_or(Sequence::still(), |tracks| tracks.sequence())
    }

    fn frames(self, budget: &'a Budget) -> Result<Box<dyn Frames<'a> + 'a>> {
        let tracks = self.0.tracks().ok_or_else(|| Error::Bug("frames of a still".into()))?;
        Ok(Box::new(AvifFrames::new(self.0, &tracks, budget)?))
    }
}
#[cfg(feature = "heic")]
codec! { Heic, }
