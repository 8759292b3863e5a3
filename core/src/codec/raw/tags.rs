//! The tags that are read (TIFF 6.0; TIFF/EP; EXIF 2.32; DNG 1.7; the makers' as ExifTool's tables have them).

pub(super) const JPG_FROM_RAW: u16 = 0x2E;
pub(super) const JPG_FROM_RAW_2: u16 = 0x127;
pub(super) const NEW_SUBFILE_TYPE: u16 = 254;
pub(super) const COMPRESSION: u16 = 259;
pub(super) const PHOTOMETRIC: u16 = 262;
pub(super) const STRIP_OFFSETS: u16 = 273;
pub(super) const ORIENTATION: u16 = 274;
pub(super) const STRIP_BYTE_COUNTS: u16 = 279;
pub(super) const TILE_OFFSETS: u16 = 324;
pub(super) const TILE_BYTE_COUNTS: u16 = 325;
pub(super) const SUB_IFDS: u16 = 330;
pub(super) const JPEG_OFFSET: u16 = 513;
pub(super) const JPEG_LENGTH: u16 = 514;
pub(super) const EXIF: u16 = 34_665;
pub(super) const DNG_VERSION: u16 = 50_706;

/// Those of a directory of the file.
pub(super) const READ: [u16; 15] = [
    JPG_FROM_RAW,
    JPG_FROM_RAW_2,
    NEW_SUBFILE_TYPE,
    COMPRESSION,
    PHOTOMETRIC,
    STRIP_OFFSETS,
    ORIENTATION,
    STRIP_BYTE_COUNTS,
    TILE_OFFSETS,
    TILE_BYTE_COUNTS,
    SUB_IFDS,
    JPEG_OFFSET,
    JPEG_LENGTH,
    EXIF,
    DNG_VERSION,
];

/// In the directory of EXIF.
pub(super) const MAKER_NOTE: u16 = 37_500;
