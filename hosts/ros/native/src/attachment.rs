//! The attachment of rmw_zenoh, which travels beside each message, request and response.
//!
//! 33 bytes, little-endian: i64 sequence number, i64 nanoseconds since 1970, u8 = 16, and 16 bytes of gid.

use std::time::{SystemTime, UNIX_EPOCH};

use zenoh::bytes::ZBytes;

/// Bytes of a gid, which identifies a publisher or client.
pub(crate) const GID_SIZE: usize = 16;
/// The same, as it stands in an attachment.
const GID_SIZE_BYTE: u8 = 16;
const SIZE: usize = 33;

/// The attachment of what is sent now.
pub(crate) fn now(sequence_number: i64, gid: &[u8; GID_SIZE]) -> ZBytes {
    // Time before 1970, or after 2262, is a clock that was not set.
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos());
    let time = i64::try_from(time).unwrap_or(i64::MAX);
    let mut bytes = Vec::with_capacity(SIZE);
    bytes.extend_from_slice(&sequence_number.to_le_bytes());
    bytes.extend_from_slice(&time.to_le_bytes());
    bytes.push(GID_SIZE_BYTE);
    bytes.extend_from_slice(gid);
    bytes.into()
}

/// The attachment of the answer to a request: its sequence number and gid, and the time now. None if the request has
/// no attachment of ROS 2.
pub(crate) fn answer_to(request: &[u8]) -> Option<ZBytes> {
    if request.len() != SIZE {
        return None;
    }
    let (number, rest) = request.split_first_chunk::<8>()?;
    let (size, gid) = rest.get(8..)?.split_first()?;
    if *size != GID_SIZE_BYTE {
        return None;
    }
    Some(now(i64::from_le_bytes(*number), gid.first_chunk()?))
}
