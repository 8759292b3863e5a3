//! A thumbnail plugin on rustbridge's own crates and the crate `image`, with the binary interface of message 100:
//! decode all, resize, encode. What a tutorial shows, so that the benchmark `bridge` has something to measure.
//!
//! | message | reduces by |
//! |---|---|
//! | 100 | Lanczos3, as Thumbox does |
//! | 103 | `thumbnail_exact`, the quickest way that `image` has |

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat};
use rustbridge::{
    Plugin, PluginContext, PluginError, PluginHandle, PluginResult, async_trait,
    register_binary_handler, rustbridge_entry,
};

pub use rustbridge::ffi_exports::*;

#[derive(Default)]
struct Thumbnails;

#[async_trait]
impl Plugin for Thumbnails {
    async fn on_start(&self, _: &PluginContext) -> PluginResult<()> {
        register_binary_handler(100, |_: &PluginHandle, request| {
            thumbnail(request, |image, width, height| {
                image.resize_exact(width, height, FilterType::Lanczos3)
            })
        });
        register_binary_handler(103, |_: &PluginHandle, request| {
            thumbnail(request, DynamicImage::thumbnail_exact)
        });
        Ok(())
    }

    async fn handle_request(
        &self,
        _: &PluginContext,
        tag: &str,
        _: &[u8],
    ) -> PluginResult<Vec<u8>> {
        Err(PluginError::UnknownMessageType(tag.to_owned()))
    }

    async fn on_stop(&self, _: &PluginContext) -> PluginResult<()> {
        Ok(())
    }
}

rustbridge_entry!(Thumbnails::default);

fn thumbnail(
    request: &[u8],
    reduce: impl FnOnce(&DynamicImage, u32, u32) -> DynamicImage,
) -> PluginResult<Vec<u8>> {
    let failed = |error: &dyn std::fmt::Display| PluginError::HandlerError(error.to_string());
    let (header, file) = request.split_at_checked(24).ok_or_else(|| failed(&"no header"))?;
    let field = |at: usize| {
        header.iter().skip(at).take(4).rev().fold(0, |number, &byte| number << 8 | u32::from(byte))
    };
    let (box_width, box_height, format, quality) = (field(4), field(8), field(12), field(16));
    let image = image::load_from_memory(file).map_err(|error| failed(&error))?;
    let scale = (f64::from(box_width) / f64::from(image.width()))
        .min(f64::from(box_height) / f64::from(image.height()));
    let side = |side: u32| ((f64::from(side) * scale) as u32).max(1);
    let small = reduce(&image, side(image.width()), side(image.height()));
    let mut made = Cursor::new(Vec::new());
    let encoded = match format {
        0 => JpegEncoder::new_with_quality(&mut made, quality.clamp(1, 100) as u8)
            .encode_image(&small.to_rgb8()),
        1 => small.write_to(&mut made, ImageFormat::Png),
        other => return Err(failed(&format!("format {other}"))),
    };
    encoded.map_err(|error| failed(&error))?;
    let made = made.into_inner();
    let mut reply = vec![1, 0, 0, 0];
    for value in [small.width(), small.height(), format, made.len() as u32] {
        reply.extend(value.to_le_bytes());
    }
    reply.extend(made);
    Ok(reply)
}
