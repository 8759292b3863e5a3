//! `include/thumbox.h` is generated: from the ABI module, and from the protocol's layouts, codes,
//! message ids and formats. `cargo xtask generate` writes it anew.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs};

use cbindgen::{Config, DocumentationStyle, EnumConfig, ExportConfig, Language, RenameRule, Style};
use thumbox_protocol::{Kind, LAYOUTS, Layout};

const INTRODUCTION: &str = r#"/*
 * thumbox.h: thumbnails of images that you do not trust, from C.
 *
 * Generated from the Rust sources; a test holds it to them. Do not edit it.
 *
 *     void *plugin = plugin_init(plugin_create(), NULL, 0, NULL);
 *     ThumboxThumbnailRequestHeader header = {.version = 1, .target_width = 256, .target_height = 256,
 *         .output_format = THUMBOX_OUTPUT_FORMAT_JPEG, .quality = 85, .payload_size = image_size};
 *     ThumboxPart parts[] = {{&header, sizeof header}, {image, image_size}};
 *     RbResponse reply = thumbox_call_parts(plugin, THUMBOX_MSG_THUMBNAIL_CREATE, parts, 2);
 *     // reply.error_code, or a ThumboxThumbnailResponseHeader and the file in reply.data
 *     rb_response_free(&reply);
 *     plugin_shutdown(plugin);
 *
 * Functions may be called from any thread. Any value may be passed as a handle: an unknown one is
 * answered by error 1. NULL and impossible lengths are answered by error 4.
 */"#;

/// In this order they stand in the header; the layouts come before the last.
const SOURCES: [&str; 6] = [
    "protocol/src/code.rs",
    "protocol/src/messages.rs",
    "protocol/src/format.rs",
    "protocol/src/choices.rs",
    "native/abi/src/types.rs",
    "native/abi/src/export.rs",
];

/// Made once: its making writes files, which tests that run side by side would read half written.
static HEADER: LazyLock<String> = LazyLock::new(generate);

#[test]
fn the_header_is_what_the_sources_say() {
    let path = root().join("native/include/thumbox.h");
    if env::var_os("THUMBOX_BLESS").is_some_and(|bless| bless == "1") {
        fs::write(&path, &*HEADER).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == *HEADER,
        "native/include/thumbox.h is not what the sources say now; \
         `cargo xtask generate` writes it anew"
    );
}

#[test]
fn the_header_declares_every_symbol_structure_and_number() {
    let symbols = [
        "void *plugin_create(void);",
        "void *plugin_init(void *plugin,",
        "struct FfiBuffer plugin_call(void *handle,",
        "struct RbResponse plugin_call_raw(void *handle,",
        "struct RbResponse thumbox_call_parts(void *handle,",
        "void plugin_free_buffer(struct FfiBuffer *buffer);",
        "void rb_response_free(struct RbResponse *response);",
        "bool plugin_shutdown(void *handle);",
        "void plugin_set_log_level(void *handle,",
        "uint8_t plugin_get_state(void *handle);",
        "uint64_t plugin_get_rejected_count(void *handle);",
        "#define THUMBOX_MSG_ECHO 1",
        "#define THUMBOX_MSG_THUMBNAIL_CREATE 100",
        "#define THUMBOX_MSG_IMAGE_PROBE 101",
        "#define THUMBOX_MSG_THUMBNAIL_SET 102",
        "#define THUMBOX_MSG_PLACEHOLDER 103",
        "THUMBOX_CODE_INVALID_STATE = 1,",
        "THUMBOX_CODE_BUG = 900,",
        "THUMBOX_FORMAT_TIFF = 5,",
        "THUMBOX_FORMAT_RAW = 9,",
        "THUMBOX_CODE_FORMAT_NOT_IN_BUILD = 204,",
        "THUMBOX_OUTPUT_FORMAT_WEBP = 2,",
        "THUMBOX_FIT_CONTAIN = 3,",
        "#define THUMBOX_FLAG_REFUSE_TRUNCATED (1 << 2)",
        "#define THUMBOX_PROBE_PROGRESSIVE (1 << 3)",
    ];
    for symbol in symbols {
        assert!(HEADER.contains(symbol), "{symbol} is missing");
    }
    for layout in LAYOUTS {
        let name = format!("}} Thumbox{};", layout.name);
        assert!(HEADER.contains(&name), "{name} is missing");
    }
}

fn generate() -> String {
    let own_names = ["Code", "Fit", "Format", "OutputFormat"];
    let constants = [
        "MSG_ECHO",
        "MSG_THUMBNAIL_CREATE",
        "MSG_IMAGE_PROBE",
        "MSG_THUMBNAIL_SET",
        "MSG_PLACEHOLDER",
        "MAX_SET",
        "DEFAULT_BOX",
        "DEFAULT_QUALITY",
        "FLAG_ENLARGE",
        "FLAG_LOSSLESS",
        "FLAG_REFUSE_TRUNCATED",
        "PROBE_ALPHA",
        "PROBE_ANIMATED",
        "PROBE_ICC",
        "PROBE_PROGRESSIVE",
        "PLACEHOLDER_ALPHA",
        "PLACEHOLDER_BOX",
    ];
    // Of Rust alone.
    let hidden = [
        "MSG_PANIC",
        "ThumboxFit_ALL",
        "ThumboxFit_FIRST",
        "ThumboxGravity_ATTENTION",
        "ThumboxGravity_FOCAL",
        "ThumboxColour_ALL",
        "ThumboxFrames_ALL",
        "ThumboxFormat_ALL",
        "ThumboxOutputFormat_ALL",
    ];
    let types = own_names.map(|name| (name.to_owned(), format!("Thumbox{name}")));
    let defines = constants.map(|name| (name.to_owned(), format!("THUMBOX_{name}")));
    let callback = [("LogCallback".to_owned(), "ThumboxLogCallback".to_owned())];
    let layouts = LAYOUTS.iter().map(|layout| format!("Thumbox{}", layout.name));
    let config = Config {
        language: Language::C,
        header: Some(INTRODUCTION.to_owned()),
        include_guard: Some("THUMBOX_H".to_owned()),
        cpp_compat: true,
        style: Style::Both,
        documentation_style: DocumentationStyle::C99,
        no_includes: true,
        sys_includes: ["stdbool.h", "stddef.h", "stdint.h"].map(str::to_owned).to_vec(),
        line_length: 100,
        usize_is_size_t: true,
        export: ExportConfig {
            include: layouts.chain(own_names.map(str::to_owned)).collect(),
            exclude: hidden.map(str::to_owned).to_vec(),
            rename: types.into_iter().chain(defines).chain(callback).collect(),
            ..ExportConfig::default()
        },
        enumeration: EnumConfig {
            rename_variants: RenameRule::QualifiedScreamingSnakeCase,
            ..EnumConfig::default()
        },
        ..Config::default()
    };
    let mut builder = cbindgen::Builder::new().with_config(config);
    for source in SOURCES {
        let path = root().join(source);
        assert!(
            path.is_file(),
            "{source} is gone: tell native/tests/header.rs where its contents are"
        );
        if source.ends_with("export.rs") {
            builder = builder.with_src(layouts_as_rust());
        }
        builder = builder.with_src(expanded(path));
    }
    let mut header = Vec::new();
    builder.generate().unwrap().write(&mut header);
    // The generator takes WebP for two words.
    String::from_utf8(header).unwrap().replace("_WEB_P ", "_WEBP ")
}

/// What the macro of the layouts writes: the generator does not expand macros.
fn layouts_as_rust() -> PathBuf {
    let mut source = String::new();
    for layout in LAYOUTS {
        let Layout { name, meaning, .. } = layout;
        writeln!(source, "/// {meaning}\n#[repr(C)]\npub struct Thumbox{name} {{").unwrap();
        for field in layout.fields {
            let kind = match field.kind {
                Kind::U8 => "u8".to_owned(),
                Kind::U16 => "u16".to_owned(),
                Kind::U32 => "u32".to_owned(),
                Kind::Bytes => format!("[u8; {}]", field.size),
            };
            let meaning = field.meaning.replace("an `OutputFormat`", "a `ThumboxOutputFormat`");
            let meaning = meaning.replace("a `Format`", "a `ThumboxFormat`");
            writeln!(source, "    /// {meaning}\n    pub {}: {kind},", field.name).unwrap();
        }
        source += "}\n";
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("layouts.rs");
    fs::write(&path, source).unwrap();
    path
}

/// A source, or what its macro would write for some plugin: the generator does not expand macros.
fn expanded(path: PathBuf) -> PathBuf {
    let source = fs::read_to_string(&path).unwrap();
    let Some((_, body)) = source.split_once("($plugin:ty) => {") else { return path };
    let body = body.trim_end().strip_suffix("};\n}").unwrap();
    let expansion = body.replace("$crate::", "thumbox_abi::").replace("$plugin", "Plugin");
    assert!(!expansion.contains('$'), "{expansion}");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("expansion.rs");
    fs::write(&path, expansion).unwrap();
    path
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
