//! The golden set: requests with the replies that every build must give, byte for byte.
//!
//! The set is in `testdata/golden`; `testdata/golden.rs` reads it and says what stands where. Every door replays it. With
//! `THUMBOX_BLESS=1` it is made anew, after a change that is meant to change bytes.

use std::fs;
use std::path::Path;

use image::ImageFormat;
use jpeg_encoder::{ColorType, SamplingFactor};
use thumbox_core::protocol::LAYOUTS;

use crate::cameras::raw;
use crate::common::*;
use crate::golden_set;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

struct Case {
    name: String,
    message_id: u32,
    request: Vec<u8>,
}

fn cases(sources: &[(String, Vec<u8>)]) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: &str, message_id: u32, request: Vec<u8>| {
        cases.push(Case { name: name.to_owned(), message_id, request });
    };
    add("echo-one-byte", 1, vec![0]);
    add("echo", 1, (0..=255).collect());
    add("echo-empty", 1, Vec::new());
    add("unknown-message", 99, vec![1]);
    for (name, image) in sources {
        add(&format!("probe-{name}"), 101, probe(image));
        add(&format!("jpeg-of-{name}"), 100, ask(24, 24, JPEG).v1(image));
        add(&format!("png-of-{name}"), 100, ask(21, 0, PNG).v1(image));
        add(&format!("webp-of-{name}"), 100, ask(0, 23, WEBP).v1(image));
        add(&format!("placeholder-of-{name}"), 103, placeholder(0, image));
    }
    let photo = jpeg(64, 48);
    let alpha = file(scene_with_alpha(40, 30), ImageFormat::Png);
    let grey_alpha = file(grey_with_alpha(40, 30), ImageFormat::Png);
    add("default-box", 100, ask(0, 0, PNG).v1(&jpeg(130, 90)));
    add("not-enlarged", 100, ask(u32::MAX, u32::MAX, PNG).v1(&photo));
    for quality in [1, 50, 89, 90, 100] {
        let ask = Ask { quality, ..ask(32, 32, JPEG) };
        add(&format!("jpeg-quality-{quality}"), 100, ask.v1(&photo));
        let ask = Ask { format: WEBP, ..ask };
        add(&format!("webp-quality-{quality}"), 100, ask.v1(&photo));
    }
    let cover = Ask { fit: 1, ..ask(17, 23, PNG) };
    add("cover", 100, cover.v2(0, &photo));
    add("cover-of-orientation-6", 100, cover.v2(0, &with_orientation(&photo, 6)));
    add("cover-half-pixel", 100, Ask { fit: 1, ..ask(33, 100, PNG) }.v2(0, &photo));
    add("stretch", 100, Ask { fit: 2, ..ask(40, 9, PNG) }.v2(0, &photo));
    add("enlarge", 100, Ask { flags: 1, ..ask(0, 90, PNG) }.v2(0, &photo));
    add("cover-enlarged", 100, Ask { fit: 1, flags: 1, ..ask(90, 90, PNG) }.v2(0, &photo));
    add("lossless-webp", 100, Ask { flags: 2, ..ask(32, 32, WEBP) }.v2(0, &photo));
    add("lossless-webp-alpha", 100, Ask { flags: 2, ..ask(32, 32, WEBP) }.v2(0, &alpha));
    let red = Ask { background: [200, 0, 30, 255], ..ask(32, 32, JPEG) };
    add("background-white", 100, ask(32, 32, JPEG).v2(0, &alpha));
    add("background-red", 100, red.v2(0, &alpha));
    add("background-red-of-grey", 100, red.v2(0, &grey_alpha));
    for effort in [0, 6] {
        for (name, format) in [("jpeg", JPEG), ("png", PNG), ("webp", WEBP)] {
            let encoding = Third { effort: effort + 1, ..Third::default() };
            add(&format!("{name}-effort-{effort}"), 100, ask(32, 32, format).v3(encoding, &photo));
        }
    }
    for (name, format, subsampling, flags2) in [
        ("jpeg-444", JPEG, 2, 0),
        ("jpeg-420", JPEG, 1, 0),
        ("jpeg-progressive", JPEG, 0, 2),
        ("jpeg-baseline", JPEG, 0, 4),
        ("png-palette", PNG, 0, 1),
    ] {
        let encoding = Third { subsampling, flags2, ..Third::default() };
        add(name, 100, ask(32, 32, format).v3(encoding, &photo));
    }
    let corner = Third { gravity: 4, ..Third::default() };
    let focal = Third { gravity: 9, focal: [13_000, 60_000], ..Third::default() };
    let attention = Third { gravity: 10, ..Third::default() };
    add("cover-south-east", 100, cover.v3(corner, &photo));
    add("cover-focal", 100, cover.v3(focal, &photo));
    add("cover-focal-of-orientation-7", 100, cover.v3(focal, &with_orientation(&photo, 7)));
    add("cover-attention", 100, cover.v3(attention, &photo));
    add("cover-attention-of-orientation-6", 100, cover.v3(attention, &with_orientation(&photo, 6)));
    let contain = Ask { fit: 3, ..ask(30, 31, PNG) };
    add("contain", 100, contain.v3(Third::default(), &photo));
    let red = Ask { background: [200, 0, 30, 255], ..contain };
    add("contain-red-of-grey", 100, red.v3(Third::default(), &grey_alpha));
    add("contain-jpeg", 100, Ask { format: JPEG, ..contain }.v3(Third::default(), &alpha));
    let all = Third { frames: 1, ..Third::default() };
    for (name, source) in [("gif", "gif-animated"), ("still", "png-rgb")] {
        let (_, image) = sources.iter().find(|(name, _)| name == source).unwrap();
        add(&format!("animation-of-{name}"), 100, ask(20, 20, WEBP).v3(all, image));
        let page = |page| Third { page, ..Third::default() };
        add(&format!("page-2-of-{name}"), 100, ask(20, 20, PNG).v3(page(2), image));
        add(&format!("page-3-of-{name}"), 100, ask(20, 20, PNG).v3(page(3), image));
        add(&format!("probe-2-{name}"), 101, probe_2(image));
    }
    let (_, moving) = sources.iter().find(|(name, _)| name == "gif-moving").unwrap();
    add("animation-of-what-moves", 100, ask(40, 40, WEBP).v3(all, moving));
    let lossless = Ask { flags: 2, ..ask(40, 40, WEBP) };
    add("animation-of-what-moves-lossless", 100, lossless.v3(all, moving));
    let keep = Third { colour: 1, ..Third::default() };
    let (_, profiled) = sources.iter().find(|(name, _)| name == "jpeg-p3").unwrap();
    for (name, format) in [("jpeg", JPEG), ("png", PNG), ("webp", WEBP)] {
        add(&format!("keep-colour-{name}"), 100, ask(20, 20, format).v3(keep, profiled));
        add(&format!("keep-no-colour-{name}"), 100, ask(20, 20, format).v3(keep, &photo));
    }
    let cut = &photo[..photo.len() * 2 / 3];
    add("truncated-jpeg", 100, ask(32, 32, PNG).v1(cut));
    add("truncated-jpeg-refused", 100, Ask { flags: 4, ..ask(32, 32, PNG) }.v2(0, cut));
    let cut = &alpha[..alpha.len() / 2];
    add("truncated-png", 100, ask(32, 32, PNG).v1(cut));
    add("truncated-png-refused", 100, Ask { flags: 4, ..ask(32, 32, PNG) }.v2(0, cut));
    add("truncated-in-headers", 100, ask(32, 32, PNG).v1(&photo[..100]));
    add("too-many-pixels", 100, ask(32, 32, PNG).v2(3071, &photo));
    add("pixels-at-the-limit", 100, ask(32, 32, PNG).v2(3072, &photo));
    add("pixel-bomb", 100, ask(32, 32, PNG).v1(&png_claiming(65_535, 65_535)));
    add("memory-bomb", 100, ask(16_000, 16_000, PNG).v1(&png_claiming(16_000, 16_000)));
    add("text", 100, ask(32, 32, PNG).v1(b"I am a text and no image at all."));
    add("pdf", 100, ask(32, 32, PNG).v1(b"%PDF-1.7\n"));
    add("heic", 100, ask(32, 32, PNG).v1(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"));
    add("avif-probe", 101, probe(b"\0\0\0\x18ftypmif1\0\0\0\0miafavif"));
    let one = [ask(20, 20, WEBP)];
    add("set-of-one", 102, set(&one, &photo));
    let three = [ask(48, 48, JPEG), Ask { fit: 1, ..ask(16, 16, PNG) }, ask(24, 0, WEBP)];
    add("set-of-three", 102, set(&three, &with_orientation(&photo, 8)));
    let bad = [ask(48, 48, JPEG), ask(16, 16, 7)];
    add("set-with-a-bad-member", 102, set(&bad, &photo));
    add("placeholder-reduced", 103, placeholder(0, &jpeg(130, 90)));
    add("placeholder-of-truncated-jpeg", 103, placeholder(0, &photo[..photo.len() * 2 / 3]));
    add("placeholder-at-the-limit", 103, placeholder(3072, &photo));
    add("placeholder-too-many-pixels", 103, placeholder(3071, &photo));
    add("placeholder-pixel-bomb", 103, placeholder(0, &png_claiming(65_535, 65_535)));
    add("placeholder-of-text", 103, placeholder(0, b"I am a text and no image at all."));
    add("placeholder-of-nothing", 103, placeholder(0, b""));
    add("placeholder-without-header", 103, vec![1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    add("placeholder-version-2", 103, vec![2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    add("placeholder-reserved", 103, vec![1, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0]);
    add("placeholder-payload-size", 103, vec![1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
    cases
}

/// One small source of every kind.
fn sources() -> Vec<(&'static str, Vec<u8>)> {
    let (width, height) = (64, 48);
    let rgb = scene(width, height);
    let as_jpeg = |color, pixels: &[u8], how| jpeg_of(pixels, width, height, color, how);
    let full = Jpeg { sampling: SamplingFactor::F_1_1, ..BASELINE };
    let inks: Vec<u8> = rgb
        .as_chunks::<3>()
        .0
        .iter()
        .flat_map(|[r, g, b]| {
            let black = 255 - r.max(g).max(b);
            [255 - r - black, 255 - g - black, 255 - b - black, black]
        })
        .collect();
    let mut p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    // Its date (ICC.1:2022, table 15), which would make another request each time.
    p3[24..36].fill(0);
    let p3 = [b"ICC_PROFILE\0\x01\x01", p3.as_slice()].concat();
    let wide: image::ImageBuffer<image::Rgb<u16>, Vec<u16>> =
        image::DynamicImage::from(rgb.clone()).into_rgb16();
    let photo = jpeg(width, height);
    let mut sources = vec![
        ("jpeg-420", photo.clone()),
        ("jpeg-444", as_jpeg(ColorType::Rgb, &rgb, full)),
        ("jpeg-progressive", as_jpeg(ColorType::Rgb, &rgb, Jpeg { progressive: true, ..BASELINE })),
        ("jpeg-restarts", as_jpeg(ColorType::Rgb, &rgb, Jpeg { restart: 2, ..BASELINE })),
        ("jpeg-grey", as_jpeg(ColorType::Luma, &grey(width, height), full)),
        ("jpeg-cmyk", as_jpeg(ColorType::Cmyk, &inks, full)),
        ("jpeg-ycck", as_jpeg(ColorType::CmykAsYcck, &inks, full)),
        ("jpeg-p3", with_segment(&photo, 0xE2, &p3)),
        ("png-rgb", file(rgb.clone(), ImageFormat::Png)),
        ("png-rgba", file(scene_with_alpha(width, height), ImageFormat::Png)),
        ("png-grey", file(grey(width, height), ImageFormat::Png)),
        ("png-grey-alpha", file(grey_with_alpha(width, height), ImageFormat::Png)),
        ("png-16-bit", file(wide, ImageFormat::Png)),
        ("png-palette", palette_png(width, height)),
        ("png-orientation-5", with_chunk(&png(width, height), b"eXIf", &exif(5)[6..])),
        ("webp-lossless", file(scene_with_alpha(width, height), ImageFormat::WebP)),
        ("webp-lossy", thumbnail(&ask(0, 0, WEBP).v1(&photo)).2),
        ("webp-lossy-alpha", {
            let alpha = file(scene_with_alpha(width, height), ImageFormat::Png);
            thumbnail(&ask(0, 0, WEBP).v1(&alpha)).2
        }),
        ("gif", gif(width, height, 1)),
        ("gif-animated", gif(width, height, 3)),
        ("gif-moving", moving_gif(width, height)),
        ("bmp", file(rgb.clone(), ImageFormat::Bmp)),
        ("bmp-alpha", file(scene_with_alpha(width, height), ImageFormat::Bmp)),
        ("tiff", file(rgb.clone(), ImageFormat::Tiff)),
        ("raw", raw(width, height)),
        ("qoi", qoi_of(&rgb)),
        ("pnm", ppm_of(&rgb)),
        ("tga", tga_of(&rgb)),
        ("psd", psd_of(&rgb)),
        ("ico", icon(1, &[png(16, 12), png(width, height)])),
        ("cur", icon(2, &[png(16, 12), file(scene_with_alpha(width, height), ImageFormat::Png)])),
        ("one-pixel", file(scene(1, 1), ImageFormat::Png)),
        ("one-column", file(scene(1, 77), ImageFormat::Png)),
    ];
    const TURNED: [&str; 8] = [
        "orientation-1",
        "orientation-2",
        "orientation-3",
        "orientation-4",
        "orientation-5",
        "orientation-6",
        "orientation-7",
        "orientation-8",
    ];
    for (number, name) in (1..).zip(TURNED) {
        sources.push((name, with_orientation(&photo, number)));
    }
    sources
}

/// Sources of single cases: what was changed, cut off or claims too much.
fn more_sources() -> Vec<(String, Vec<u8>)> {
    let photo = jpeg(64, 48);
    let alpha = file(scene_with_alpha(40, 30), ImageFormat::Png);
    let sources = [
        ("jpeg-larger", jpeg(130, 90)),
        ("jpeg-cut", photo[..photo.len() * 2 / 3].to_vec()),
        ("jpeg-cut-in-headers", photo[..100].to_vec()),
        ("png-alpha", alpha.clone()),
        ("png-alpha-cut", alpha[..alpha.len() / 2].to_vec()),
        ("png-grey-and-alpha", file(grey_with_alpha(40, 30), ImageFormat::Png)),
        ("png-of-4294836225-pixels", png_claiming(65_535, 65_535)),
        ("png-of-256000000-pixels", png_claiming(16_000, 16_000)),
    ];
    sources.map(|(name, image)| (name.to_owned(), image)).into()
}

fn bless(sources: &[(String, Vec<u8>)]) {
    let folder = golden_set::folder(root());
    let _ = fs::remove_dir_all(&folder);
    for part in ["sources", "replies"] {
        fs::create_dir_all(folder.join(part)).unwrap();
    }
    let all: Vec<_> = sources.iter().cloned().chain(more_sources()).collect();
    for (name, image) in &all {
        fs::write(folder.join("sources").join(name), image).unwrap();
    }
    let mut table = String::new();
    for Case { name, message_id, request } in cases(sources) {
        let (code, reply) = match answer(message_id, &request) {
            Ok(reply) => (0, reply),
            Err(error) => (error.code().number(), error.to_string().into_bytes()),
        };
        let behind = all.iter().filter(|(_, image)| request.ends_with(image));
        let source = behind.max_by_key(|(_, image)| image.len());
        let header = &request[..request.len() - source.map_or(0, |(_, image)| image.len())];
        let header = header.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let header = if header.is_empty() { "-" } else { &header };
        let source = source.map_or("-", |(name, _)| name);
        table += &format!("{name}\t{message_id}\t{code}\t{header}\t{source}\n");
        fs::write(folder.join("replies").join(name), reply).unwrap();
    }
    fs::write(folder.join("cases.tsv"), table).unwrap();
    fs::write(folder.join("layouts.json"), layouts()).unwrap();
}

#[test]
fn every_case_is_answered_with_its_bytes() {
    let sources = sources().into_iter().map(|(name, image)| (name.to_owned(), image));
    let sources: Vec<_> = sources.collect();
    if std::env::var_os("THUMBOX_BLESS").is_some() {
        bless(&sources);
    }
    let cases = cases(&sources);
    let golden = golden_set::cases(root());
    for golden_set::Case { name, message_id, code, request, answer: expected } in &golden {
        let (found_code, found) = match answer(*message_id, request) {
            Ok(reply) => (0, reply),
            Err(error) => (error.code().number(), error.to_string().into_bytes()),
        };
        assert_eq!(found_code, *code, "{name}");
        assert!(found == *expected, "{name}: the reply differs: {}...", hex(&found));
    }
    assert_eq!(golden.len(), cases.len(), "the set is not that of this test; set THUMBOX_BLESS=1");
}

/// The layout tables for the copies in other languages.
fn layouts() -> String {
    #[derive(serde::Serialize)]
    struct Field<'a> {
        name: &'a str,
        offset: usize,
        size: usize,
    }
    #[derive(serde::Serialize)]
    struct Layout<'a> {
        name: &'a str,
        size: usize,
        fields: Vec<Field<'a>>,
    }
    let layouts: Vec<_> = LAYOUTS
        .iter()
        .map(|layout| Layout {
            name: layout.name,
            size: layout.size,
            fields: layout
                .named()
                .map(|field| Field { name: field.name, offset: field.offset, size: field.size })
                .collect(),
        })
        .collect();
    serde_json::to_string_pretty(&layouts).unwrap() + "\n"
}

#[test]
fn the_layouts_given_to_other_languages_are_the_tables() {
    if std::env::var_os("THUMBOX_BLESS").is_some() {
        return;
    }
    let stored = fs::read_to_string(golden_set::folder(root()).join("layouts.json")).unwrap();
    assert_eq!(stored, layouts(), "set THUMBOX_BLESS=1");
}
