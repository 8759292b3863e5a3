//! JSON Schemas (draft 2020-12) of the transport, from the types that it is made of.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, json_schema};

use super::info::PluginInfoReply;
use super::placeholder::{ImagePlaceholderReply, ImagePlaceholderRequest};
use super::probe::{ImageProbeReply, ImageProbeRequest};
use super::thumbnail::{ThumbnailCreateReply, ThumbnailCreateRequest};

/// Each schema of `core/schema` by its file's name, as the file's text.
#[must_use]
pub fn schemas() -> Vec<(&'static str, String)> {
    let anything = |title: &str, description: &str| {
        json_schema!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": title,
            "description": description,
        })
    };
    let files = [
        ("echo.request.json", anything("echo request", "Any JSON value.")),
        ("echo.reply.json", anything("echo reply", "The request.")),
        ("image.placeholder.request.json", generate::<ImagePlaceholderRequest<'_>>()),
        ("image.placeholder.reply.json", generate::<ImagePlaceholderReply<'_>>()),
        ("image.probe.request.json", generate::<ImageProbeRequest>()),
        ("image.probe.reply.json", generate::<ImageProbeReply>()),
        ("plugin.info.request.json", anything("plugin.info request", "Anything: it is not read.")),
        ("plugin.info.reply.json", generate::<PluginInfoReply>()),
        ("thumbnail.create.request.json", generate::<ThumbnailCreateRequest<'_>>()),
        ("thumbnail.create.reply.json", generate::<ThumbnailCreateReply<'_>>()),
    ];
    files.into_iter().map(|(name, schema)| (name, format!("{:#}\n", schema.to_value()))).collect()
}

fn generate<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>()
}
