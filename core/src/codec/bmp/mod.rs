//! BMP, with every header from BITMAPCOREHEADER to BITMAPV5HEADER ("Bitmap Storage" in Microsoft's Windows GDI
//! documentation).

mod decoder;
mod headers;
mod icon;
mod rle;

pub(super) use decoder::Bmp;
