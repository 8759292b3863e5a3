//! A JPEG as the decoder delivers it, before any resizing: `jpeg_at FILE SIZE`, with SIZE samples (8, 4, 3, 2 or 1) for
//! each 8 of the file, writes a PNM to standard output: PGM, PPM, or PAM for CMYK. For comparisons
//! with `djpeg -scale SIZE/8`.

use std::io::Write as _;
use std::process::ExitCode;

use thumbox_core::testing::jpeg_at;
use thumbox_core::{Budget, Limits};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(file), Some(size), None) = (arguments.next(), arguments.next(), arguments.next())
    else {
        eprintln!("usage: jpeg_at FILE 1|2|3|4|8");
        return ExitCode::from(2);
    };
    let size = match size.to_str().and_then(|size| size.parse().ok()) {
        Some(size @ (1 | 2 | 3 | 4 | 8)) => size,
        _ => {
            eprintln!("{} samples for each 8: 1, 2, 3, 4 or 8 are possible", size.display());
            return ExitCode::from(2);
        }
    };
    match std::fs::read(&file)
        .map_err(|error| error.to_string())
        .and_then(|data| write(&data, size))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            ExitCode::FAILURE
        }
    }
}

fn write(data: &[u8], size: u32) -> Result<(), String> {
    let limits = Limits { max_memory: u64::MAX, ..Limits::DEFAULT };
    let decoded = jpeg_at(data, size, &Budget::new(limits)).map_err(|error| error.to_string())?;
    let (width, height, samples) = decoded;
    let header = match samples.len() as u64 / (u64::from(width) * u64::from(height)) {
        1 => format!("P5\n{width} {height}\n255\n"),
        3 => format!("P6\n{width} {height}\n255\n"),
        depth => format!("P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {depth}\nMAXVAL 255\nENDHDR\n"),
    };
    let mut out = std::io::stdout().lock();
    let written = out.write_all(header.as_bytes()).and_then(|()| out.write_all(&samples));
    written.map_err(|error| error.to_string())
}
