//! Shared memory between the processes of one host.
//!
//! Zenoh copies each large part of a message into shared memory by itself; a receiver then has to join the parts. So a
//! message of several parts is written into one piece of it here: a copy as well, and the receiver needs none.

use zenoh::Wait;
use zenoh::bytes::ZBytes;
use zenoh::internal::buffers::ZBuf;
use zenoh::shm::{Defragment, GarbageCollect};

use crate::buffers::{JOINED, gather};

/// The payload in one piece of shared memory, if it has several, none of them there already, and there is room for it;
/// else as it is.
pub(crate) fn in_one_piece(session: &zenoh::Session, payload: ZBytes) -> ZBytes {
    let size = payload.len();
    let buffer = ZBuf::from(payload);
    let is_shared = |slice: &_| ZBytes::from(ZBuf::from(Clone::clone(slice))).as_shm().is_some();
    if size < JOINED || buffer.zslices().count() < 2 || buffer.zslices().any(is_shared) {
        return buffer.into();
    }
    let Some(provider) = session.get_shm_provider().into_option() else { return buffer.into() };
    let policy = provider.alloc(size).with_policy::<Defragment<GarbageCollect>>();
    let Ok(mut piece) = policy.wait() else { return buffer.into() };
    gather(buffer.zslices(), piece.as_mut());
    piece.into()
}
