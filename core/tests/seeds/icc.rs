//! Colour profiles (ICC.1:2022 and ICC.1:2001) behind the byte that says in which picture they lie.

use moxcms::ColorProfile;

use super::super::wrapped::{AS_IT_IS, PICTURES, Space};
use super::icc_tags::{
    Stages, adaptation, cicp, curve, curve_of, description, lut8, lut16, parametric, text,
    translated, xyz,
};
use super::{Seed, cuts};

type Tag = ([u8; 4], Vec<u8>);

/// A profile, but for its tags.
#[derive(Clone, Copy)]
struct Header {
    version: u8,
    class: &'static [u8; 4],
    space: Space,
    pcs: &'static [u8; 4],
}

const DISPLAY: Header = Header { version: 4, class: b"mntr", space: Space::Rgb, pcs: b"XYZ " };
const PRINTER: Header = Header { version: 2, class: b"prtr", space: Space::Cmyk, pcs: b"Lab " };
const GREY: Header = Header { space: Space::Grey, ..DISPLAY };

pub(super) fn srgb() -> Vec<u8> {
    DISPLAY.profile(matrix([parametric(3), parametric(3), parametric(3)]))
}

pub(super) fn grey() -> Vec<u8> {
    GREY.profile(vec![(*b"kTRC", curve(&[563]))])
}

pub(super) fn cmyk() -> Vec<u8> {
    PRINTER.profile(vec![(*b"A2B0", lut16(4, 3, 2, 2))])
}

pub(super) fn seeds() -> Vec<Seed> {
    let mut found = Vec::new();
    for (at, (name, space)) in (0..).zip(PICTURES) {
        for (kind, profile) in [("rgb", srgb()), ("grey", grey()), ("cmyk", cmyk())] {
            let fits = profile[16..20] == *space.signature();
            // One of another colour space has to be passed over.
            let how = if fits { at } else { at | AS_IT_IS };
            found.push((format!("{kind}-in-{name}"), [&[how], profile.as_slice()].concat()));
        }
    }
    let mut add = |picture: &str, name: &str, profile: Vec<u8>| {
        let at = PICTURES.iter().position(|(name, _)| *name == picture).unwrap() as u8;
        found.push((format!("{name}-{picture}"), [&[at], profile.as_slice()].concat()));
    };
    for (name, profile) in rgb() {
        add("png-rgb", &name, profile);
    }
    for (name, profile) in greys() {
        add("png-grey", &name, profile);
    }
    for (name, profile) in inks() {
        add("jpeg-cmyk", &name, profile);
    }
    let whole = [&[0], srgb().as_slice()].concat();
    found.extend(cuts("matrix", &whole));
    found.push(("empty".into(), vec![0]));
    found
}

/// Colorants, and the curves of red, green and blue.
fn matrix(curves: [Vec<u8>; 3]) -> Vec<Tag> {
    let [red, green, blue] = curves;
    vec![
        (*b"rXYZ", xyz([0.4361, 0.2225, 0.0139])),
        (*b"gXYZ", xyz([0.3851, 0.7169, 0.0971])),
        (*b"bXYZ", xyz([0.1431, 0.0606, 0.7141])),
        (*b"rTRC", red),
        (*b"gTRC", green),
        (*b"bTRC", blue),
    ]
}

fn rgb() -> Vec<Seed> {
    let mut found = Vec::new();
    for (name, profile) in [
        ("srgb", ColorProfile::new_srgb()),
        ("p3", ColorProfile::new_display_p3()),
        ("adobe", ColorProfile::new_adobe_rgb()),
        ("prophoto", ColorProfile::new_pro_photo_rgb()),
        ("bt2020-pq", ColorProfile::new_bt2020_pq()),
        ("bt2020-hlg", ColorProfile::new_bt2020_hlg()),
    ] {
        found.push((name.to_owned(), undated(&profile)));
    }
    let mut add = |name: String, header: Header, tags: Vec<Tag>| {
        found.push((name, header.profile(tags)));
    };
    for kind in 0..5 {
        let curves = [parametric(kind), parametric(kind), parametric(kind)];
        add(format!("parametric-{kind}"), DISPLAY, matrix(curves));
    }
    for count in [0, 1, 2, 256, 1024] {
        let one = if count == 1 { curve(&[461]) } else { curve_of(count) };
        add(format!("curve-{count}"), DISPLAY, matrix([one.clone(), one.clone(), one]));
    }
    add("curves-that-differ".into(), DISPLAY, matrix([curve(&[]), parametric(0), curve_of(16)]));
    for version in [2, 4, 5] {
        let mut tags = matrix([curve_of(8), curve_of(8), curve_of(8)]);
        tags.extend(texts(version));
        add(format!("version-{version}"), Header { version, ..DISPLAY }, tags);
    }
    for (name, primaries, transfer) in
        [("srgb", 1, 13), ("pq", 9, 16), ("hlg", 9, 18), ("none", 2, 2)]
    {
        let mut tags = matrix([parametric(3), parametric(3), parametric(3)]);
        tags.push((*b"cicp", cicp(primaries, transfer)));
        add(format!("cicp-{name}"), DISPLAY, tags);
    }
    for class in [b"scnr", b"spac", b"abst", b"link", b"nmcl"] {
        let name = format!("class-{}", class.escape_ascii());
        add(name, Header { class, ..DISPLAY }, matrix([curve(&[]), curve(&[]), curve(&[])]));
    }
    for pcs in [b"Lab ", b"XYZ "] {
        let header = Header { pcs, ..DISPLAY };
        for (name, tag) in tables(3, 3) {
            add(format!("{name}-{}", pcs[..3].escape_ascii()), header, vec![(*b"A2B0", tag)]);
        }
    }
    let back = Stages { inputs: 3, outputs: 3, matrix: true, table: Some((2, 2)), to_pcs: false };
    let mut tags = matrix([curve(&[]), curve(&[]), curve(&[])]);
    tags.push((*b"B2A0", back.tag()));
    tags.push((*b"A2B1", lut16(3, 3, 2, 2)));
    add("both-ways".into(), DISPLAY, tags);
    found
}

/// Texts, as a version has them.
fn texts(version: u8) -> Vec<Tag> {
    let write = if version == 2 { description } else { translated };
    vec![
        (*b"desc", write("a profile")),
        (*b"dmdd", write("a model")),
        (*b"cprt", if version == 2 { text("nobody's") } else { translated("nobody's") }),
        (*b"wtpt", xyz([0.9642, 1.0, 0.8249])),
        (*b"chad", adaptation()),
    ]
}

/// Tables of every type.
fn tables(inputs: u8, outputs: u8) -> Vec<Seed> {
    let stages = Stages { inputs, outputs, matrix: false, table: None, to_pcs: true };
    let mut found = vec![
        ("lut8".to_owned(), lut8(inputs, outputs, 2)),
        ("lut16".to_owned(), lut16(inputs, outputs, 3, 2)),
        ("lut16-long".to_owned(), lut16(inputs, outputs, 2, 100)),
        ("mab-8".to_owned(), Stages { table: Some((2, 1)), ..stages }.tag()),
        ("mab-16".to_owned(), Stages { table: Some((3, 2)), matrix: true, ..stages }.tag()),
    ];
    if inputs == 3 {
        found.push(("mab-matrix".to_owned(), Stages { matrix: true, ..stages }.tag()));
        found.push(("mab-curves".to_owned(), stages.tag()));
    }
    found
}

fn greys() -> Vec<Seed> {
    let mut found = vec![
        ("encoded".to_owned(), undated(&ColorProfile::new_gray_with_gamma(2.2))),
        (
            "table".to_owned(),
            Header { pcs: b"Lab ", ..GREY }.profile(vec![(*b"A2B0", lut16(1, 3, 3, 2))]),
        ),
    ];
    for (name, curve) in
        [("identity", curve(&[])), ("long", curve_of(300)), ("parametric", parametric(4))]
    {
        found.push((name.to_owned(), GREY.profile(vec![(*b"kTRC", curve)])));
    }
    found
}

fn inks() -> Vec<Seed> {
    let mut found = Vec::new();
    for (name, tag) in tables(4, 3) {
        for version in [2, 4] {
            let header = Header { version, ..PRINTER };
            let tags = [vec![(*b"A2B0", tag.clone())], texts(version)].concat();
            found.push((format!("{name}-{version}"), header.profile(tags)));
        }
    }
    found
}

impl Header {
    /// Two tags of the same content share it, as is usual.
    fn profile(&self, tags: Vec<Tag>) -> Vec<u8> {
        let mut profile = vec![0; 128];
        profile[8] = self.version;
        profile[12..16].copy_from_slice(self.class);
        profile[16..20].copy_from_slice(self.space.signature());
        profile[20..24].copy_from_slice(self.pcs);
        profile[24..36].copy_from_slice(&[7, 234, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
        profile[36..40].copy_from_slice(b"acsp");
        // The illuminant, D50.
        profile[68..80].copy_from_slice(&[0, 0, 0xF6, 0xD6, 0, 1, 0, 0, 0, 0, 0xD3, 0x2D]);
        profile.extend((tags.len() as u32).to_be_bytes());
        let (mut data, start) = (Vec::new(), profile.len() + 12 * tags.len());
        let mut places: Vec<(Vec<u8>, usize)> = Vec::new();
        for (name, content) in tags {
            let known = places.iter().find(|(known, _)| *known == content).map(|(_, at)| *at);
            let at = known.unwrap_or(start + data.len());
            if known.is_none() {
                data.extend(&content);
                data.resize(data.len().next_multiple_of(4), 0);
            }
            profile.extend(name);
            profile.extend([at as u32, content.len() as u32].iter().flat_map(|v| v.to_be_bytes()));
            places.push((content, at));
        }
        profile.extend(data);
        let length = profile.len() as u32;
        profile[..4].copy_from_slice(&length.to_be_bytes());
        profile
    }
}

/// A profile's file without the time at which it was made (ICC.1:2022, section 7.2.10): a seed is the same each time.
pub(super) fn undated(profile: &ColorProfile) -> Vec<u8> {
    let mut file = profile.encode().unwrap();
    file[24..36].fill(0);
    file
}
