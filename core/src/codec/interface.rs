//! What every format's codec does: open a file once, then decode it.

use thumbox_protocol::Format;

use super::info::Info;
use super::sink::Sink;
use crate::budget::Budget;
use crate::colour::Profile;
use crate::error::{Error, Result};

/// An image of one format whose headers were read.
///
/// Opening walks the container (markers, chunks, blocks, tags) with a cursor that cannot run off the end, keeps what it
/// found, and decodes no pixel.
pub(crate) trait Codec<'a>: Sized {
    /// What files of the format start with. A `?` stands for any byte.
    const SIGNATURES: &'static [&'static [u8]];

    /// Reads the headers.
    ///
    /// # Errors
    /// 200-202 by what is wrong with them, 300 and 301 for the limits.
    fn open(data: &'a [u8], budget: &'a Budget) -> Result<Self>;

    /// What the headers say.
    fn info(&self) -> &Info;

    /// Decodes the picture into `out`; gives the colour profile that its pixels are in, where the file has one that can
    /// be used.
    ///
    /// # Errors
    /// 200-202 by what is wrong with the image, 301 and 303 for the limits.
    fn decode(
        self,
        need: &Need,
        out: &mut Sink<'a>,
        budget: &'a Budget,
    ) -> Result<Option<Profile<'a>>>;
}

/// What the thumbnails need of a picture.
///
/// A decoder may deliver the picture already reduced, but never smaller than this. It should leave the resizer a margin:
/// JPEG keeps twice the size. Later stages read the picture's `scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    /// Pixels of the whole picture, as stored, at the scale of the largest thumbnail.
    pub(crate) width: u32,
    /// Pixels, likewise.
    pub(crate) height: u32,
    /// Whether a file that ends early is an error. If not, the missing part stays mid-grey, or transparent.
    pub(crate) refuse_truncated: bool,
}

impl Need {
    /// Called by a decoder whose file ended early.
    ///
    /// # Errors
    /// Code 202 if `refuse_truncated` is set; `detail` says what is missing.
    pub(crate) fn check_truncated(&self, format: Format, detail: &str) -> Result<()> {
        if self.refuse_truncated { Err(Error::truncated(format, detail)) } else { Ok(()) }
    }
}
