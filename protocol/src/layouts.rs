//! Every structure of the interface, as tables of offset, name, type and meaning.

use crate::layout::{Field, Layout, Value, layouts};

layouts! {
    /// Message 100, version 1; the image file's bytes follow.
    ThumbnailRequestHeader, version 1, 24 bytes {
        0 version: u8 = "1.";
        1 reserved: [u8; 3] = "Zeros.";
        4 target_width: u32 = "The box's width in pixels; 0 = in proportion to the height; both 0 = 100 x 100.";
        8 target_height: u32 = "The box's height in pixels; 0 = in proportion to the width.";
        12 output_format: u32 = "0 JPEG, 1 PNG, 2 WebP: an `OutputFormat`.";
        16 quality: u32 = "1-100 for JPEG and WebP; ignored for PNG.";
        20 payload_size: u32 = "Bytes of the image that follow.";
    }

    /// Message 100, version 2; the image file's bytes follow.
    ThumbnailRequestHeaderV2, version 2, 40 bytes {
        0 version: u8 = "2.";
        1 reserved: [u8; 3] = "Zeros.";
        4 target_width: u32 = "As in version 1.";
        8 target_height: u32 = "As in version 1.";
        12 output_format: u32 = "As in version 1.";
        16 quality: u32 = "As in version 1.";
        20 payload_size: u32 = "As in version 1.";
        24 fit: u8 = "0 inside, 1 cover, 2 stretch; cover and stretch need both targets.";
        25 flags: u8 = "Bit 0 allow enlarging, bit 1 lossless WebP, bit 2 refuse truncated images.";
        26 reserved2: [u8; 2] = "Zeros.";
        28 background: [u8; 4] = "R, G, B, A under transparency for formats without alpha, and around what is padded; all 0 = white, or transparent around it where the format has alpha; else A = 255.";
        32 max_pixels: u32 = "Pixels of the source at the most; 0 = the plugin's limit, which this can only lower.";
        36 reserved3: [u8; 4] = "Zeros.";
    }

    /// Message 100, version 3; the image file's bytes follow.
    ThumbnailRequestHeaderV3, version 3, 64 bytes {
        0 version: u8 = "3.";
        1 reserved: [u8; 3] = "Zeros.";
        4 target_width: u32 = "As in version 1.";
        8 target_height: u32 = "As in version 1.";
        12 output_format: u32 = "As in version 1.";
        16 quality: u32 = "As in version 1.";
        20 payload_size: u32 = "As in version 1.";
        24 fit: u8 = "As in version 2, or 3 contain; it needs both targets.";
        25 flags: u8 = "As in version 2.";
        26 reserved2: [u8; 2] = "Zeros.";
        28 background: [u8; 4] = "As in version 2.";
        32 max_pixels: u32 = "As in version 2.";
        36 reserved3: [u8; 4] = "Zeros.";
        40 gravity: u8 = "Where cover keeps the picture: 0 centre, 1 north, 2 north-east, ... 8 north-west, 9 focal point, 10 attention.";
        41 effort: u8 = "0 = the default, else 1-7 for efforts 0-6: from as fast to as small as can be.";
        42 frames: u8 = "0 the first frame, 1 all: an animated WebP.";
        43 colour: u8 = "0 sRGB, 1 the picture's own RGB or grey space, with its profile.";
        44 focal_x: u16 = "Of 65535, from the left of the upright picture; 0 unless gravity is 9.";
        46 focal_y: u16 = "Of 65535, from the top; 0 unless gravity is 9.";
        48 subsampling: u8 = "JPEG: 0 by quality, 1 4:2:0, 2 4:4:4.";
        49 flags2: u8 = "Bit 0 PNG with a palette, bit 1 progressive JPEG always, bit 2 never.";
        50 page: u16 = "The frame of an animation, or the page of a TIFF, that is shown; 0 is the first.";
        52 reserved4: [u8; 12] = "Zeros.";
    }

    /// The reply to message 100; the thumbnail file's bytes follow. Also each header in the reply to 102.
    ThumbnailResponseHeader, version 1, 20 bytes {
        0 version: u8 = "1.";
        1 reserved: [u8; 3] = "Zeros.";
        4 width: u32 = "The thumbnail's width in pixels.";
        8 height: u32 = "The thumbnail's height in pixels.";
        12 format: u32 = "The format that was written: an `OutputFormat`.";
        16 payload_size: u32 = "Bytes of the thumbnail file.";
    }

    /// Message 101; the image file's bytes follow.
    ProbeRequestHeader, version 1, 8 bytes {
        0 version: u8 = "1.";
        1 reserved: [u8; 3] = "Zeros.";
        4 payload_size: u32 = "Bytes of the image that follow.";
    }

    /// Message 101, version 2; the image file's bytes follow.
    ProbeRequestHeaderV2, version 2, 8 bytes {
        0 version: u8 = "2.";
        1 reserved: [u8; 3] = "Zeros.";
        4 payload_size: u32 = "Bytes of the image that follow.";
    }

    /// The reply to message 101.
    ProbeResponse, version 1, 28 bytes {
        0 version: u8 = "1.";
        1 orientation: u8 = "1-8, as EXIF counts.";
        2 flags: u8 = "Bit 0 alpha, bit 1 animated, bit 2 has an ICC profile, bit 3 progressive or interlaced.";
        3 reserved: u8 = "Zero.";
        4 stored_width: u32 = "Pixels, as stored.";
        8 stored_height: u32 = "Pixels, as stored.";
        12 upright_width: u32 = "Pixels, as the picture is to be seen.";
        16 upright_height: u32 = "Pixels, as the picture is to be seen.";
        20 format: u32 = "0 JPEG, 1 PNG, 2 WebP, 3 GIF, 4 BMP, 5 TIFF, 6 AVIF, 7 HEIC, 9 camera raw, 10 ICO, 11 QOI, 12 PNM, 13 TGA, 14 PSD, 16 CUR: a `Format`.";
        24 reserved2: [u8; 4] = "Zeros.";
    }

    /// The reply to message 101, version 2.
        ProbeResponseV2, version 2, 36 bytes {
        0 version: u8 = "2.";
        1 orientation: u8 = "As in version 1.";
        2 flags: u8 = "As in version 1.";
        3 reserved: u8 = "Zero.";
        4 stored_width: u32 = "As in version 1.";
        8 stored_height: u32 = "As in version 1.";
        12 upright_width: u32 = "As in version 1.";
        16 upright_height: u32 = "As in version 1.";
        20 format: u32 = "As in version 1.";
        24 reserved2: [u8; 4] = "Zeros.";
        28 frames: u32 = "Frames of an animation, or pages; 1 for a still.";
        32 duration_ms: u32 = "Milliseconds of all frames together; 0 for a still.";
    }

    /// Message 102; `count` records follow, then the image file's bytes.
    SetRequestHeader, version 1, 12 bytes {
        0 version: u8 = "1.";
        1 reserved: [u8; 3] = "Zeros.";
        4 count: u32 = "1-32.";
        8 payload_size: u32 = "Bytes of the image, after the records.";
    }

    /// One thumbnail of message 102.
    SetRecord, version 0, 24 bytes {
        0 target_width: u32 = "As in message 100.";
        4 target_height: u32 = "As in message 100.";
        8 output_format: u32 = "As in message 100.";
        12 quality: u32 = "As in message 100.";
        16 fit: u8 = "As in message 100, version 2.";
        17 flags: u8 = "As in message 100, version 2.";
        18 reserved: [u8; 2] = "Zeros.";
        20 background: [u8; 4] = "As in message 100, version 2.";
    }

    /// Message 102, version 2; `count` records of version 2 follow, then the image file's bytes.
    SetRequestHeaderV2, version 2, 24 bytes {
        0 version: u8 = "2.";
        1 reserved: [u8; 3] = "Zeros.";
        4 count: u32 = "1-32.";
        8 payload_size: u32 = "Bytes of the image, after the records.";
        12 max_pixels: u32 = "As in message 100, version 2.";
        16 page: u16 = "As in message 100, version 3, for all members.";
        18 frames: u8 = "As in message 100, version 3, for all members.";
        19 colour: u8 = "As in message 100, version 3, for all members.";
        20 reserved2: [u8; 4] = "Zeros.";
    }

    /// One thumbnail of message 102, version 2.
    SetRecordV2, version 0, 44 bytes {
        0 target_width: u32 = "As in message 100.";
        4 target_height: u32 = "As in message 100.";
        8 output_format: u32 = "As in message 100.";
        12 quality: u32 = "As in message 100.";
        16 fit: u8 = "As in message 100, version 3.";
        17 flags: u8 = "As in message 100, version 2.";
        18 reserved: [u8; 2] = "Zeros.";
        20 background: [u8; 4] = "As in message 100, version 2.";
        24 gravity: u8 = "As in message 100, version 3.";
        25 effort: u8 = "As in message 100, version 3.";
        26 frames: u8 = "0.";
        27 colour: u8 = "0.";
        28 focal_x: u16 = "As in message 100, version 3.";
        30 focal_y: u16 = "As in message 100, version 3.";
        32 subsampling: u8 = "As in message 100, version 3.";
        33 flags2: u8 = "As in message 100, version 3.";
        34 page: u16 = "0.";
        36 reserved2: [u8; 8] = "Zeros.";
    }

    /// The reply to message 102; `count` thumbnail response headers follow, then their files in that order.
    SetResponseHeader, version 1, 8 bytes {
        0 version: u8 = "1.";
        1 reserved: [u8; 3] = "Zeros.";
        4 count: u32 = "Headers that follow.";
    }

    /// Message 103; the image file's bytes follow.
    PlaceholderRequestHeader, version 1, 12 bytes {
        0 version: u8 = "1.";
        1 reserved: [u8; 3] = "Zeros.";
        4 max_pixels: u32 = "As in message 100, version 2.";
        8 payload_size: u32 = "Bytes of the image that follow.";
    }

    /// The reply to message 103; the ThumbHash follows.
    PlaceholderResponseHeader, version 1, 16 bytes {
        0 version: u8 = "1.";
        1 flags: u8 = "Bit 0 alpha: the picture is transparent somewhere, and so is its hash.";
        2 reserved: [u8; 2] = "Zeros.";
        4 upright_width: u32 = "Pixels of the source, as the picture is to be seen.";
        8 upright_height: u32 = "Pixels of the source, as the picture is to be seen.";
        12 hash_length: u8 = "Bytes of the hash, 17 to 25.";
        13 average_red: u8 = "The average colour of what is opaque: each pixel counts by its alpha. 0 where nothing is opaque.";
        14 average_green: u8 = "As red.";
        15 average_blue: u8 = "As red.";
    }
}

impl Layout {
    /// A layout by its name.
    #[must_use]
    pub fn named_as(name: &str) -> Option<&'static Self> {
        LAYOUTS.iter().find(|layout| layout.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_lie_one_behind_the_other_and_fill_their_structure() {
        for layout in LAYOUTS {
            let mut end = 0;
            for field in layout.fields {
                assert_eq!(field.offset, end, "{} {}", layout.name, field.name);
                end += field.size;
            }
            assert_eq!(end, layout.size, "{}", layout.name);
            assert_eq!(layout.field("version").is_some(), layout.version > 0, "{}", layout.name);
        }
    }

    #[test]
    fn only_reserved_fields_go_without_a_name() {
        let named: Vec<_> =
            ThumbnailResponseHeader::LAYOUT.named().map(|field| field.name).collect();
        assert_eq!(named, ["version", "width", "height", "format", "payload_size"]);
    }

    #[test]
    fn structures_are_their_bytes() {
        let bytes = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let header = ThumbnailRequestHeaderV2::from_bytes(&bytes);
        assert_eq!(header.version, 0);
        assert_eq!(header.target_height, u32::from_le_bytes([8, 9, 10, 11]));
        assert_eq!((header.fit, header.flags), (24, 25));
        assert_eq!(header.background, [28, 29, 30, 31]);
        assert_eq!(header.to_bytes(), bytes);
    }
}
