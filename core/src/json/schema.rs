//! JSON Schemas (draft 2020-12) of the transport, from the types that it is made of.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

use super::info::PluginInfoReply;
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

/// What one key of `thumbnail.create` needs of another.
pub(super) fn rules(schema: &mut Schema) {
    let side = json!({"type": "integer", "minimum": 1});
    let needs_both_sides = json!({
        "if": {"properties": {"fit": {"enum": ["cover", "stretch"]}}, "required": ["fit"]},
        "then": {"properties": {"width": side, "height": side}, "required": ["width", "height"]},
    });
    let needs_webp = json!({
        "if": {"properties": {"lossless": {"const": true}}, "required": ["lossless"]},
        "then": {"properties": {"format": {"const": "webp"}}, "required": ["format"]},
    });
    let has_quality = json!({
        "if": {"properties": {"format": {"const": "png"}}, "required": ["format"]},
        "else": {"properties": {"quality": {"minimum": 1}}},
    });
    schema.insert("allOf".into(), json!([needs_both_sides, needs_webp, has_quality]));
}

/// How a picture meets its box, by its name in JSON.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[allow(dead_code, reason = "only its schema is wanted; a test holds it to what is read")]
pub(super) enum FitName {
    Inside,
    Cover,
    Stretch,
}

/// A colour in JSON.
pub(super) struct Background;

impl JsonSchema for Background {
    fn schema_name() -> Cow<'static, str> {
        "Background".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let channel = json!({"type": "integer", "minimum": 0, "maximum": 255});
        json_schema!({ "anyOf": [
            {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"},
            {"type": "array", "items": channel, "minItems": 3, "maxItems": 3},
        ]})
    }
}
