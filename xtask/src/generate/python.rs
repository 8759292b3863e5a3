//! `_layouts.py` of the Python package.

use super::defaults::{defaults, sandbox};
use std::fmt::Write as _;

use thumbox_protocol::{
    Colour, Field, Fit, Format, Frames, Gravity, Kind, LAYOUTS, Layout, MAX_SET, MSG_ECHO,
    MSG_IMAGE_PROBE, MSG_PLACEHOLDER, MSG_THUMBNAIL_CREATE, MSG_THUMBNAIL_SET, OutputFormat,
    Subsampling,
};

const START: &str = r#""""The structures of the binary interface; `thumbox.wire` makes them public and documents them.

`cargo xtask generate` makes this file of `thumbox-protocol`; do not edit it.
"""

from __future__ import annotations

import ctypes
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from typing_extensions import Self

"#;

const BASE: &str = r#"

class _Layout(ctypes.LittleEndianStructure):
    """A structure without padding; `create` refuses what its field cannot hold, where ctypes would cut it off."""

    _layout_ = "ms"  # what `_pack_` means; Python 3.14 wants it said
    _pack_ = 1

    @classmethod
    def _filled(cls, **values: int) -> Self:
        layout = cls()
        for name, value in values.items():
            largest = (1 << 8 * getattr(cls, name).size) - 1
            if not 0 <= value <= largest:
                raise ValueError(f"{name} is {value}; 0 to {largest} is allowed")
            setattr(layout, name, value)
        return layout
"#;

/// Of a response, beside its fields.
const OUTPUT_FORMAT: &str = r#"
    @property
    def output_format(self) -> OutputFormat:
        """The format that was really written."""
        return OutputFormat(self.format)
"#;

/// The file's text.
pub(super) fn layouts() -> String {
    let mut text = String::from(START);
    let messages = [
        ("MSG_ECHO", MSG_ECHO),
        ("MSG_THUMBNAIL_CREATE", MSG_THUMBNAIL_CREATE),
        ("MSG_IMAGE_PROBE", MSG_IMAGE_PROBE),
        ("MSG_THUMBNAIL_SET", MSG_THUMBNAIL_SET),
        ("MSG_PLACEHOLDER", MSG_PLACEHOLDER),
    ];
    let mut constants: Vec<_> = messages.iter().map(|(name, _)| *name).collect();
    let more = [
        "COLOURS",
        "FOCAL",
        "FRAMES",
        "FORMAT_NAMES",
        "MAX_SET",
        "POSITIONS",
        "READ_FORMATS",
        "SUBSAMPLINGS",
    ];
    constants.extend(more);
    constants.extend(defaults().iter().chain(&sandbox()).map(|(name, ..)| *name));
    constants.sort_unstable();
    let mut classes: Vec<_> = LAYOUTS.iter().map(|layout| layout.name).collect();
    classes.extend(["Fit", "OutputFormat"]);
    classes.sort_unstable();
    text += "__all__ = [\n";
    for name in constants.iter().chain(&classes) {
        let _ = writeln!(text, "    \"{name}\",");
    }
    text += "]\n\n";
    for (name, value) in messages {
        let _ = writeln!(text, "{name} = {value}");
    }
    let _ = writeln!(text, "\nMAX_SET = {MAX_SET}");
    text += "\"\"\"Members that a set can have at the most.\"\"\"\n";
    text += "\nFORMAT_NAMES = {\n";
    for format in Format::ALL {
        let _ = writeln!(text, "    {}: {:?},", format as u32, format.name());
    }
    text += "}\n\"\"\"The formats that are read, by their numbers.\"\"\"\n";
    text += "\nREAD_FORMATS = tuple(FORMAT_NAMES.values())\n";
    text += "\"\"\"The formats that are read, in the order of their numbers.\"\"\"\n";
    let subsamplings = Subsampling::ALL.map(|choice| format!("{:?}", choice.name())).join(", ");
    let _ = writeln!(text, "\nSUBSAMPLINGS = ({subsamplings})");
    text += "\"\"\"How many samples of colour a JPEG has, in the order of the numbers.\"\"\"\n";
    let colours = Colour::ALL.map(|choice| format!("{:?}", choice.name())).join(", ");
    let _ = writeln!(text, "\nCOLOURS = ({colours})");
    text += "\"\"\"The colour spaces of a thumbnail, in the order of the numbers.\"\"\"\n";
    let frames = Frames::ALL.map(|choice| format!("{:?}", choice.name())).join(", ");
    let _ = writeln!(text, "\nFRAMES = ({frames})");
    text += "\"\"\"The frames that a thumbnail has, in the order of the numbers.\"\"\"\n";
    text += "\nPOSITIONS = {\n";
    for (words, gravity) in Gravity::words() {
        let _ = writeln!(text, "    {words:?}: {},", gravity.number());
    }
    text +=
        "}\n\"\"\"What a crop keeps, by the words for it, with the number in a request.\"\"\"\n";
    let focal = Gravity::Focal { x: 0, y: 0 }.number();
    let _ = writeln!(text, "\nFOCAL = {focal}");
    text += "\"\"\"The number of a focal point.\"\"\"\n";
    for (name, value, meaning) in defaults().into_iter().chain(sandbox()) {
        let _ = writeln!(text, "\n{name} = {value}\n\"\"\"{meaning}\"\"\"");
    }
    text += "\n\nclass OutputFormat(IntEnum):\n    \"\"\"The format of a thumbnail.\"\"\"\n\n";
    for format in OutputFormat::ALL {
        let _ = writeln!(text, "    {} = {}", format.name().to_uppercase(), format as u32);
    }
    text += "\n    @property\n    def extension(self) -> str:\n";
    text += "        \"\"\"The usual end of a file name: `.jpg`, `.png` or `.webp`.\"\"\"\n";
    text += "        return {0: \".jpg\", 1: \".png\", 2: \".webp\"}[self.value]\n";
    text += "\n\nclass Fit(IntEnum):\n    \"\"\"How the picture meets its box.\"\"\"\n\n";
    for fit in Fit::ALL {
        let _ = writeln!(text, "    {} = {}", fit.name().to_uppercase(), fit as u8);
    }
    text += BASE;
    LAYOUTS.iter().for_each(|layout| class(&mut text, layout));
    text
}

fn class(text: &mut String, layout: &Layout) {
    let Layout { name, meaning, version, size, .. } = layout;
    let _ = writeln!(text, "\n\nclass {name}(_Layout):\n    \"\"\"{meaning}\"\"\"\n");
    let _ = writeln!(text, "    SIZE: ClassVar[int] = {size}");
    if *version > 0 {
        let _ = writeln!(text, "    CURRENT_VERSION: ClassVar[int] = {version}");
    }
    text.push('\n');
    for field in layout.named() {
        let kind = if field.kind == Kind::Bytes { "ctypes.Array[ctypes.c_uint8]" } else { "int" };
        let _ = writeln!(text, "    {}: {kind}", field.name);
    }
    text.push_str("\n    _pack_ = 1\n    _fields_ = (\n");
    for field in layout.fields {
        let underscore = if field.is_reserved() { "_" } else { "" };
        let _ = writeln!(text, "        (\"{underscore}{}\", {}),", field.name, ctypes(field));
    }
    text.push_str("    )\n");
    // Replies are read and never made.
    if layout.field("quality").is_some() || name.contains("Request") {
        create(text, layout);
    }
    if *name == "ThumbnailResponseHeader" {
        text.push_str(OUTPUT_FORMAT);
    }
}

fn ctypes(field: &Field) -> String {
    match field.kind {
        Kind::U8 => "ctypes.c_uint8".to_owned(),
        Kind::U16 => "ctypes.c_uint16".to_owned(),
        Kind::U32 => "ctypes.c_uint32".to_owned(),
        Kind::Bytes => format!("ctypes.c_uint8 * {}", field.size),
    }
}

/// A constructor by name, whose fields that version 1 does not have may be left out.
fn create(text: &mut String, layout: &Layout) {
    let fields: Vec<_> = layout.named().filter(|field| field.name != "version").collect();
    let firsts = ["ThumbnailRequestHeader", "SetRequestHeader"].map(Layout::named_as);
    let is_new =
        |field: &Field| firsts.iter().flatten().all(|first| first.field(field.name).is_none());
    // What stands before a field that has to be given has to be given, too.
    let last = fields.iter().filter(|field| !is_new(field)).map(|field| field.offset).max();
    let is_optional = |field: &Field| Some(field.offset) > last;
    let argument = |field: &&Field| match (field.kind, is_optional(field)) {
        (Kind::Bytes, _) => format!("{}: bytes = bytes({})", field.name, field.size),
        (_, true) => format!("{}: int = 0", field.name),
        (_, false) => format!("{}: int", field.name),
    };
    let arguments: Vec<_> = fields.iter().map(argument).collect();
    text.push_str("\n    @classmethod\n");
    let line = format!("    def create(cls, {}) -> Self:", arguments.join(", "));
    if line.len() <= LINE {
        text.push_str(&line);
    } else {
        text.push_str("    def create(\n        cls,\n");
        for argument in &arguments {
            let _ = writeln!(text, "        {argument},");
        }
        text.push_str("    ) -> Self:");
    }
    let what = if layout.version > 0 { "A header of the current version" } else { "A record" };
    let bytes: Vec<_> = fields.iter().filter(|field| field.kind == Kind::Bytes).collect();
    let about = if bytes.is_empty() { "" } else { "; `background` is four bytes R, G, B, A" };
    let _ = writeln!(text, "\n        \"\"\"{what}{about}.\"\"\"");
    let mut values = Vec::new();
    if layout.version > 0 {
        values.push("version=cls.CURRENT_VERSION".to_owned());
    }
    let numbers = fields.iter().filter(|field| field.kind != Kind::Bytes);
    values.extend(numbers.map(|field| format!("{0}={0}", field.name)));
    let begin = if bytes.is_empty() { "return " } else { "layout = " };
    let line = format!("        {begin}cls._filled({})", values.join(", "));
    if line.len() <= LINE {
        let _ = writeln!(text, "{line}");
    } else {
        let _ = writeln!(text, "        {begin}cls._filled(");
        for value in values {
            let _ = writeln!(text, "            {value},");
        }
        text.push_str("        )\n");
    }
    if !bytes.is_empty() {
        for field in bytes {
            let _ = writeln!(text, "        layout.{0}[:] = list({0})", field.name);
        }
        text.push_str("        return layout\n");
    }
}

/// Characters of a line, as ruff has it in this project.
const LINE: usize = 120;
