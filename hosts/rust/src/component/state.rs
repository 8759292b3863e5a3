//! What the host keeps for each guest, beside the guest itself.

use std::time::Instant;

use wasmtime::ResourceLimiter;

/// What belongs to a guest on this side of its wall.
pub(super) struct State {
    /// Bytes of memory that it may have.
    pub(super) memory_limit: u64,
    /// Bytes of memory that it has.
    pub(super) memory: u64,
    pub(super) deadline: Option<Instant>,
}

impl ResourceLimiter for State {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_sub(current as u64).saturating_add(desired as u64);
        if total > self.memory_limit {
            return Ok(false);
        }
        self.memory = total;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // The slot that a table lies in is its limit.
        Ok(true)
    }
}
