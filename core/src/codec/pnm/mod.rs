//! PNM and PAM: the formats of Netpbm, P1 to P7 (the manual pages pbm, pgm, ppm and pam).

mod decoder;
mod fields;
mod headers;
mod pam;
mod tokens;

pub(super) use decoder::Pnm;
