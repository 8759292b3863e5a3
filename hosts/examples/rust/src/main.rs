//! `thumbnail LIBRARY PHOTO OUT.jpg [BOX]`: a thumbnail of a photo through `rustbridge-consumer`, which knows nothing of Thumbox.
//!
//! The layouts are those of `native/include/thumbox.h`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::{env, fs};

use anyhow::{Context, Result, bail};
use rustbridge_consumer::{
    ConsumerError, LogLevel, NativePlugin, NativePluginLoader, PluginConfig,
};

const THUMBNAIL_CREATE: u32 = 100;
const IMAGE_PROBE: u32 = 101;
const JPEG: u32 = 0;
const QUALITY: u32 = 85;
const FORMATS: [&str; 17] = [
    "JPEG",
    "PNG",
    "WebP",
    "GIF",
    "BMP",
    "TIFF",
    "AVIF",
    "HEIC",
    "JPEG XL",
    "camera raw",
    "ICO",
    "QOI",
    "PNM",
    "TGA",
    "PSD",
    "JPEG 2000",
    "CUR",
];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (library, photo, out, size) = match arguments.as_slice() {
        [library, photo, out] => (library, photo, out, "256"),
        [library, photo, out, size] => (library, photo, out, size.as_str()),
        _ => {
            eprintln!("usage: thumbnail LIBRARY PHOTO OUT.jpg [BOX]");
            return ExitCode::from(2);
        }
    };
    match run(library, photo, Path::new(out), size) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            match error.downcast_ref() {
                // rustbridge-consumer knows the numbers 1 to 13 and makes 11 of every other. Thumbox's own number
                // stands in the log, at the level "debug".
                Some(ConsumerError::CallFailed(failure)) => {
                    eprintln!("error {}: {failure}", failure.error_code());
                }
                _ => eprintln!("{error:#}"),
            }
            ExitCode::FAILURE
        }
    }
}

fn run(library: &str, photo: &str, out: &Path, size: &str) -> Result<()> {
    let size = size.parse().with_context(|| format!("BOX is {size:?}; pixels are allowed"))?;
    let config = PluginConfig { log_level: LogLevel::Debug, ..PluginConfig::default() };
    let log = |level, target: &str, message: &str| eprintln!("[{level}] {target}: {message}");
    let plugin = NativePluginLoader::load_with_config(library, &config, Some(Arc::new(log)))?;
    println!("plugin: {}", plugin.call("plugin.info", "null")?);
    let image = fs::read(photo).with_context(|| photo.to_owned())?;
    thumbnail(&plugin, &image, size, out)?;
    // Dropping the plugin would do it, too, and keep the error to itself.
    plugin.shutdown()?;
    Ok(())
}

fn thumbnail(plugin: &NativePlugin, image: &[u8], size: u32, out: &Path) -> Result<()> {
    let length = u32::try_from(image.len()).context("the photo is too large")?;
    let reply = plugin.call_raw(IMAGE_PROBE, &request(&[length], image))?;
    let (width, height, format) = (field(&reply, 12)?, field(&reply, 16)?, field(&reply, 20)?);
    println!("photo: {width} x {height}, {}", name(format)?);

    let header = [size, size, JPEG, QUALITY, length];
    let reply = plugin.call_raw(THUMBNAIL_CREATE, &request(&header, image))?;
    let (width, height, format) = (field(&reply, 4)?, field(&reply, 8)?, field(&reply, 12)?);
    let file = reply.get(20..).context("the reply is too short")?;
    fs::write(out, file).with_context(|| out.display().to_string())?;
    let (out, format) = (out.display(), name(format)?);
    println!("{out}: {width} x {height}, {format}, {} bytes", file.len());
    Ok(())
}

/// Version 1, three zeros, the fields, and the image.
fn request(fields: &[u32], image: &[u8]) -> Vec<u8> {
    let mut request = vec![1, 0, 0, 0];
    request.extend(fields.iter().flat_map(|field| field.to_le_bytes()));
    request.extend_from_slice(image);
    request
}

fn field(reply: &[u8], offset: usize) -> Result<u32> {
    match reply.get(offset..).and_then(<[u8]>::first_chunk) {
        Some(bytes) => Ok(u32::from_le_bytes(*bytes)),
        None => bail!("the reply has {} bytes; a field was expected at {offset}", reply.len()),
    }
}

fn name(format: u32) -> Result<&'static str> {
    let name = usize::try_from(format).ok().and_then(|format| FORMATS.get(format));
    name.copied().with_context(|| format!("format {format} is unknown"))
}
