//! The JSON transport: what rustbridge's `plugin_call` and the component's `call-json` carry.
//!
//! A tag names the message, the request and the reply are JSON texts.

use serde::Serialize;
use serde::de::IgnoredAny;

use crate::budget::{Budget, Limits};
use crate::error::{Error, Result};

/// Answers one JSON request.
///
/// | tag | request | reply |
/// |---|---|---|
/// | `echo` | any JSON value | the same value |
/// | `plugin.info` | anything, or nothing | name, version, formats, limits |
///
/// # Errors
/// [`Error::UnknownTag`], [`Error::Json`] for a text that is not JSON, and the limits' errors.
pub fn call_json(tag: &str, request: &str, budget: &Budget) -> Result<String> {
    let reply = match tag {
        "echo" => echo(request, budget)?,
        "plugin.info" => info(budget.limits())?,
        other => return Err(Error::UnknownTag(other.to_owned())),
    };
    budget.check_reply(reply.len() as u64)?;
    Ok(reply)
}

fn echo(request: &str, budget: &Budget) -> Result<String> {
    budget.check_reply(request.len() as u64)?;
    let _charge = budget.charge(request.len() as u64, "the reply")?;
    // Only checked, never parsed into values: a number keeps every digit that it came with.
    serde_json::from_str::<IgnoredAny>(request).map_err(|error| Error::Json(error.to_string()))?;
    Ok(request.to_owned())
}

#[derive(Serialize)]
struct PluginInfo {
    name: &'static str,
    version: &'static str,
    input_formats: [&'static str; 6],
    output_formats: [&'static str; 3],
    limits: InfoLimits,
}

#[derive(Serialize)]
struct InfoLimits {
    max_pixels: u64,
    max_memory: u64,
    max_reply: u64,
}

fn info(limits: &Limits) -> Result<String> {
    serialize(&PluginInfo {
        name: "thumbox",
        version: crate::VERSION,
        input_formats: ["jpeg", "png", "webp", "gif", "bmp", "tiff"],
        output_formats: ["jpeg", "png", "webp"],
        limits: InfoLimits {
            max_pixels: limits.max_pixels,
            max_memory: limits.max_memory,
            max_reply: limits.max_reply,
        },
    })
}

fn serialize(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Bug(format!("a reply is no JSON: {error}")))
}
