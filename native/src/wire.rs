//! The binary interface's structures for C. [`thumbox_core::wire`] says what they mean; a test holds them
//! to its layouts.
//!
//! Every field is aligned by itself, so no compiler needs to be told to pack them. They are little-endian,
//! as C programs on the platforms of this library write them anyway.

/// Message 100, version 1; the image file's bytes follow.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ThumboxThumbnailRequestHeader {
    /// 1.
    pub version: u8,
    /// Zeros.
    pub reserved: [u8; 3],
    /// The box's width in pixels; 0 = in proportion to the height; both 0 = 100 x 100.
    pub target_width: u32,
    /// The box's height in pixels; 0 = in proportion to the width.
    pub target_height: u32,
    /// 0 JPEG, 1 PNG, 2 WebP: a `ThumboxOutputFormat`.
    pub output_format: u32,
    /// 1-100 for JPEG and WebP; ignored for PNG.
    pub quality: u32,
    /// Bytes of the image that follow.
    pub payload_size: u32,
}

/// Message 100, version 2; the image file's bytes follow.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ThumboxThumbnailRequestHeaderV2 {
    /// 2.
    pub version: u8,
    /// Zeros.
    pub reserved: [u8; 3],
    /// As in version 1.
    pub target_width: u32,
    /// As in version 1.
    pub target_height: u32,
    /// As in version 1.
    pub output_format: u32,
    /// As in version 1.
    pub quality: u32,
    /// As in version 1.
    pub payload_size: u32,
    /// 0 inside, 1 cover, 2 stretch; cover and stretch need both targets.
    pub fit: u8,
    /// Bit 0 allow enlarging, bit 1 lossless WebP, bit 2 refuse truncated images.
    pub flags: u8,
    /// Zeros.
    pub reserved2: [u8; 2],
    /// R, G, B, A under transparency for formats without alpha; all 0 = white, else A = 255.
    pub background: [u8; 4],
    /// Pixels of the source at the most; 0 = the plugin's limit, which this can only lower.
    pub max_pixels: u32,
    /// Zeros.
    pub reserved3: [u8; 4],
}

/// The reply to message 100; the thumbnail file's bytes follow. Also each header in the reply to 102.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ThumboxThumbnailResponseHeader {
    /// 1.
    pub version: u8,
    /// Zeros.
    pub reserved: [u8; 3],
    /// The thumbnail's width in pixels.
    pub width: u32,
    /// The thumbnail's height in pixels.
    pub height: u32,
    /// The format that was written: a `ThumboxOutputFormat`.
    pub format: u32,
    /// Bytes of the thumbnail file.
    pub payload_size: u32,
}

/// Message 101; the image file's bytes follow.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ThumboxProbeRequestHeader {
    /// 1.
    pub version: u8,
    /// Zeros.
    pub reserved: [u8; 3],
    /// Bytes of the image that follow.
    pub payload_size: u32,
}

/// The reply to message 101.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ThumboxProbeResponse {
    /// 1.
    pub version: u8,
    /// 1-8, as EXIF counts.
    pub orientation: u8,
    /// Bit 0 alpha, bit 1 animated, bit 2 has an ICC profile, bit 3 progressive or interlaced.
    pub flags: u8,
    /// Zero.
    pub reserved: u8,
    /// Pixels, as stored.
    pub stored_width: u32,
    /// Pixels, as stored.
    pub stored_height: u32,
    /// Pixels, as the picture is to be seen.
    pub upright_width: u32,
    /// Pixels, as the picture is to be seen.
    pub upright_height: u32,
    /// 0 JPEG, 1 PNG, 2 WebP, 3 GIF, 4 BMP, 5 TIFF: a `ThumboxFormat`.
    pub format: u32,
    /// Zeros.
    pub reserved2: [u8; 4],
}

/// Message 102; `count` records follow, then the image file's bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ThumboxSetRequestHeader {
    /// 1.
    pub version: u8,
    /// Zeros.
    pub reserved: [u8; 3],
    /// 1-32.
    pub count: u32,
    /// Bytes of the image, behind the records.
    pub payload_size: u32,
}

/// One thumbnail of message 102.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ThumboxSetRecord {
    /// As in message 100.
    pub target_width: u32,
    /// As in message 100.
    pub target_height: u32,
    /// As in message 100.
    pub output_format: u32,
    /// As in message 100.
    pub quality: u32,
    /// As in message 100, version 2.
    pub fit: u8,
    /// As in message 100, version 2.
    pub flags: u8,
    /// Zeros.
    pub reserved: [u8; 2],
    /// As in message 100, version 2.
    pub background: [u8; 4],
}

/// The reply to message 102; `count` thumbnail response headers follow, then their files in that order.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ThumboxSetResponseHeader {
    /// 1.
    pub version: u8,
    /// Zeros.
    pub reserved: [u8; 3],
    /// Headers that follow.
    pub count: u32,
}
