//! A component that is compiled and has room to run: an engine of its own, with slots for its instances.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use thumbox_protocol::Code;
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::bindings::PluginPre;
use super::clock::Clock;
use super::state::State;
use crate::error::{Error, Result};
use crate::options::SandboxOptions;
use crate::slots::Slots;

/// Of address space for each instance; part of what compiled code is made for, and so the same for all.
const RESERVATION: u64 = 4 << 30;

/// Address space that a program takes at the most; processors of today have twice this and more.
const MOST_RESERVED: u64 = 64 << 40;

/// What a plugin's table of functions may have at the most. Ours has some hundreds.
const TABLE_ELEMENTS: usize = 20_000;

/// Of a slot's memory, what is overwritten when it is wiped, and not given back to the system: to get it again, page by
/// page, would cost a photo a tenth of its time. Most calls take less than this.
const KEPT: usize = 8 << 20;

/// A component that is compiled, and slots of memory to run it in.
///
/// Plugins that are made of one program share its slots, and so `max_concurrent` counts the calls of all of them.
#[derive(Clone, Debug)]
pub struct Program(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) engine: Engine,
    pub(super) component: PluginPre<State>,
    pub(super) clock: Clock,
    pub(super) slots: Slots,
    pub(super) idle: AtomicU32,
    most_idle: u32,
    memory_limit: u64,
    max_concurrent: u32,
}

impl Program {
    /// Compiles a component, such as `thumbox.wasm`. This takes a second or more: see [`precompile`](crate::precompile) for doing it once.
    ///
    /// Of the options, `memory_limit` and `common.max_concurrent` are the program's, and those of its plugins must be
    /// the same.
    ///
    /// # Errors
    /// Code 4 for an option out of its range; code 2 for what is no component of `wit/thumbox.wit`'s world, or one
    /// that imports anything.
    #[cfg(feature = "compiler")]
    pub fn compile(component: &[u8], options: &SandboxOptions) -> Result<Self> {
        let engine = engine(options)?;
        let component = Component::from_binary(&engine, component).map_err(cannot_be_loaded)?;
        Self::new(engine, &component, options)
    }

    pub(super) fn new(
        engine: Engine,
        component: &Component,
        options: &SandboxOptions,
    ) -> Result<Self> {
        // A linker with nothing in it: a component that imports anything does not get past it.
        let linker = Linker::new(&engine);
        let component = linker.instantiate_pre(component).and_then(PluginPre::new);
        Ok(Self(Arc::new(Inner {
            component: component.map_err(cannot_be_loaded)?,
            clock: Clock::new(engine.clone()),
            slots: Slots::new(options.common.max_concurrent),
            idle: AtomicU32::new(0),
            most_idle: most_idle(),
            memory_limit: options.memory_limit,
            max_concurrent: options.common.max_concurrent,
            engine,
        })))
    }

    /// Refuses a plugin's options that differ from the program's where they may not.
    pub(super) fn check(&self, options: &SandboxOptions) -> Result<()> {
        for (name, value, ours) in [
            ("memory_limit", options.memory_limit, self.0.memory_limit),
            (
                "max_concurrent",
                u64::from(options.common.max_concurrent),
                u64::from(self.0.max_concurrent),
            ),
        ] {
            if value != ours {
                let message = format!("{name} is {value}; that of the program, {ours}, is allowed");
                return Err(Error::new(Code::Config, message));
            }
        }
        Ok(())
    }
}

impl Inner {
    /// Counts an idle instance in, if there is a slot for it.
    pub(super) fn may_idle(&self) -> bool {
        let more = |idle| (idle < self.most_idle).then_some(idle + 1);
        self.idle.fetch_update(SeqCst, SeqCst, more).is_ok()
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program").field("memory_limit", &self.memory_limit).finish_non_exhaustive()
    }
}

pub(super) fn cannot_be_loaded(error: impl std::fmt::Display) -> Error {
    Error::new(Code::InitFailed, format!("the component cannot be loaded: {error:#}"))
}

/// Instances that wait for the next call, of all plugins of a program.
fn most_idle() -> u32 {
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
pub(super) fn engine(options: &SandboxOptions) -> Result<Engine> {
    options.check()?;
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
    let mut config = config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config).map_err(|error| {
        let message = format!("the sandbox cannot get room for {slots} instances: {error:#}");
        Error::new(Code::InitFailed, message)
    })
}

/// What compiled code is made for: the same where it is compiled and where it runs.
pub(super) fn config() -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true);
    config.epoch_interruption(true);
    // A guest ends by a check in its code and not by a signal: see docs/design/sandbox.md.
    config.signals_based_traps(false);
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
