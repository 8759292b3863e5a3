//! Which handles are ours, so that every other pointer gets an answer instead of a crash.
//!
//! A handle is an address inside a block that this library holds allocated for good, so no other library
//! in the process can have it, and it is given out once, so a stale handle never means a newer instance.
//! The blocks are never written to: a handle costs one byte of address space.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use crate::instance::Instance;
use crate::plugin::Plugin;

/// The instances of a library; [`export!`](macro@crate::export) makes the one that there is.
pub struct Registry<P>(RwLock<Inner<P>>);

impl<P: Plugin> Registry<P> {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self(RwLock::new(Inner { instances: BTreeMap::new(), handles: Handles::new() }))
    }

    /// Registers a new instance and gives it a handle.
    pub(crate) fn insert(&self, instance: Instance<P>) -> usize {
        let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let handle = inner.handles.fresh();
        inner.instances.insert(handle, Arc::new(instance));
        handle
    }

    /// The instance behind a handle, if there is one.
    pub(crate) fn find(&self, handle: usize) -> Option<Arc<Instance<P>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).instances.get(&handle).cloned()
    }

    /// Forgets a handle. Calls that still run keep their instance until they return.
    pub(crate) fn remove(&self, handle: usize) {
        // The last owner may be this one, and whatever it drops is dropped outside of the lock.
        let _instance =
            self.0.write().unwrap_or_else(PoisonError::into_inner).instances.remove(&handle);
    }
}

impl<P: Plugin> Default for Registry<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P> fmt::Debug for Registry<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

struct Inner<P> {
    instances: BTreeMap<usize, Arc<Instance<P>>>,
    handles: Handles,
}

struct Handles {
    blocks: Vec<Vec<u8>>,
    used: usize,
}

impl Handles {
    const BLOCK: usize = 4096;

    const fn new() -> Self {
        Self { blocks: Vec::new(), used: Self::BLOCK }
    }

    fn fresh(&mut self) -> usize {
        if self.used >= Self::BLOCK {
            self.blocks.push(Vec::with_capacity(Self::BLOCK));
            self.used = 0;
        }
        let block = self.blocks.last().map_or(0, |block| block.as_ptr().addr());
        self.used += 1;
        block + self.used - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_handle_is_given_twice() {
        let mut given = Handles::new();
        let mut handles: Vec<_> = (0..10_000).map(|_| given.fresh()).collect();
        let blocks: Vec<_> = given.blocks.iter().map(|block| block.as_ptr().addr()).collect();
        let held = |handle| blocks.iter().any(|at| (*at..at + Handles::BLOCK).contains(handle));
        assert!(handles.iter().all(held), "nobody else has memory there");
        handles.sort_unstable();
        handles.dedup();
        assert_eq!((handles.len(), given.blocks.len()), (10_000, 3));
        assert!(!handles.contains(&0));
    }
}
