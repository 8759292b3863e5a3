//! Requests and replies as the tables of `thumbox_protocol` lay them out, read a second time: what is held
//! against the core must not be the core's own code.

pub const ECHO: u32 = 1;
pub const THUMBNAIL: u32 = 100;
pub const PROBE: u32 = 101;
pub const SET: u32 = 102;
pub const PLACEHOLDER: u32 = 103;

/// What a request asks of one thumbnail, as far as its size goes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    pub width: u32,
    pub height: u32,
    pub format: u32,
    pub fit: u8,
    pub flags: u8,
    pub gravity: u8,
    pub frames: u8,
    pub colour: u8,
}

impl Target {
    /// The header of a request of message 100, version 3.
    pub fn header(&self, size: usize) -> Vec<u8> {
        let mut header = vec![3, 0, 0, 0];
        for value in [self.width, self.height, self.format, 75, size as u32] {
            header.extend(value.to_le_bytes());
        }
        header.extend([self.fit, self.flags]);
        header.extend([0; 14]);
        header.extend([self.gravity, 0, self.frames, self.colour]);
        header.extend([0; 20]);
        header
    }

    /// The targets and the image of a request whose header is there.
    pub fn of_request(message: u32, request: &[u8]) -> (Vec<Self>, &[u8]) {
        let (length, _) = header(message, request).unwrap();
        let (header, image) = request.split_at(length);
        let targets = match message {
            SET => {
                let (start, size) = if header[0] == 2 { (24, 44) } else { (12, 24) };
                let records = header[start..].chunks_exact(size);
                records.map(|record| Self::at(record, record[16], record[17])).collect()
            }
            THUMBNAIL if header.len() == 24 => vec![Self::at(&header[4..], 0, 0)],
            THUMBNAIL => vec![Self::at(&header[4..], header[24], header[25])],
            _ => Vec::new(),
        };
        (targets, image)
    }

    fn at(fields: &[u8], fit: u8, flags: u8) -> Self {
        let [width, height, format] = [0, 4, 8].map(|offset| u32_at(fields, offset));
        Self { width, height, format, fit, flags, gravity: 0, frames: 0, colour: 0 }
    }

    /// The size of a thumbnail that fits inside its box and is not enlarged, or is padded to it; none for others.
    pub fn inside(&self, (w, h): (u32, u32)) -> Option<(u32, u32)> {
        if self.fit == 3 {
            return Some((self.width, self.height));
        }
        if self.fit != 0 || self.flags & 1 != 0 {
            return None;
        }
        let (w, h) = (u128::from(w), u128::from(h));
        let (tw, th) = match (u128::from(self.width), u128::from(self.height)) {
            (0, 0) => (100, 100),
            (0, th) => (u128::MAX >> 64, th),
            (tw, 0) => (tw, u128::MAX >> 64),
            both => both,
        };
        let size = if w <= tw && h <= th {
            (w, h)
        } else if tw * h <= th * w {
            (tw, ((2 * h * tw + w) / (2 * w)).max(1))
        } else {
            (((2 * w * th + h) / (2 * h)).max(1), th)
        };
        Some((size.0.try_into().unwrap(), size.1.try_into().unwrap()))
    }
}

/// One thumbnail of a reply.
#[derive(Debug)]
pub struct Thumbnail<'a> {
    pub width: u32,
    pub height: u32,
    pub format: u32,
    pub file: &'a [u8],
}

impl<'a> Thumbnail<'a> {
    /// Reads a whole reply to message 100 or 102.
    pub fn of_reply(message: u32, reply: &'a [u8]) -> Vec<Self> {
        let (count, headers) = if message == SET {
            assert_eq!(reply[..4], [1, 0, 0, 0]);
            (u32_at(reply, 4) as usize, &reply[8..])
        } else {
            (1, reply)
        };
        let (headers, mut files) = headers.split_at(20 * count);
        let thumbnails = headers.as_chunks::<20>().0.iter().map(|header| {
            assert_eq!(header[..4], [1, 0, 0, 0]);
            let [width, height, format, size] = [4, 8, 12, 16].map(|at| u32_at(header, at));
            let (file, rest) = files.split_at(size as usize);
            files = rest;
            Self { width, height, format, file }
        });
        let thumbnails = thumbnails.collect();
        assert!(files.is_empty(), "{} bytes behind the reply", files.len());
        thumbnails
    }
}

/// The header of a request of message 101.
pub fn probe_header(size: usize) -> Vec<u8> {
    [[1, 0, 0, 0], (size as u32).to_le_bytes()].concat()
}

/// The header of a request of message 102.
pub fn set_header(targets: &[Target], size: usize) -> Vec<u8> {
    let mut header = vec![1, 0, 0, 0];
    header.extend((targets.len() as u32).to_le_bytes());
    header.extend((size as u32).to_le_bytes());
    for target in targets {
        for value in [target.width, target.height, target.format, 75] {
            header.extend(value.to_le_bytes());
        }
        header.extend([target.fit, target.flags, 0, 0, 0, 0, 0, 0]);
    }
    header
}

/// The header of a request of message 103.
pub fn placeholder_header(size: usize) -> Vec<u8> {
    [[1, 0, 0, 0], [0; 4], (size as u32).to_le_bytes()].concat()
}

/// Holds that the fields of a reply to message 103 agree with each other; the upright source's size.
pub fn placeholder_size(reply: &[u8]) -> (u32, u32) {
    let (header, hash) = reply.split_at(16);
    assert!(header[0] == 1 && header[1] < 2 && header[2..4] == [0; 2]);
    assert_eq!(usize::from(header[12]), hash.len());
    let has_alpha = header[1] == 1;
    assert_eq!(hash[2] >> 7 == 1, has_alpha);
    let longer = if has_alpha { 5 } else { 7 };
    let shorter = usize::from(hash[3] & 7);
    assert!((1..=longer).contains(&shorter), "{shorter} frequencies");
    let sides = (longer, shorter.max(3));
    let (across, down) = if hash[4] >> 7 == 1 { sides } else { (sides.1, sides.0) };
    // The frequencies of lightness but the first, of two differences of colours, and of alpha.
    let light: usize = (0..down).map(|y| (across * (down - y)).div_ceil(down)).sum();
    let halves = light - 1 + if has_alpha { 5 + 5 + 14 } else { 5 + 5 };
    assert_eq!(hash.len(), 5 + usize::from(has_alpha) + halves.div_ceil(2));
    (u32_at(header, 4), u32_at(header, 8))
}

/// What a probe says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    pub orientation: u8,
    pub stored: (u32, u32),
    pub upright: (u32, u32),
    pub format: u32,
}

impl Probe {
    pub fn parse(reply: &[u8]) -> Self {
        let fields: &[u8; 28] = reply.try_into().unwrap();
        assert!(fields[0] == 1 && fields[2] < 16 && fields[3] == 0 && fields[24..] == [0; 4]);
        let [width, height, upright_width, upright_height, format] =
            [4, 8, 12, 16, 20].map(|offset| u32_at(fields, offset));
        Self {
            orientation: fields[1],
            stored: (width, height),
            upright: (upright_width, upright_height),
            format,
        }
    }

    /// Holds that the fields agree with each other.
    pub fn check(&self) {
        let (width, height) = self.stored;
        assert!(width > 0 && height > 0 && matches!(self.format, 0..=7 | 9..=14 | 16), "{self:?}");
        match self.orientation {
            1..=4 => assert_eq!(self.upright, (width, height)),
            5..=8 => assert_eq!(self.upright, (height, width)),
            other => panic!("orientation {other}"),
        }
    }
}

/// The length of a request's header, records included, and where it says how many bytes follow; none where the
/// message has no such field or the header is not there.
pub fn header(message: u32, request: &[u8]) -> Option<(usize, usize)> {
    let (header, field) = match message {
        THUMBNAIL if request.first() == Some(&2) => (40, 20),
        THUMBNAIL if request.first() == Some(&3) => (64, 20),
        THUMBNAIL => (24, 20),
        PROBE => (8, 4),
        PLACEHOLDER => (12, 8),
        SET if request.first() == Some(&2) && request.len() >= 24 => {
            (24 + 44 * u64::from(u32_at(request, 4)), 8)
        }
        SET if request.len() >= 12 => (12 + 24 * u64::from(u32_at(request, 4)), 8),
        _ => return None,
    };
    (request.len() as u64 >= header).then_some((header as usize, field))
}

pub fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(bytes[offset..offset + 4].try_into().unwrap())
}
