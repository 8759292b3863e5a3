//! `layouts.js` of the browser's package.

use super::defaults::defaults;
use std::fmt::Write as _;

use thumbox_protocol::{
    Colour, FLAG_BASELINE, FLAG_ENLARGE, FLAG_LOSSLESS, FLAG_PALETTE, FLAG_PROGRESSIVE,
    FLAG_REFUSE_TRUNCATED, Fit, Format, Frames, Gravity, LAYOUTS, Layout, MAX_SET, MSG_ECHO,
    MSG_IMAGE_PROBE, MSG_PLACEHOLDER, MSG_THUMBNAIL_CREATE, MSG_THUMBNAIL_SET, OutputFormat,
    Subsampling,
};

/// The file's text.
pub(super) fn layouts() -> String {
    let mut text = String::from(
        "/** The tables of the binary interface. `cargo xtask generate` makes them of `thumbox-protocol`; do not edit them. */\n\n\
         import { Layout } from \"./layout.js\";\n\n",
    );
    for (name, value) in [
        ("MSG_ECHO", MSG_ECHO),
        ("MSG_THUMBNAIL_CREATE", MSG_THUMBNAIL_CREATE),
        ("MSG_IMAGE_PROBE", MSG_IMAGE_PROBE),
        ("MSG_THUMBNAIL_SET", MSG_THUMBNAIL_SET),
        ("MSG_PLACEHOLDER", MSG_PLACEHOLDER),
    ] {
        constant(&mut text, name, value);
    }
    text += "\n/** Members that a set can have at the most. */\n";
    constant(&mut text, "MAX_SET", MAX_SET);
    for (name, value, meaning) in defaults() {
        let _ = writeln!(text, "\n/** {meaning} */\nexport const {name} = {value};");
    }
    text += "\n/** The formats that are read, with their numbers. */\nexport const FORMATS = /** @type {const} */ ({\n";
    for format in Format::ALL {
        let _ = writeln!(text, "  {}: {},", format.name(), format as u32);
    }
    text += "});\n";
    text += "/** The formats of thumbnails, in the order of their numbers. */\n";
    names(&mut text, "OUTPUT_FORMATS", &OutputFormat::ALL.map(OutputFormat::name));
    text += "/** How a picture meets its box, in the order of their numbers. */\n";
    names(&mut text, "FITS", &Fit::ALL.map(Fit::name));
    text += "/** How many samples of colour a JPEG has, in the order of the numbers. */\n";
    names(&mut text, "SUBSAMPLINGS", &Subsampling::ALL.map(Subsampling::name));
    text += "/** The colour spaces of a thumbnail, in the order of the numbers. */\n";
    names(&mut text, "COLOURS", &Colour::ALL.map(Colour::name));
    text += "/** The frames that a thumbnail has, in the order of the numbers. */\n";
    names(&mut text, "FRAMES", &Frames::ALL.map(Frames::name));
    text += "/** What a crop keeps, by the words for it, with the number in a request. */\n";
    text += "export const POSITIONS = /** @type {const} */ ({\n";
    for (words, gravity) in Gravity::words() {
        let _ = writeln!(text, "  {words:?}: {},", gravity.number());
    }
    text += "});\n";
    text += "/** The number of a focal point. */\n";
    constant(&mut text, "FOCAL", Gravity::Focal { x: 0, y: 0 }.number().into());
    text += "\n";
    for (name, value) in [
        ("FLAG_ENLARGE", FLAG_ENLARGE),
        ("FLAG_LOSSLESS", FLAG_LOSSLESS),
        ("FLAG_REFUSE_TRUNCATED", FLAG_REFUSE_TRUNCATED),
        ("FLAG_PALETTE", FLAG_PALETTE),
        ("FLAG_PROGRESSIVE", FLAG_PROGRESSIVE),
        ("FLAG_BASELINE", FLAG_BASELINE),
    ] {
        constant(&mut text, name, value.into());
    }
    LAYOUTS.iter().for_each(|layout| structure(&mut text, layout));
    text
}

fn constant(text: &mut String, name: &str, value: u32) {
    let _ = writeln!(text, "export const {name} = {value};");
}

fn names(text: &mut String, name: &str, names: &[&str]) {
    let names: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
    let names = names.join(", ");
    let _ = writeln!(text, "export const {name} = /** @type {{const}} */ ([{names}]);");
}

fn structure(text: &mut String, layout: &Layout) {
    let Layout { name, meaning, version, size, .. } = layout;
    let _ = writeln!(text, "\n/** {meaning} */\nexport const {name} = new Layout(\n  {size},\n  [");
    for field in layout.named() {
        let _ = writeln!(text, "    [\"{}\", {}, {}],", field.name, field.offset, field.size);
    }
    text.push_str("  ],\n");
    if *version > 0 {
        let _ = writeln!(text, "  {version},");
    }
    text.push_str(");\n");
}
