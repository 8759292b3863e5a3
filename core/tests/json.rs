//! The JSON transport: its bytes are those of the binary messages, its refusals name key, value and what is allowed,
//! and what it holds is paid for.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::ImageFormat;
use serde_json::{Map, Value, json};
use thumbox_core::protocol::{
    Colour, Fit, Frames, Gravity, OutputFormat, Subsampling, TargetFields, ThumbnailRequest,
};
use thumbox_core::{Budget, Build, Error, Format, Limits, call_json};

use crate::common::*;
use crate::golden_set;

/// The name of a format's number.
fn name_of(number: u32) -> &'static str {
    Format::ALL.into_iter().find(|format| *format as u32 == number).unwrap().name()
}

fn ask_json(tag: &str, request: &str) -> Result<Value, Error> {
    let budget = Budget::new(Limits::DEFAULT);
    let reply = call_json(tag, request, Build::Native, &budget);
    assert_eq!(budget.left(), Limits::DEFAULT.max_memory, "a charge was not given back");
    reply.map(|reply| serde_json::from_str(&reply).unwrap())
}

fn create(request: &Value) -> Result<Value, Error> {
    ask_json("thumbnail.create", &request.to_string())
}

/// A request for the smallest of pictures, with some keys more.
fn with(more: Value) -> Value {
    let mut request = json!({ "image": STANDARD.encode(png(3, 2)) });
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

/// A request of message 100 in JSON, where JSON has a word for everything in it.
fn in_json(request: &[u8]) -> Option<Value> {
    let (header, second) = match request.first()? {
        1 => (24, false),
        2 => (40, true),
        3 => (64, true),
        _ => return None,
    };
    let mut json = Map::new();
    json.insert("image".into(), STANDARD.encode(&request[header..]).into());
    json.insert("width".into(), u32_at(request, 4).into());
    json.insert("height".into(), u32_at(request, 8).into());
    json.insert(
        "format".into(),
        (*["jpeg", "png", "webp"].get(u32_at(request, 12) as usize)?).into(),
    );
    json.insert("quality".into(), u32_at(request, 16).into());
    if second {
        let flags = request[25];
        json.insert(
            "fit".into(),
            (*["inside", "cover", "stretch", "contain"].get(request[24] as usize)?).into(),
        );
        json.insert("enlarge".into(), (flags & 1 != 0).into());
        json.insert("lossless".into(), (flags & 2 != 0).into());
        json.insert("refuse_truncated".into(), (flags & 4 != 0).into());
        if let [r, g, b, 255] = request[28..32] {
            json.insert("background".into(), format!("#{r:02x}{g:02x}{b:02X}").into());
        }
        json.insert("max_pixels".into(), u32_at(request, 32).into());
    }
    if header == 64 {
        let (effort, subsampling, flags) = (request[41], request[48], request[49]);
        json.insert("effort".into(), effort.checked_sub(1).unwrap_or(4).into());
        let focal = [44, 46].map(|at| u16::from_le_bytes([request[at], request[at + 1]]));
        let gravity = Gravity::from_number(request[40], focal)?;
        let position = match gravity.name() {
            Some(name) => name.into(),
            None => focal.map(|part| f64::from(part) / 65_535.0).to_vec().into(),
        };
        json.insert("position".into(), position);
        json.insert("frames".into(), (*["first", "all"].get(request[42] as usize)?).into());
        json.insert("page".into(), u16::from_le_bytes([request[50], request[51]]).into());
        json.insert("colour".into(), (*["srgb", "keep"].get(request[43] as usize)?).into());
        let subsampling = *["auto", "4:2:0", "4:4:4"].get(subsampling as usize)?;
        json.insert("subsampling".into(), subsampling.into());
        json.insert("palette".into(), (flags & 1 != 0).into());
        if flags & 6 != 0 {
            json.insert("progressive".into(), (flags & 2 != 0).into());
        }
    }
    Some(json.into())
}

/// The fields of message 100 for a case of `testdata/options.json`, where numbers can say it.
fn fields(options: &Map<String, Value>) -> Option<(TargetFields, u32)> {
    let mut fields = TargetFields::DEFAULT;
    let mut max_pixels = 0;
    let number = |value: &Value| u32::try_from(value.as_u64()?).ok();
    let place =
        |names: &[&str], value: &Value| names.iter().position(|name| Some(*name) == value.as_str());
    for (name, value) in options {
        match name.as_str() {
            "width" => fields.width = number(value)?,
            "height" => fields.height = number(value)?,
            "quality" => fields.quality = number(value)?,
            "max_pixels" => max_pixels = number(value)?,
            // A name that is unknown is a number that is.
            "format" => {
                fields.format = place(&OutputFormat::ALL.map(OutputFormat::name), value)
                    .map_or(9, |place| place as u32);
            }
            "fit" => {
                fields.fit = place(&Fit::ALL.map(Fit::name), value).map_or(9, |place| place as u8);
            }
            "enlarge" => fields.flags |= u8::from(value.as_bool()?),
            "lossless" => fields.flags |= u8::from(value.as_bool()?) << 1,
            "refuse_truncated" => fields.flags |= u8::from(value.as_bool()?) << 2,
            "background" => {
                let digits =
                    value.as_str()?.strip_prefix('#').filter(|digits| digits.len() == 6)?;
                let [_, r, g, b] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
                fields.background = [r, g, b, 255];
            }
            // What is no number from 0 on is one that is not allowed.
            "effort" => fields.effort = value.as_u64().map_or(9, |effort| effort as u8 + 1),
            "position" => {
                let gravity = match value.as_array() {
                    None => Gravity::from_words(value.as_str()?)?,
                    Some(point) => {
                        let point: Vec<f64> = point.iter().filter_map(Value::as_f64).collect();
                        let [x, y] = *point.as_slice() else { return None };
                        let allowed = 0.0..=1.0;
                        if !allowed.contains(&x) || !allowed.contains(&y) {
                            return None;
                        }
                        let [x, y] = [x, y].map(|part| (part * 65_535.0).round() as u16);
                        Gravity::Focal { x, y }
                    }
                };
                (fields.gravity, fields.focal) = (gravity.number(), gravity.focal());
            }
            "page" => fields.page = u16::try_from(value.as_u64()?).ok()?,
            "frames" => {
                fields.frames =
                    place(&Frames::ALL.map(Frames::name), value).map_or(9, |place| place as u8);
            }
            "colour" => {
                fields.colour =
                    place(&Colour::ALL.map(Colour::name), value).map_or(9, |place| place as u8);
            }
            "subsampling" => {
                fields.subsampling = place(&Subsampling::ALL.map(Subsampling::name), value)
                    .map_or(9, |place| place as u8);
            }
            "progressive" => fields.flags2 |= if value.as_bool()? { 2 } else { 4 },
            "palette" => fields.flags2 |= u8::from(value.as_bool()?),
            _ => return None,
        }
    }
    Some((fields, max_pixels))
}

#[test]
fn options_are_allowed_and_refused_as_in_every_language() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let text = std::fs::read_to_string(root.join("testdata/options.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let image = jpeg(64, 48);
    let mut by_numbers = 0;
    for case in &cases {
        let options = case["options"].as_object().unwrap();
        let refused = case.get("refused").map(|field| field.as_str().unwrap());
        let mut request = options.clone();
        request.insert("image".into(), STANDARD.encode(&image).into());
        match (create(&request.into()), refused) {
            (Ok(_), None) => {}
            (Err(error), Some(field)) => {
                let text = error.to_string();
                assert_eq!(error.code().number(), 101, "{case}: {text}");
                let unknown = format!("a key is \"{field}\"");
                assert!(
                    text.contains(&format!(": {field} is ")) || text.contains(&unknown),
                    "{text}"
                );
            }
            (answer, _) => panic!("{case}: {answer:?}"),
        }
        // PNG's quality is not looked at in a binary request.
        let is_png = options.get("format").is_some_and(|format| format == "png");
        if is_png && refused == Some("quality") {
            continue;
        }
        if let Some((fields, max_pixels)) = fields(options) {
            let length = u32::try_from(image.len()).unwrap();
            let header = ThumbnailRequest::header(&fields, max_pixels, length);
            let answer = answer(100, &[header.as_slice(), &image].concat());
            let code = answer.err().map_or(0, |error| error.code().number());
            assert_eq!(code, if refused.is_some() { 101 } else { 0 }, "{case}");
            by_numbers += 1;
        }
    }
    assert!(cases.len() > 40 && by_numbers > 25, "{} {by_numbers}", cases.len());
}

#[test]
fn the_golden_answers_have_the_same_bytes_in_json() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let (mut thumbnails, mut probes, mut placeholders, mut refused) = (0, 0, 0, 0);
    for golden_set::Case { name, message_id, code, request, answer: reply } in
        golden_set::cases(root)
    {
        let answer = match message_id {
            100 => create(&in_json(&request).unwrap_or_else(|| panic!("{name} has no JSON"))),
            101 => ask_json(
                "image.probe",
                &json!({ "image": STANDARD.encode(&request[8..]) }).to_string(),
            ),
            103 if request.len() >= 12 && u32_at(&request, 0) == 1 && u32_at(&request, 8) != 1 => {
                let (image, max_pixels) = (STANDARD.encode(&request[12..]), u32_at(&request, 4));
                let request = json!({ "image": image, "max_pixels": max_pixels });
                ask_json("image.placeholder", &request.to_string())
            }
            // Without a header, or with one that JSON does not have.
            _ => continue,
        };
        match answer {
            Err(error) => {
                assert_eq!(error.code().number(), code, "{name}: {error}");
                // What is left of the memory differs by the decoded base64.
                if code != 301 {
                    assert_eq!(error.to_string().into_bytes(), reply, "{name}");
                }
                refused += 1;
            }
            Ok(answer) if message_id == 100 => {
                assert_eq!(code, 0, "{name}");
                assert_eq!(answer["width"], u32_at(&reply, 4), "{name}");
                assert_eq!(answer["height"], u32_at(&reply, 8), "{name}");
                let format = ["jpeg", "png", "webp"][u32_at(&reply, 12) as usize];
                assert_eq!(answer["format"], format, "{name}");
                let data = STANDARD.decode(answer["data"].as_str().unwrap()).unwrap();
                assert!(data == reply[20..], "{name}: the files differ");
                thumbnails += 1;
            }
            Ok(answer) if message_id == 103 => {
                let expected = json!({
                    "width": u32_at(&reply, 4), "height": u32_at(&reply, 8),
                    "has_alpha": reply[1] == 1, "average": reply[13..16],
                    "hash": STANDARD.encode(&reply[16..]),
                });
                assert_eq!(answer, expected, "{name}");
                placeholders += 1;
            }
            Ok(answer) => {
                let flag = |bit: u8| reply[2] & bit != 0;
                // The first version of a probe does not have these.
                let (frames, duration_ms) = match reply.get(28..) {
                    Some([]) | None => (answer["frames"].clone(), answer["duration_ms"].clone()),
                    Some(_) => (u32_at(&reply, 28).into(), u32_at(&reply, 32).into()),
                };
                let expected = json!({
                    "frames": frames, "duration_ms": duration_ms,
                    "format": name_of(u32_at(&reply, 20)),
                    "width": u32_at(&reply, 12), "height": u32_at(&reply, 16),
                    "stored_width": u32_at(&reply, 4), "stored_height": u32_at(&reply, 8),
                    "orientation": reply[1],
                    "alpha": flag(1), "animated": flag(2), "icc": flag(4), "progressive": flag(8),
                });
                assert_eq!(answer, expected, "{name}");
                probes += 1;
            }
        }
    }
    let counts = format!("{thumbnails} {probes} {placeholders} {refused}");
    assert!(thumbnails > 100 && probes > 30 && placeholders > 30 && refused > 5, "{counts}");
}

#[test]
fn what_is_not_said_has_the_default() {
    let image = png(300, 200);
    let expected = thumbnail(&Ask { quality: 85, ..ask(0, 0, JPEG) }.v1(&image));
    let image = STANDARD.encode(&image);
    let all = json!({
        "image": image, "width": 0, "height": 0, "format": "jpeg", "quality": 85, "fit": "inside", "enlarge": false,
        "lossless": false, "refuse_truncated": false, "background": null, "max_pixels": 0, "position": "centre",
        "colour": "srgb", "frames": "first", "page": 0,
    });
    let mut nulls = all.clone();
    nulls.as_object_mut().unwrap().iter_mut().for_each(|(key, value)| {
        if key != "image" {
            *value = Value::Null;
        }
    });
    for request in [json!({ "image": image }), all, nulls] {
        let answer = create(&request).unwrap();
        assert_eq!((&answer["width"], &answer["height"]), (&json!(100), &json!(67)));
        assert_eq!(STANDARD.decode(answer["data"].as_str().unwrap()).unwrap(), expected.2);
    }
}

#[test]
fn the_same_values_in_other_words_are_the_same_request() {
    let plain = create(&with(json!({ "width": 3, "background": "#C8001e" }))).unwrap();
    assert_eq!(
        create(&with(json!({ "width": 3.0, "background": [200, 0, 30.0] }))).unwrap(),
        plain
    );
    let image = STANDARD.encode(png(3, 2));
    let escaped = image.replace('/', "\\/").replace('+', "\\u002B").replace('A', "\\u0041");
    assert_ne!(image, escaped);
    let request =
        format!(r##" {{ "\u0069mage":"{escaped}" , "width" :3e0,"background":"\u0023c8001E" }} "##);
    assert_eq!(ask_json("thumbnail.create", &request).unwrap(), plain);
}

#[test]
fn a_refusal_names_the_key_the_value_and_what_is_allowed() {
    let side = "0 to 4294967295 is allowed";
    let base64 = "a file in base64 (RFC 4648, section 4, with padding) is allowed";
    let colour = "\"#rrggbb\", or three numbers from 0 to 255 are allowed";
    let cases = [
        (json!({ "width": -1 }), format!("width is -1; {side}")),
        (json!({ "width": 1.5 }), format!("width is 1.5; {side}")),
        (json!({ "height": "9" }), format!("height is \"9\"; {side}")),
        (json!({ "height": 1_u64 << 32 }), format!("height is 4294967296; {side}")),
        (json!({ "format": "gif" }), "format is \"gif\"; \"jpeg\", \"png\", \"webp\" are allowed".into()),
        (json!({ "format": "JPEG" }), "format is \"JPEG\"; \"jpeg\", \"png\", \"webp\" are allowed".into()),
        (json!({ "format": 0 }), "format is 0; \"jpeg\", \"png\", \"webp\" are allowed".into()),
        (json!({ "quality": 0 }), "quality is 0; 1 to 100 is allowed".into()),
        (json!({ "quality": 101 }), "quality is 101; 0 to 100 is allowed".into()),
        (json!({ "fit": "fill" }), "fit is \"fill\"; \"inside\", \"cover\", \"stretch\", \"contain\" are allowed".into()),
        (
            json!({ "fit": "cover", "width": 5 }),
            "fit is cover with a box of 5 x 0; cover, stretch and contain need both sides".into(),
        ),
        (json!({ "enlarge": 1 }), "enlarge is 1; true or false is allowed".into()),
        (json!({ "lossless": "true" }), "lossless is \"true\"; true or false is allowed".into()),
        (
            json!({ "lossless": true }),
            "lossless is set for a JPEG; only WebP has that choice".into(),
        ),
        (json!({ "refuse_truncated": [] }), "refuse_truncated is []; true or false is allowed".into()),
        (json!({ "background": "white" }), format!("background is \"white\"; {colour}")),
        (json!({ "background": "#+00000" }), format!("background is \"#+00000\"; {colour}")),
        (json!({ "background": [1, 2] }), format!("background is [1,2]; {colour}")),
        (json!({ "background": [1, 2, 256] }), format!("background is [1,2,256]; {colour}")),
        (json!({ "max_pixels": {} }), format!("max_pixels is {{}}; {side}")),
        (json!({ "image": null }), "image is missing; the image file in base64 is needed".into()),
        (json!({ "image": 7 }), format!("image is 7; {base64}")),
        (json!({ "image": "A" }), format!("image is \"A\"; {base64}: Invalid input length: 1")),
        (json!({ "image": "QUJD\n" }), format!("image is \"QUJD\\n\"; {base64}: Invalid ")),
        (json!({ "image": "QUI" }), format!("image is \"QUI\"; {base64}: Invalid ")),
        (json!({ "image": "__8=" }), format!("image is \"__8=\"; {base64}: Invalid symbol 95, offset 0")),
        (
            json!({ "witdh": 5 }),
            "a key is \"witdh\"; known: image, width, height, format, quality, fit, enlarge, lossless, refuse_truncated, \
             background, position, effort, frames, colour, subsampling, progressive, palette, page, max_pixels"
                .into(),
        ),
    ];
    for (more, said) in cases {
        let error = create(&with(more.clone())).unwrap_err();
        assert_eq!(error.code().number(), 101, "{more}: {error}");
        let text = error.to_string();
        assert!(text.starts_with(&format!("request: {said}")), "{more}: {text}");
    }
    let long = create(&with(json!({ "format": "x".repeat(1 << 20) }))).unwrap_err().to_string();
    assert!(long.len() < 200 && long.contains("(1048578 bytes)"), "{long}");
    let error = ask_json("image.probe", r#"{"image": "", "width": 1}"#).unwrap_err();
    assert_eq!(error.to_string(), "request: a key is \"width\"; known: image");
    let error = ask_json("image.placeholder", r#"{"image": "", "width": 1}"#).unwrap_err();
    assert_eq!(error.to_string(), "request: a key is \"width\"; known: image, max_pixels");
}

#[test]
fn what_does_not_parse_is_code_5_and_an_unknown_tag_code_6() {
    for tag in ["thumbnail.create", "image.probe", "image.placeholder"] {
        for text in ["", "{", "[]", "7", "null", r#"{"image": "}"#, r#"{"image": "\x"}"#, "{}{}"] {
            let error = ask_json(tag, text).unwrap_err();
            assert_eq!(error.code().number(), 5, "{tag} {text}: {error}");
        }
        assert_eq!(ask_json(tag, "{}").unwrap_err().code().number(), 101);
        assert_eq!(ask_json(tag, r#"{"image": ""}"#).unwrap_err().code().number(), 202);
    }
    let error = ask_json(&"tag".repeat(1 << 20), "{}").unwrap_err();
    let text = error.to_string();
    assert!(error.code().number() == 6 && text.len() < 300, "{text}");
    for tag in ["echo", "image.placeholder", "image.probe", "plugin.info", "thumbnail.create"] {
        assert!(text.contains(tag), "{text}");
    }
}

#[test]
fn info_says_what_is_and_what_is_allowed() {
    for build in [Build::Native, Build::Component] {
        let limits =
            Limits { max_pixels: 5, max_memory: 1 << 20, max_reply: 1 << 10, ..Limits::DEFAULT };
        let info = call_json("plugin.info", "", build, &Budget::new(limits)).unwrap();
        let info: Value = serde_json::from_str(&info).unwrap();
        assert_eq!(info["name"], "thumbox");
        assert_eq!(info["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(
            info["limits"],
            json!({ "max_pixels": 5, "max_memory": 1 << 20, "max_reply": 1 << 10 })
        );
        assert_eq!(info["build"]["kind"], format!("{build:?}").to_lowercase());
        assert_eq!(info["build"]["arch"], std::env::consts::ARCH);
        for tag in info["tags"].as_array().unwrap() {
            let error = ask_json(tag.as_str().unwrap(), "{").map(|_| ()).err();
            assert!(error.is_none_or(|error| error.code().number() == 5), "{tag}");
        }
        for id in info["message_ids"].as_array().unwrap() {
            let answer = answer(id.as_u64().unwrap() as u32, b"");
            assert_eq!(answer.unwrap_err().code().number(), 100, "{id}");
        }
    }
}

/// What a call may hold that no request or image chooses.
const CONSTANT: u64 = 96 << 10;

fn held_under(name: &str, tag: &str, request: &str) -> u64 {
    let budget = Budget::new(Limits::DEFAULT);
    let mut answer = Ok(String::new());
    let held = allocation_counter::measure(|| {
        answer = call_json(tag, request, Build::Native, &budget);
    });
    let (real, charged) = (held.bytes_max, budget.peak());
    assert!(real <= charged + CONSTANT, "{name}: {real} bytes held, {charged} charged");
    assert_eq!(budget.left(), Limits::DEFAULT.max_memory, "{name}");
    charged
}

#[test]
fn what_is_held_is_paid_for() {
    let image = STANDARD.encode(file(scene(900, 600), ImageFormat::Bmp));
    assert!(image.len() > 1 << 20);
    let create = |more: &str| format!(r#"{{"image": "{image}"{more}}}"#);
    let charged = held_under("small", "thumbnail.create", &create(""));
    assert!(charged > image.len() as u64 * 3 / 4);
    let large = create(r#", "width": 900, "height": 600, "format": "png""#);
    held_under("large", "thumbnail.create", &large);
    held_under("probe", "image.probe", &create(""));
    held_under("placeholder", "image.placeholder", &create(r#", "max_pixels": 0"#));
    let escaped = format!(r#"{{"image": "{}"}}"#, image.replace('A', "\\u0041"));
    held_under("escaped", "thumbnail.create", &escaped);
    let deep = "[".repeat(1 << 20);
    held_under("deep", "thumbnail.create", &create(&format!(", \"width\": {deep}")));
    held_under("deep echo", "echo", &deep);
    let closed = format!("{deep}{}", "]".repeat(1 << 20));
    held_under("closed echo", "echo", &closed);
    held_under("deep width", "thumbnail.create", &create(&format!(", \"width\": {closed}")));
    let long = "\\u0041".repeat(1 << 18);
    held_under("a long key", "thumbnail.create", &create(&format!(", \"{long}\": 1")));
    held_under("a long word", "thumbnail.create", &create(&format!(", \"format\": \"{long}\"")));
    held_under(
        "a long number",
        "thumbnail.create",
        &create(&format!(", \"width\": {}", "1".repeat(1 << 20))),
    );
    held_under(
        "no base64",
        "thumbnail.create",
        &format!(r#"{{"image": "{}"}}"#, "!".repeat(1 << 20)),
    );
    held_under(
        "many keys",
        "thumbnail.create",
        &format!("{{{}\"width\": 1}}", "\"width\": 1, ".repeat(1 << 16)),
    );
    held_under("a long tag", &"t".repeat(1 << 20), "{}");
}

#[test]
fn the_limits_hold_before_anything_is_allocated() {
    let image = STANDARD.encode(jpeg(400, 300));
    let request = json!({ "image": image, "width": 200 }).to_string();
    let ask = |limits| call_json("thumbnail.create", &request, Build::Native, &Budget::new(limits));
    let reply = ask(Limits::DEFAULT).unwrap();
    let exact = reply.len() as u64;
    assert!(ask(Limits { max_reply: exact, ..Limits::DEFAULT }).unwrap() == reply);
    let error = ask(Limits { max_reply: exact - 1, ..Limits::DEFAULT }).unwrap_err();
    let said = format!("the reply has {exact} bytes; max_reply allows {}", exact - 1);
    assert_eq!((error.code().number(), error.to_string()), (302, said));
    let error = ask(Limits { max_memory: 1000, ..Limits::DEFAULT }).unwrap_err();
    assert_eq!(error.code().number(), 301);
    assert!(error.to_string().starts_with("the image of the request needs"), "{error}");
    let error = ask(Limits { max_pixels: 119_999, ..Limits::DEFAULT }).unwrap_err();
    assert_eq!(error.code().number(), 300);
}

#[test]
fn whatever_is_asked_is_answered_within_the_budget() {
    let image = STANDARD.encode(png(3, 2));
    let seeds = [
        format!(r#"{{"image": "{image}"}}"#),
        format!(
            r##"{{"image":"{image}","width":5,"height":7.0,"format":"webp","quality":9,"fit":"cover","enlarge":true,
            "lossless":true,"refuse_truncated":null,"background":"#00ff7f","max_pixels":6}}"##
        ),
        format!(r#"{{"im\u0061ge":"{}","background":[0,1,2.0]}}"#, image.replace('A', "\\u0041")),
        r#"[{"a": [1e5, -0, "\ud83d\ude00"]}, null, true]"#.to_owned(),
    ];
    // Of what JSON is made of, so that many a change is still JSON.
    let pieces = [
        "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "-", "e", ".", "null", "A", "=", "\\u0000",
        "é",
    ];
    let mut state = 1_u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let limits = Limits {
        max_pixels: 1 << 12,
        max_memory: 32 << 20,
        max_reply: 64 << 10,
        ..Limits::DEFAULT
    };
    let (mut answered, mut codes) = (0, std::collections::BTreeSet::new());
    for round in 0..20_000 {
        let tag = ["thumbnail.create", "image.probe", "echo"][round % 3];
        let mut request: Vec<char> = seeds[random(seeds.len())].chars().collect();
        for _ in 0..random(3) {
            let at = random(request.len());
            let piece: Vec<char> = pieces[random(pieces.len())].chars().collect();
            let end = (at + random(3)).min(request.len());
            request.splice(at..end, piece);
        }
        let request: String = request.into_iter().collect();
        let budget = Budget::new(limits);
        let mut answer = Ok(String::new());
        let held = allocation_counter::measure(|| {
            answer = call_json(tag, &request, Build::Native, &budget);
        });
        assert_eq!(budget.left(), limits.max_memory, "{request}");
        assert!(held.bytes_max <= budget.peak() + CONSTANT, "{request}");
        match answer {
            Ok(reply) if tag == "echo" => assert_eq!(reply, request),
            Ok(reply) => {
                let reply: Value = serde_json::from_str(&reply).unwrap();
                assert!(reply["width"].as_u64().unwrap() > 0, "{request}");
                answered += 1;
            }
            Err(error) => {
                let code = error.code().number();
                assert!(matches!(code, 5 | 101 | 200 | 201 | 202 | 300 | 301), "{code} {request}");
                assert!(error.to_string().len() < 1000, "{error}");
                codes.insert(code);
            }
        }
    }
    assert!(answered > 2000 && codes.len() >= 5, "{answered} {codes:?}");
}
