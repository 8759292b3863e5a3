//! PSDs and PSBs.

/// A file's parts.
#[derive(Clone)]
pub struct Psd {
    pub large: bool,
    pub width: u32,
    pub height: u32,
    pub depth: u16,
    pub mode: u16,
    /// The planes, one after the other.
    pub planes: Vec<Vec<u8>>,
    pub palette: Vec<u8>,
    pub resources: Vec<(u16, Vec<u8>)>,
    /// The number of layers, below 0 where there is alpha; none without that section's insides.
    pub layers: Option<i16>,
    /// Blocks behind the layers.
    pub blocks: Vec<([u8; 4], Vec<u8>)>,
    /// 0: none, 1: runs.
    pub compression: u16,
}

impl Psd {
    pub fn new(mode: u16, depth: u16, width: u32, height: u32, planes: Vec<Vec<u8>>) -> Self {
        Self {
            large: false,
            width,
            height,
            depth,
            mode,
            planes,
            palette: Vec::new(),
            resources: Vec::new(),
            layers: None,
            blocks: Vec::new(),
            compression: 0,
        }
    }

    fn wide(&self, length: usize) -> Vec<u8> {
        if self.large {
            (length as u64).to_be_bytes().to_vec()
        } else {
            (length as u32).to_be_bytes().to_vec()
        }
    }

    pub fn file(&self) -> Vec<u8> {
        let mut file = b"8BPS".to_vec();
        file.extend([0, if self.large { 2 } else { 1 }, 0, 0, 0, 0, 0, 0]);
        file.extend((self.planes.len() as u16).to_be_bytes());
        file.extend([self.height, self.width].map(u32::to_be_bytes).concat());
        file.extend([self.depth, self.mode].map(u16::to_be_bytes).concat());
        let section = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes(), bytes].concat();
        file.extend(section(&self.palette));
        let resource = |(id, data): &(u16, Vec<u8>)| {
            let pad = vec![0; data.len() & 1];
            [b"8BIM", &id.to_be_bytes()[..], &[3, b'a', b'b', b'c'], &section(data), &pad].concat()
        };
        file.extend(section(&self.resources.iter().flat_map(resource).collect::<Vec<_>>()));
        let mut layers = Vec::new();
        if self.layers.is_some() || !self.blocks.is_empty() {
            let count = self.layers.map_or(Vec::new(), |count| count.to_be_bytes().to_vec());
            layers.extend(self.wide(count.len()));
            layers.extend(count);
            layers.extend([0; 4]);
            for (key, data) in &self.blocks {
                layers.extend(b"8BIM");
                layers.extend(key);
                // Those of layers have wide lengths in a PSB, others do not.
                match key[0] {
                    b'L' | b'M' => layers.extend(self.wide(data.len())),
                    _ => layers.extend((data.len() as u32).to_be_bytes()),
                }
                layers.extend(data);
                layers.resize(layers.len() + data.len().wrapping_neg() % 4, 0);
            }
        }
        file.extend(self.wide(layers.len()));
        file.extend(layers);
        file.extend(self.compression.to_be_bytes());
        let stride = (self.width as usize * usize::from(self.depth)).div_ceil(8);
        match self.compression {
            1 => {
                let planes = self.planes.iter();
                let rows: Vec<_> =
                    planes.flat_map(|plane| plane.chunks(stride)).map(packed).collect();
                for row in &rows {
                    file.extend(if self.large {
                        (row.len() as u32).to_be_bytes().to_vec()
                    } else {
                        (row.len() as u16).to_be_bytes().to_vec()
                    });
                }
                file.extend(rows.concat());
            }
            _ => file.extend(self.planes.concat()),
        }
        file
    }
}

/// A row in PackBits (TIFF 6.0, section 9): runs where two bytes are alike, else literals of up to 5 bytes.
fn packed(row: &[u8]) -> Vec<u8> {
    let (mut packed, mut at) = (Vec::new(), 0);
    while at < row.len() {
        let rest = &row[at..];
        let run = rest.iter().take(128).take_while(|byte| **byte == rest[0]).count();
        if run > 1 {
            packed.extend([(257 - run) as u8, rest[0]]);
            at += run;
        } else {
            let count = rest.len().min(5);
            packed.push((count - 1) as u8);
            packed.extend(&rest[..count]);
            at += count;
        }
    }
    packed
}

/// A PSD of a picture.
pub fn psd_of(picture: &image::RgbImage) -> Vec<u8> {
    let plane = |at: usize| picture.pixels().map(|pixel| pixel.0[at]).collect();
    let planes = [0, 1, 2].map(plane).to_vec();
    Psd { compression: 1, ..Psd::new(3, 8, picture.width(), picture.height(), planes) }.file()
}
