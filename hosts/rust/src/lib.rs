//! Thumbnails of images that you do not trust, from Rust: one trait, [`Plugin`], over two ways to run the same code.
//!
//! - [`ComponentPlugin`] runs the component in a Wasmtime sandbox: for images from strangers. Whatever a picture does to
//!   its decoder is an error of one call, within its memory and its time, and the same plugin answers the next call.
//! - [`NativePlugin`] loads the native library into this process: for images that you made yourself.
//!
//! ```no_run
//! use thumbox_host::{ComponentPlugin, OutputFormat, Plugin, SandboxOptions, Target};
//!
//! let component = std::fs::read("target/artifacts/thumbox.wasm")?;
//! let plugin = ComponentPlugin::compile(&component, &SandboxOptions::default())?;
//! let image = std::fs::read("holiday.jpg")?;
//! let target = Target::new(256, 256).format(OutputFormat::WebP).quality(80);
//! let thumb = plugin.thumbnail(&image, &target)?;
//! println!("{} x {}, {} bytes", thumb.width, thumb.height, thumb.data().len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A plugin is for many threads. In an asynchronous program, call it where blocking is allowed, such as tokio's
//! `spawn_blocking`: it computes, and waits for nothing but its turn. After a fork a plugin works in the child, if no
//! other thread was calling it at that moment.
//!
//! With the feature `bundle`, `Bundle` takes both out of a signed bundle.
//!
//! Layouts of requests and replies are in [`thumbox_protocol`]; `docs/design/sandbox.md` says how the sandbox is made.

#[cfg(feature = "bundle")]
mod bundle;
mod component;
mod error;
mod ffi;
mod native;
mod options;
mod plugin;
mod reply;
mod slots;
mod stats;
mod target;

pub use thumbox_protocol::{
    Code, Colour, Fit, Format, Frames, Gravity, MSG_ECHO, MSG_IMAGE_PROBE, MSG_PLACEHOLDER,
    MSG_THUMBNAIL_CREATE, MSG_THUMBNAIL_SET, OutputFormat, Subsampling,
};

#[cfg(all(feature = "bundle", unix))]
pub use bundle::default_cache;
#[cfg(feature = "bundle")]
pub use bundle::{Bundle, BundleLimits, PublicKey, Variant};
pub use component::{ComponentPlugin, Program};
#[cfg(feature = "compiler")]
pub use component::{Level, precompile};
pub use error::{Error, Kind, Result};
pub use native::NativePlugin;
pub use options::{Isolation, Options, SandboxOptions};
pub use plugin::Plugin;
pub use reply::{ImageInfo, Placeholder, Reply, Thumbnail};
pub use stats::Stats;
pub use target::Target;
