//! The one trait.

use thumbox_protocol::{
    Code, MSG_IMAGE_PROBE, MSG_PLACEHOLDER, MSG_THUMBNAIL_CREATE, MSG_THUMBNAIL_SET,
};

use crate::error::{Error, Result};
use crate::reply::{self, ImageInfo, Placeholder, Reply, Thumbnail};
use crate::stats::Stats;
use crate::target::{self, Target};

/// A plugin that was loaded. Threads may share it; it ends when it is dropped.
///
/// ```
/// use thumbox_host::{Plugin, Result, Target};
///
/// /// Works with the native plugin as with the sandboxed one.
/// fn two_sizes(plugin: &dyn Plugin, image: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
///     let made = plugin.thumbnails(image, &[Target::new(128, 128), Target::new(512, 512)])?;
///     Ok((made[0].data().to_vec(), made[1].data().to_vec()))
/// }
/// ```
pub trait Plugin: Send + Sync {
    /// The reply to a binary request: messages 1 and 100 to 103. The parts are read as one request.
    ///
    /// # Errors
    /// What the plugin answers, its limits, and its end; the same plugin answers the next call all the same.
    fn call(&self, message_id: u32, parts: &[&[u8]]) -> Result<Reply>;

    /// The reply to a message of the JSON transport, such as "plugin.info"; both sides are JSON texts.
    ///
    /// # Errors
    /// As [`Plugin::call`].
    fn call_json(&self, tag: &str, request: &str) -> Result<String>;

    /// What the plugin has done so far.
    fn stats(&self) -> Stats;

    /// A thumbnail of the image file whose bytes `image` is.
    ///
    /// # Errors
    /// As [`Plugin::call`].
    fn thumbnail(&self, image: &[u8], target: &Target) -> Result<Thumbnail> {
        let header = target.header(payload_size(image)?);
        reply::thumbnail(self.call(MSG_THUMBNAIL_CREATE, &[&header, image])?)
    }

    /// Up to 32 thumbnails of one image, which is decoded once, in the order of `targets`.
    ///
    /// # Errors
    /// As [`Plugin::call`]; if one cannot be made, the error names it.
    fn thumbnails(&self, image: &[u8], targets: &[Target]) -> Result<Vec<Thumbnail>> {
        let header = target::set_header(targets, payload_size(image)?);
        reply::thumbnails(self.call(MSG_THUMBNAIL_SET, &[&header, image])?, targets.len())
    }

    /// What the image's headers say; no pixel is decoded.
    ///
    /// # Errors
    /// As [`Plugin::call`].
    fn probe(&self, image: &[u8]) -> Result<ImageInfo> {
        let header = target::probe_header(payload_size(image)?);
        reply::probe(&self.call(MSG_IMAGE_PROBE, &[&header, image])?)
    }

    /// What is shown of an image until a thumbnail is there: a ThumbHash of some 25 bytes, and an average colour.
    /// `max_pixels` refuses a source of more pixels, with code 300; 0 is the plugin's own limit, which it can only lower.
    ///
    /// # Errors
    /// As [`Plugin::call`].
    fn placeholder(&self, image: &[u8], max_pixels: u32) -> Result<Placeholder> {
        let header = target::placeholder_header(max_pixels, payload_size(image)?);
        reply::placeholder(&self.call(MSG_PLACEHOLDER, &[&header, image])?)
    }
}

fn payload_size(image: &[u8]) -> Result<u32> {
    u32::try_from(image.len()).map_err(|_| {
        let message = format!("the image has {} bytes; {} are allowed", image.len(), u32::MAX);
        Error::new(Code::Header, message)
    })
}

/// A request that is longer than its limit.
pub(crate) fn check_length(total: u64, max_request: u64) -> Result<()> {
    if total <= max_request {
        return Ok(());
    }
    let message = format!("the request has {total} bytes; max_request allows {max_request}");
    Err(Error::new(Code::Header, message))
}
