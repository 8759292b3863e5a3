//! What the schema of `thumbnail.create` says beyond the types of its keys.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

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
