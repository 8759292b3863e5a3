//! AVIFs by Pillow and HEICs by pillow-heif: no encoder of them is at hand, and what is kept of each is a start, too.

use super::{Seed, cuts};

pub(super) fn avif() -> Vec<Seed> {
    found(&[
        ("alpha", include_bytes!("../../../testdata/fuzz/avif/alpha")),
        ("deep", include_bytes!("../../../testdata/fuzz/avif/deep")),
        ("plain", include_bytes!("../../../testdata/fuzz/avif/plain")),
    ])
}

pub(super) fn heic() -> Vec<Seed> {
    found(&[("plain", include_bytes!("../../../testdata/fuzz/heic/plain"))])
}

fn found(files: &[(&str, &[u8])]) -> Vec<Seed> {
    let whole = files.iter().map(|(name, file)| ((*name).to_owned(), file.to_vec()));
    whole.chain(files.iter().flat_map(|(name, file)| cuts(name, file))).collect()
}
