//! TGAs.

/// A file's fields.
#[derive(Clone)]
pub struct Tga {
    /// The image type: 1 to 3, and 8 more for packets.
    pub kind: u8,
    pub width: u16,
    pub height: u16,
    /// Bits of a pixel.
    pub depth: u8,
    /// Bits of alpha, and where the picture begins.
    pub flags: u8,
    /// The number of the first colour, the bits of a colour, and the colours.
    pub map: Option<(u16, u8, Vec<u8>)>,
    /// What stands between the header and the pixels.
    pub id: Vec<u8>,
    /// The pixels, not in packets.
    pub data: Vec<u8>,
    /// The attributes type of an extension area.
    pub attributes: Option<u8>,
}

impl Tga {
    pub fn new(kind: u8, depth: u8, width: u16, height: u16, data: Vec<u8>) -> Self {
        let (map, id, attributes) = (None, Vec::new(), None);
        Self { kind, width, height, depth, flags: 0x20, map, id, data, attributes }
    }

    pub fn file(&self) -> Vec<u8> {
        let bytes = usize::from(self.depth.div_ceil(8));
        let rows = self.data.chunks(bytes * usize::from(self.width).max(1));
        let packed = || rows.flat_map(|row| packets(row, bytes)).collect();
        let data = if self.kind > 8 { packed() } else { self.data.clone() };
        self.of_data(&data)
    }

    /// The file with its pixels as they are given.
    pub fn of_data(&self, data: &[u8]) -> Vec<u8> {
        let (first, bits, map) = self.map.clone().unwrap_or_default();
        let mut file = vec![self.id.len() as u8, u8::from(self.map.is_some()), self.kind];
        let colours = map.len() / usize::from(bits.div_ceil(8)).max(1);
        file.extend([first, colours as u16].map(u16::to_le_bytes).concat());
        file.push(bits);
        file.extend([0, 0, self.width, self.height].map(u16::to_le_bytes).concat());
        file.extend([self.depth, self.flags]);
        file.extend([self.id.as_slice(), &map, data].concat());
        let mut extension = 0;
        if let Some(attributes) = self.attributes {
            extension = file.len() as u32;
            file.extend([&495_u16.to_le_bytes()[..], &[0; 492], &[attributes]].concat());
        }
        file.extend([extension, 0].map(u32::to_le_bytes).concat());
        file.extend(b"TRUEVISION-XFILE.\0");
        file
    }
}

/// Pixels in packets: of runs where two pixels are alike, else of 3 pixels.
fn packets(data: &[u8], bytes: usize) -> Vec<u8> {
    let pixels: Vec<_> = data.chunks(bytes).collect();
    let (mut packed, mut at) = (Vec::new(), 0);
    while at < pixels.len() {
        let rest = &pixels[at..];
        let run = rest.iter().take(128).take_while(|pixel| **pixel == rest[0]).count();
        let count = if run > 1 { run } else { rest.len().min(3) };
        packed.push((count - 1) as u8 | if run > 1 { 0x80 } else { 0 });
        packed.extend(rest[..if run > 1 { 1 } else { count }].concat());
        at += count;
    }
    packed
}

/// A TGA of a picture.
pub fn tga_of(picture: &image::RgbImage) -> Vec<u8> {
    let data = picture.pixels().flat_map(|pixel| [pixel.0[2], pixel.0[1], pixel.0[0]]).collect();
    Tga::new(10, 24, picture.width() as u16, picture.height() as u16, data).file()
}
