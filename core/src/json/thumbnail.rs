//! `thumbnail.create`: message 100 in JSON, with the Python package's names and defaults.

use serde::Serialize;
use serde_json::value::RawValue;
#[cfg(feature = "schema")]
use thumbox_protocol::DEFAULT_EFFORT;
use thumbox_protocol::{
    Colour, Fit, Frames, Gravity, MAX_EFFORT, OutputFormat, Progressive, Subsampling, Target,
};

use super::base64::{self, Base64, IMAGE_NEEDED, encoded_length};
use super::names::OutputName;
use super::object::{Object, short_text, shown, whole};
use super::text::not_json;
use crate::budget::Budget;
use crate::error::{Error, Result};
use crate::reply::Thumbnail;
use crate::request::Image;
use crate::thumbnail::thumbnail;

const FIELDS: &[&str] = &[
    "image",
    "width",
    "height",
    "format",
    "quality",
    "fit",
    "enlarge",
    "lossless",
    "refuse_truncated",
    "background",
    "position",
    "effort",
    "frames",
    "colour",
    "subsampling",
    "progressive",
    "palette",
    "page",
    "max_pixels",
];

/// A thumbnail that is asked for. A key that is null is treated as absent.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "thumbnail.create request", deny_unknown_fields))]
#[cfg_attr(feature = "schema", schemars(transform = super::rules::rules))]
pub(super) struct ThumbnailCreateRequest<'a> {
    /// The image file: JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, HEIC, camera raw, ICO, QOI, PNM, TGA, PSD or CUR, in base64 (RFC 4648, section 4, with padding).
    #[cfg_attr(feature = "schema", schemars(with = "super::base64::Base64<'a>"))]
    image: &'a str,
    /// The box's width in pixels; 0 = in proportion to the height, both 0 = 100 x 100.
    #[cfg_attr(feature = "schema", schemars(range(max = u32::MAX), extend("default" = 0)))]
    width: Option<u32>,
    /// The box's height in pixels; 0 = in proportion to the width.
    #[cfg_attr(feature = "schema", schemars(range(max = u32::MAX), extend("default" = 0)))]
    height: Option<u32>,
    /// The format to write.
    #[cfg_attr(feature = "schema", schemars(with = "Option<OutputName>", extend("default" = "jpeg")))]
    format: Option<OutputFormat>,
    /// 1 to 100 for JPEG and lossy WebP. PNG has none: 0 to 100 is ignored.
    #[cfg_attr(feature = "schema", schemars(range(max = 100), extend("default" = 85)))]
    quality: Option<u32>,
    /// How the picture meets the box: "inside" it, "cover" it and crop, "stretch", or "contain": inside, and padded to it. The last
    /// three need both sides.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::names::FitName>"))]
    #[cfg_attr(feature = "schema", schemars(extend("default" = "inside")))]
    fit: Option<Fit>,
    /// Whether a picture may be made larger than it is.
    #[cfg_attr(feature = "schema", schemars(extend("default" = false)))]
    enlarge: Option<bool>,
    /// Whether a WebP is lossless; only "webp" has that choice.
    #[cfg_attr(feature = "schema", schemars(extend("default" = false)))]
    lossless: Option<bool>,
    /// Whether a truncated picture is an error, instead of a thumbnail with a neutral rest.
    #[cfg_attr(feature = "schema", schemars(extend("default" = false)))]
    refuse_truncated: Option<bool>,
    /// What shows under transparency in a JPEG, and around a picture that "contain" pads: "#rrggbb", or red, green and blue from 0
    /// to 255. Where nothing is said it is white, but transparent around a picture in a format that has alpha.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::rules::Background>"))]
    #[cfg_attr(feature = "schema", schemars(extend("default" = null)))]
    background: Option<[u8; 3]>,
    /// What "cover" keeps: "centre", "attention" (where there is the most to look at), an edge or a corner in the words of CSS
    /// ("top", "right top") or of a compass ("north", "northeast"), or the point at which the crop is centred as far as the edges allow, as
    /// fractions of width and height. Only "cover" has that choice.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::rules::Position>"))]
    #[cfg_attr(feature = "schema", schemars(extend("default" = "centre")))]
    position: Option<Gravity>,
    /// How hard the encoder works for a small file: 0, as fast as it can, to 6, as small as it can.
    #[cfg_attr(feature = "schema", schemars(range(max = MAX_EFFORT), extend("default" = DEFAULT_EFFORT)))]
    effort: Option<u32>,
    /// "first", or "all" frames of an animation: an animated WebP. A still stays one. Only "webp" has that choice.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::names::FramesName>"))]
    #[cfg_attr(feature = "schema", schemars(extend("default" = "first")))]
    frames: Option<Frames>,
    /// The colour space: "srgb", or "keep" for the picture's own, if that is RGB or grey with an ICC profile, which the thumbnail then
    /// carries.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::names::ColourName>"))]
    #[cfg_attr(feature = "schema", schemars(extend("default" = "srgb")))]
    colour: Option<Colour>,
    /// The samples of colour of a JPEG: "auto" is "4:2:0" below quality 90 and "4:4:4" from there on. Only "jpeg" has that choice.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::names::SubsamplingName>"))]
    #[cfg_attr(feature = "schema", schemars(extend("default" = "auto")))]
    subsampling: Option<Subsampling>,
    /// Whether a JPEG is progressive. Where nothing is said it is baseline, but at effort 6 whichever is smaller. Only "jpeg" has
    /// that choice.
    #[cfg_attr(feature = "schema", schemars(extend("default" = null)))]
    progressive: Option<bool>,
    /// Whether a PNG gets a palette of at most 256 colours, chosen for the picture; only "png" has that choice.
    #[cfg_attr(feature = "schema", schemars(extend("default" = false)))]
    palette: Option<bool>,
    /// The frame of an animation, or the page of a TIFF, that is shown; 0 is the first.
    #[cfg_attr(feature = "schema", schemars(range(max = u16::MAX), extend("default" = 0)))]
    page: Option<u32>,
    /// Refuses a source picture of more pixels; 0 = the plugin's own limit, which this can only lower.
    #[cfg_attr(feature = "schema", schemars(range(max = u32::MAX), extend("default" = 0)))]
    max_pixels: Option<u32>,
}

/// A finished thumbnail.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "thumbnail.create reply", deny_unknown_fields))]
pub(super) struct ThumbnailCreateReply<'a> {
    /// Pixels.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    width: u32,
    /// Pixels.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    height: u32,
    /// What was written.
    format: OutputName,
    /// The thumbnail file, in base64 (RFC 4648, section 4, with padding).
    data: Base64<'a>,
}

pub(super) fn answer(request: &str, budget: &Budget) -> Result<String> {
    let object = Object::read(request, FIELDS, budget)?;
    let request = ThumbnailCreateRequest::read(&object)?;
    let target = request.target()?;
    let (image, charge) = base64::decode("image", request.image, budget)?;
    let image = Image::owned(image, charge);
    // From here on it is message 100.
    let max_pixels = request.max_pixels.unwrap_or_default();
    let made = thumbnail(&image.bytes, &target, max_pixels, budget)?;
    drop(image);
    reply(&made, budget)
}

impl<'a> ThumbnailCreateRequest<'a> {
    fn read(object: &Object<'a>) -> Result<Self> {
        Ok(Self {
            width: object.integer("width", 0..=u32::MAX)?,
            height: object.integer("height", 0..=u32::MAX)?,
            format: object.choice("format", &OutputFormat::ALL, OutputFormat::name)?,
            quality: object.integer("quality", 0..=100)?,
            fit: object.choice("fit", &Fit::ALL, Fit::name)?,
            enlarge: object.flag("enlarge")?,
            lossless: object.flag("lossless")?,
            refuse_truncated: object.flag("refuse_truncated")?,
            background: object.raw("background").map(colour).transpose()?,
            position: object.raw("position").map(position).transpose()?,
            effort: object.integer("effort", 0..=MAX_EFFORT.into())?,
            frames: object.choice("frames", &Frames::ALL, Frames::name)?,
            colour: object.choice("colour", &Colour::ALL, Colour::name)?,
            subsampling: object.choice("subsampling", &Subsampling::ALL, Subsampling::name)?,
            progressive: object.flag("progressive")?,
            palette: object.flag("palette")?,
            page: object.integer("page", 0..=u16::MAX.into())?,
            max_pixels: object.integer("max_pixels", 0..=u32::MAX)?,
            image: object
                .raw("image")
                .ok_or_else(|| Error::parameter("image", "missing", IMAGE_NEEDED))?,
        })
    }

    fn target(&self) -> Result<Target> {
        let default = Target::default();
        let target = Target {
            width: self.width.unwrap_or(default.width),
            height: self.height.unwrap_or(default.height),
            format: self.format.unwrap_or(default.format),
            quality: self
                .quality
                .map_or(default.quality, |quality| u8::try_from(quality).unwrap_or(u8::MAX)),
            fit: self.fit.unwrap_or(default.fit),
            enlarge: self.enlarge.unwrap_or(default.enlarge),
            lossless: self.lossless.unwrap_or(default.lossless),
            refuse_truncated: self.refuse_truncated.unwrap_or(default.refuse_truncated),
            background: self.background,
            gravity: self.position.unwrap_or(default.gravity),
            effort: self
                .effort
                .map_or(default.effort, |effort| u8::try_from(effort).unwrap_or(u8::MAX)),
            frames: self.frames.unwrap_or(default.frames),
            colour: self.colour.unwrap_or(default.colour),
            subsampling: self.subsampling.unwrap_or(default.subsampling),
            progressive: match self.progressive {
                None => Progressive::IfSmaller,
                Some(true) => Progressive::Always,
                Some(false) => Progressive::Never,
            },
            palette: self.palette.unwrap_or(default.palette),
            page: self.page.map_or(default.page, |page| u16::try_from(page).unwrap_or(u16::MAX)),
        };
        target.check()?;
        Ok(target)
    }
}

/// "#rrggbb", or three numbers.
fn colour(raw: &str) -> Result<[u8; 3]> {
    colour_of_text(raw).or_else(|| colour_of_numbers(raw)).ok_or_else(|| {
        let allowed = "\"#rrggbb\", or three numbers from 0 to 255 are allowed";
        Error::parameter("background", shown(raw), allowed)
    })
}

fn colour_of_text(raw: &str) -> Option<[u8; 3]> {
    let text = short_text(raw)?;
    let digits = text.strip_prefix('#')?;
    if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let [_, r, g, b] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some([r, g, b])
}

fn colour_of_numbers(raw: &str) -> Option<[u8; 3]> {
    let [r, g, b] = serde_json::from_str::<[&RawValue; 3]>(raw).ok()?;
    let channel = |value: &RawValue| whole(value.get()).and_then(|value| u8::try_from(value).ok());
    Some([channel(r)?, channel(g)?, channel(b)?])
}

/// A position's words, or two fractions.
fn position(raw: &str) -> Result<Gravity> {
    position_of_text(raw).or_else(|| position_of_numbers(raw)).ok_or_else(|| {
        let allowed = "\"centre\", \"attention\", edges such as \"top\", corners such as \"right top\", \"north\" to \"northwest\", or two numbers from 0 to 1 are allowed";
        Error::parameter("position", shown(raw), allowed)
    })
}

fn position_of_text(raw: &str) -> Option<Gravity> {
    Gravity::from_words(&short_text(raw)?)
}

fn position_of_numbers(raw: &str) -> Option<Gravity> {
    let [x, y] = serde_json::from_str::<[f64; 2]>(raw).ok()?;
    Some(Gravity::Focal { x: focal(x)?, y: focal(y)? })
}

/// A fraction of 65,535 parts.
fn focal(fraction: f64) -> Option<u16> {
    let scaled = (fraction * f64::from(u16::MAX)).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 65,535")]
    (0.0..=1.0).contains(&fraction).then_some(scaled as u16)
}

/// The reply, in the one allocation that its exact length is paid for.
fn reply(made: &Thumbnail<'_>, budget: &Budget) -> Result<String> {
    let file = &made.file.bytes;
    let mut reply = ThumbnailCreateReply {
        width: made.width,
        height: made.height,
        format: made.format.into(),
        data: Base64(&[]),
    };
    let frame = serde_json::to_string(&reply).map_err(|error| not_json(&error))?;
    let length = frame.len() as u64 + encoded_length(file.len());
    budget.check_reply(length)?;
    let _charge = budget.charge(length, "the reply")?;
    let mut text = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    reply.data = Base64(file);
    serde_json::to_writer(&mut text, &reply).map_err(|error| not_json(&error))?;
    String::from_utf8(text).map_err(|error| not_json(&error))
}
