//! Which handles are ours, so that every other pointer gets an answer instead of a crash.
//!
//! A handle is an address inside a block that this library holds allocated for good, so no other library
//! in the process can have it, and it is given out once, so a stale handle never means a newer instance.
//! The blocks are never written to: a handle costs one byte of address space.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::instance::Instance;

static REGISTRY: RwLock<Registry> = RwLock::new(Registry::new());

/// Registers a new instance and gives it a handle.
pub(crate) fn insert(instance: Instance) -> usize {
    let mut registry = REGISTRY.write().unwrap_or_else(PoisonError::into_inner);
    let handle = registry.fresh_handle();
    registry.instances.insert(handle, Arc::new(instance));
    handle
}

/// The instance behind a handle, if there is one.
pub(crate) fn find(handle: usize) -> Option<Arc<Instance>> {
    REGISTRY.read().unwrap_or_else(PoisonError::into_inner).instances.get(&handle).cloned()
}

/// Forgets a handle. Calls that still run keep their instance until they return.
pub(crate) fn remove(handle: usize) {
    // The last owner may be this one, and whatever it drops is dropped outside of the lock.
    let _instance =
        REGISTRY.write().unwrap_or_else(PoisonError::into_inner).instances.remove(&handle);
}

struct Registry {
    instances: BTreeMap<usize, Arc<Instance>>,
    blocks: Vec<Vec<u8>>,
    used: usize,
}

impl Registry {
    const BLOCK: usize = 4096;

    const fn new() -> Self {
        Self { instances: BTreeMap::new(), blocks: Vec::new(), used: Self::BLOCK }
    }

    fn fresh_handle(&mut self) -> usize {
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
        let mut registry = Registry::new();
        let mut handles: Vec<_> = (0..10_000).map(|_| registry.fresh_handle()).collect();
        handles.sort_unstable();
        handles.dedup();
        assert_eq!((handles.len(), registry.blocks.len()), (10_000, 3));
        assert!(!handles.contains(&0));
    }
}
