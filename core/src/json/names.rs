//! The protocol's named values as JSON strings, with the schemas that list them.

use serde::Serialize;
use thumbox_protocol::{Format, OutputFormat};
#[cfg(feature = "schema")]
use {
    schemars::{JsonSchema, Schema, SchemaGenerator, json_schema},
    std::borrow::Cow,
    thumbox_protocol::{Colour, Fit, Frames, Subsampling},
};

/// Makes a JSON string of each type that has names.
macro_rules! names {
    ($($(#[$attribute:meta])* $name:ident of $type:ident: $description:literal,)*) => {
        $(
            #[doc = $description]
            #[derive(Clone, Copy, Serialize)]
            #[serde(transparent)]
            $(#[$attribute])*
            pub(super) struct $name(&'static str);

            $(#[$attribute])*
            impl From<$type> for $name {
                fn from(value: $type) -> Self {
                    Self(value.name())
                }
            }

            #[cfg(feature = "schema")]
            impl JsonSchema for $name {
                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }

                fn inline_schema() -> bool {
                    true
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!({
                        "description": $description,
                        "type": "string",
                        "enum": $type::ALL.map($type::name),
                    })
                }
            }
        )*
    };
}

names! {
    FormatName of Format: "An image format that is read.",
    OutputName of OutputFormat: "A format that is written.",
    #[cfg(feature = "schema")]
    #[allow(dead_code, reason = "only its schema is wanted; a test holds it to what is read")]
    FitName of Fit: "How a picture meets its box, by its name in JSON.",
    #[cfg(feature = "schema")]
    #[allow(dead_code, reason = "only its schema is wanted; a test holds it to what is read")]
    FramesName of Frames: "The frames that a thumbnail has, by their name in JSON.",
    #[cfg(feature = "schema")]
    #[allow(dead_code, reason = "only its schema is wanted; a test holds it to what is read")]
    ColourName of Colour: "The colour space of a thumbnail, by its name in JSON.",
    #[cfg(feature = "schema")]
    #[allow(dead_code, reason = "only its schema is wanted; a test holds it to what is read")]
    SubsamplingName of Subsampling: "How many samples of colour a JPEG has, by its name in JSON.",
}
