//! What every format's codec does: open a file once, then decode it.

use thumbox_protocol::Format;

use super::decoded::{Decoded, Pixels};
use super::info::Info;
use crate::animation::{Frames, Sequence};
use crate::budget::Budget;
use crate::colour::Profile;
use crate::error::{Error, Result};
use crate::geometry::Axis;
use crate::lanczos::Part;
use crate::picture::{Layout, Sample};
use crate::reduce::{Order, Reducer, Side};

/// An image of one format whose headers were read.
///
/// Opening walks the container (markers, chunks, blocks, tags) with a cursor that cannot run off the end, keeps what it
/// found, and decodes no pixel.
pub(crate) trait Codec<'a>: Sized {
    /// What files of the format start with. A `?` stands for any byte.
    const SIGNATURES: &'static [&'static [u8]];

    /// What files of the format end with, if they start with nothing that tells them; else empty.
    const ENDING: &'static [u8] = &[];

    /// Reads the headers.
    ///
    /// # Errors
    /// 200-202 by what is wrong with them, 300 and 301 for the limits.
    fn open(data: &'a [u8], budget: &'a Budget) -> Result<Self>;

    /// What the headers say.
    fn info(&self) -> &Info;

    /// Decodes the picture, reduced as `need` allows: by a [`Need::reducer`], or as the format can by itself.
    ///
    /// # Errors
    /// 200-202 by what is wrong with the image, 301 and 303 for the limits.
    fn decode(self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>>;

    /// How many frames or pages there are, and for how long the frames are shown. Nothing is decoded.
    fn sequence(&self) -> Sequence {
        Sequence::still()
    }

    /// The frames of an animation; only where [`Codec::sequence`] tells of one.
    ///
    /// # Errors
    /// As [`Codec::decode`].
    fn frames(self, _budget: &'a Budget) -> Result<Box<dyn Frames<'a> + 'a>> {
        Err(Error::Bug(format!("frames of a {}, which has none", self.info().format)))
    }

    /// The page with this number, from 0, of a file that has so many.
    ///
    /// # Errors
    /// As [`Codec::open`].
    fn page(self, _page: u16) -> Result<Self> {
        Ok(self)
    }
}

/// What the thumbnails need of a picture.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Need {
    /// Pixels of the whole picture, as stored, at the scale of the largest thumbnail.
    pub(crate) width: u32,
    /// Pixels, likewise.
    pub(crate) height: u32,
    /// How the stored columns are reduced, and which are read.
    pub(crate) across: Side,
    /// How the stored rows are reduced, and which are read.
    pub(crate) down: Side,
    /// What becomes of the decoded rows, where one thumbnail is made of rows that are not reduced, and is resized.
    pub(crate) rows: Option<Part>,
    /// Whether a file that ends early is an error. If not, the missing part stays mid-grey, or transparent.
    pub(crate) refuse_truncated: bool,
}

impl Need {
    /// All of a picture, as it is.
    pub(crate) fn whole((width, height): (u32, u32), refuse_truncated: bool) -> Self {
        let (across, down) = (Side::new(width, 1, 0..width), Side::new(height, 1, 0..height));
        Self { width, height, across, down, rows: None, refuse_truncated }
    }

    /// What takes the stored pixels in, in the given order.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover it.
    pub(crate) fn reducer<'b, S: Sample>(
        &self,
        layout: Layout,
        order: Order,
        budget: &'b Budget,
    ) -> Result<Reducer<'b, S>> {
        match self.rows {
            // What has alpha is multiplied by it first.
            Some(part) if order == Order::Down && S::MAX == 0xFF && !layout.has_alpha() => {
                Reducer::resizing(self.across, self.down, layout, &part, budget)
            }
            _ => Reducer::new(self.across, self.down, layout, order, budget),
        }
    }

    /// The same of a picture that shows the same in fewer pixels: `across` and `down` are its sides and the stored ones.
    pub(crate) fn of_smaller(&self, across: (u32, u32), down: (u32, u32)) -> Self {
        Self {
            across: self.across.of_smaller(across, self.width),
            down: self.down.of_smaller(down, self.height),
            rows: None,
            ..self.clone()
        }
    }

    /// The picture that such a reducer has made.
    pub(crate) fn decoded<'b>(
        &self,
        picture: impl Into<Pixels<'b>>,
        profile: Option<Profile<'b>>,
    ) -> Decoded<'b> {
        Decoded {
            pixels: picture.into(),
            across: Axis::boxes(self.across),
            down: Axis::boxes(self.down),
            profile,
        }
    }

    /// Called by a decoder whose file ended early.
    ///
    /// # Errors
    /// Code 202 if `refuse_truncated` is set; `detail` says what is missing.
    pub(crate) fn check_truncated(&self, format: Format, detail: &str) -> Result<()> {
        if self.refuse_truncated { Err(Error::truncated(format, detail)) } else { Ok(()) }
    }

    /// The same for a decoder that knows whether anything of the picture came.
    ///
    /// # Errors
    /// As [`Need::check_truncated`], and code 202 where nothing came.
    pub(crate) fn check_cut(&self, format: Format, detail: &str, is_empty: bool) -> Result<()> {
        if is_empty {
            let detail = format!("{detail}; there is nothing to show yet");
            return Err(Error::truncated(format, detail));
        }
        self.check_truncated(format, detail)
    }

    /// Whether several samples become one both across and down. What a codec's filters and interpolation would do is then
    /// lost anyway, and where predictions are made from unfiltered samples nothing drifts.
    pub(crate) const fn is_reduced(&self) -> bool {
        self.across.per_box > 1 && self.down.per_box > 1
    }

    /// Called by a decoder that cannot read on, for what is wrong.
    ///
    /// # Errors
    /// `error`, where nothing came before it, `refuse_truncated` is set, or the image is not to blame for it. Else what came is
    /// shown.
    pub(crate) fn check_damaged(&self, error: Error, is_empty: bool) -> Result<()> {
        let is_shown = error.is_of_image() && !is_empty && !self.refuse_truncated;
        if is_shown { Ok(()) } else { Err(error) }
    }
}
