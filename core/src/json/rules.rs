//! What the schema of `thumbnail.create` says beyond the types of its keys.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use thumbox_protocol::Gravity;

/// What one key of `thumbnail.create` needs of another.
pub(super) fn rules(schema: &mut Schema) {
    let side = json!({"type": "integer", "minimum": 1});
    let needs_both_sides = json!({
        "if": {"properties": {"fit": {"enum": ["cover", "stretch", "contain"]}}, "required": ["fit"]},
        "then": {"properties": {"width": side, "height": side}, "required": ["width", "height"]},
    });
    let needs_webp = json!({
        "if": {"properties": {"lossless": {"const": true}}, "required": ["lossless"]},
        "then": {"properties": {"format": {"const": "webp"}}, "required": ["format"]},
    });
    let all_needs_webp = json!({
        "if": {"properties": {"frames": {"const": "all"}}, "required": ["frames"]},
        "then": {
            "properties": {"format": {"const": "webp"}, "page": {"enum": [0, null]}},
            "required": ["format"],
        },
    });
    let needs_jpeg = |field: &str, choices: Value| {
        json!({
            "if": {"properties": {field: {"enum": choices}}, "required": [field]},
            "then": {"properties": {"format": {"enum": ["jpeg", null]}}},
        })
    };
    let needs_png = json!({
        "if": {"properties": {"palette": {"const": true}}, "required": ["palette"]},
        "then": {"properties": {"format": {"const": "png"}}, "required": ["format"]},
    });
    let has_quality = json!({
        "if": {"properties": {"format": {"const": "png"}}, "required": ["format"]},
        "else": {"properties": {"quality": {"minimum": 1}}},
    });
    let centre = Gravity::words().into_iter().filter(|(_, gravity)| *gravity == Gravity::Centre);
    let centre: Vec<_> = centre.map(|(text, _)| Value::from(text)).chain([Value::Null]).collect();
    let needs_cover = json!({
        "if": {
            "properties": {"position": {"not": {"enum": centre}}},
            "required": ["position"],
        },
        "then": {"properties": {"fit": {"const": "cover"}}, "required": ["fit"]},
    });
    let rules = json!([
        needs_cover,
        all_needs_webp,
        needs_both_sides,
        needs_webp,
        needs_jpeg("subsampling", json!(["4:2:0", "4:4:4"])),
        needs_jpeg("progressive", json!([true, false])),
        needs_png,
        has_quality,
    ]);
    schema.insert("allOf".into(), rules);
}

/// A position in JSON.
pub(super) struct Position;

impl JsonSchema for Position {
    fn schema_name() -> Cow<'static, str> {
        "Position".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let fraction = json!({"type": "number", "minimum": 0, "maximum": 1});
        let texts: Vec<_> = Gravity::words().into_iter().map(|(text, _)| text).collect();
        json_schema!({ "anyOf": [
            {"type": "string", "enum": texts},
            {"type": "array", "items": fraction, "minItems": 2, "maxItems": 2},
        ]})
    }
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
