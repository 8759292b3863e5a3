//! The JSON transport: what rustbridge's `plugin_call` and the component's `call-json` carry.
//!
//! A tag names the message; the request and the reply are JSON texts, and files are base64 in them. Each tag that
//! does what a binary message does makes that message's own typed request, so that the bytes are the same.
//!
//! | tag | request | reply |
//! |---|---|---|
//! | `echo` | any JSON value | the same value |
//! | `image.placeholder` | [`placeholder::ImagePlaceholderRequest`] | [`placeholder::ImagePlaceholderReply`] |
//! | `image.probe` | [`probe::ImageProbeRequest`] | [`probe::ImageProbeReply`] |
//! | `plugin.info` | anything, or nothing | [`info::PluginInfoReply`] |
//! | `thumbnail.create` | [`thumbnail::ThumbnailCreateRequest`] | [`thumbnail::ThumbnailCreateReply`] |
//!
//! With the feature `schema`, [`schemas`] generates the JSON Schemas of `core/schema` from these types.

mod base64;
mod info;
mod names;
mod object;
mod placeholder;
mod probe;
#[cfg(feature = "schema")]
mod rules;
#[cfg(feature = "schema")]
mod schema;
mod text;
mod thumbnail;

use serde::de::IgnoredAny;

pub use info::Build;
#[cfg(feature = "schema")]
pub use schema::schemas;

use thumbox_protocol::Error as RequestError;

use crate::budget::Budget;
use crate::error::Result;

/// Answers one JSON request. `build` is what `plugin.info` says of whoever calls this.
///
/// # Errors
/// [`RequestError::UnknownTag`]; [`RequestError::Json`] for a text that is not JSON, or not an object where one is needed;
/// [`RequestError::Parameter`] for a key or a value; those of the images and of the limits.
pub fn call_json(tag: &str, request: &str, build: Build, budget: &Budget) -> Result<String> {
    match tag {
        "echo" => echo(request, budget),
        "image.placeholder" => placeholder::answer(request, budget),
        "image.probe" => probe::answer(request, budget),
        "plugin.info" => info::answer(build, budget),
        "thumbnail.create" => thumbnail::answer(request, budget),
        other => Err(RequestError::UnknownTag(object::shown(other)).into()),
    }
}

fn echo(request: &str, budget: &Budget) -> Result<String> {
    budget.check_reply(request.len() as u64)?;
    let _parsing = object::charge_nesting(request, budget)?;
    // Only checked, never parsed into values: a number keeps every digit that it came with.
    serde_json::from_str::<IgnoredAny>(request)
        .map_err(|error| RequestError::Json(error.to_string()))?;
    let _charge = budget.charge(request.len() as u64, "the reply")?;
    Ok(request.to_owned())
}
