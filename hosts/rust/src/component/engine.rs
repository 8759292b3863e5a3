//! Wasmtime's engines, with slots for as many instances as there can be.

use thumbox_protocol::Code;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::handlers;
use crate::error::{Error, Result};
use crate::options::SandboxOptions;

/// How code ends a guest that reaches outside its memory: see docs/design/sandbox.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// By a signal: as fast as it can be.
    Signals,
    /// By checks of its own: where another handler than Wasmtime's would get the signal.
    Checks,
}

impl Ending {
    pub(super) const ALL: [Self; 2] = [Self::Signals, Self::Checks];
}

/// Of address space for each instance; part of what compiled code is made for, and so the same for all.
const RESERVATION: u64 = 4 << 30;

/// Address space that a program takes at the most; processors of today have twice this and more.
const MOST_RESERVED: u64 = 64 << 40;

/// What a plugin's table of functions may have at the most. Ours has some hundreds.
const TABLE_ELEMENTS: usize = 20_000;

/// Of a slot's memory, what is overwritten when it is wiped, and not given back to the system: to get it again, page by
/// page, would cost a photo a tenth of its time. Most calls take less than this.
const KEPT: usize = 8 << 20;

/// Instances that wait for the next call, of all plugins of a program.
pub(super) fn most_idle() -> u32 {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    u32::try_from(threads).unwrap_or(1).min(64)
}

/// Whether the system may put pages elsewhere than in memory, as far as is known.
fn can_swap() -> bool {
    std::fs::read_to_string("/proc/swaps").map_or(true, |areas| has_areas(&areas))
}

/// Whether there is more in `/proc/swaps` than its heading (proc(5)).
fn has_areas(swaps: &str) -> bool {
    swaps.lines().filter(|line| !line.trim().is_empty()).count() != 1
}

/// An engine with slots for as many instances as there can be.
pub(super) fn engine(ending: Ending, options: &SandboxOptions) -> Result<Engine> {
    let slots = options.common.max_concurrent.saturating_add(most_idle());
    if u64::from(slots) > MOST_RESERVED / RESERVATION {
        let allowed = MOST_RESERVED / RESERVATION - u64::from(most_idle());
        let message = format!(
            "max_concurrent is {}; in the sandbox 1 to {allowed} is allowed",
            options.common.max_concurrent
        );
        return Err(Error::new(Code::Config, message));
    }
    let memory = usize::try_from(options.memory_limit).unwrap_or(usize::MAX);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_core_instances(slots)
        .total_memories(slots)
        .total_tables(slots)
        .max_core_instances_per_component(1)
        .max_memories_per_component(1)
        .max_tables_per_component(1)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(memory);
    // Only where the system tells which pages were written (Linux 6.7): elsewhere all of it would be overwritten each time.
    // Of those, Wasmtime asks for the pages that are in memory: one that was swapped out would keep what is in it.
    if PoolingAllocationConfig::is_pagemap_scan_available() && !can_swap() {
        pool.pagemap_scan(Enabled::Yes).linear_memory_keep_resident(KEPT);
    }
    let mut config = config(ending);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    let engine = Engine::new(&config).map_err(|error| {
        let message = format!("the sandbox cannot get room for {slots} instances: {error:#}");
        Error::new(Code::InitFailed, message)
    })?;
    if ending == Ending::Signals {
        handlers::note();
    }
    Ok(engine)
}

/// What compiled code is made for: the same where it is compiled and where it runs.
pub(super) fn config(ending: Ending) -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true);
    config.epoch_interruption(true);
    config.signals_based_traps(ending == Ending::Signals);
    config.memory_reservation(RESERVATION);
    // Every machine must get the same bytes.
    config.wasm_relaxed_simd(false);
    // Of the calling thread: half of what the smallest threads of common runtimes have.
    config.max_wasm_stack(256 << 10);
    // The way to what the guest's memory says after a panic.
    config.coredump_on_trap(true);
    config
}

#[cfg(test)]
mod tests {
    use super::has_areas;

    #[test]
    fn memory_is_kept_only_where_nothing_can_be_swapped_out() {
        let heading = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
        assert!(!has_areas(heading));
        assert!(has_areas(&format!("{heading}/dev/zram0 partition\t8388604\t\t0\t\t100\n")));
        assert!(has_areas(""), "unknown");
    }
}
