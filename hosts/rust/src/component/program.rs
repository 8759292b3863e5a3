//! A component that is compiled and has room to run.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use thumbox_protocol::Code;
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};

use super::bindings::PluginPre;
use super::clock::Clock;
use super::engine::{Ending, engine, most_idle};
use super::state::State;
use super::{code, handlers};
use crate::error::{Error, Result};
use crate::options::SandboxOptions;
use crate::slots::Slots;

/// A component that is compiled, and slots of memory to run it in.
///
/// Plugins that are made of one program share its slots, and so `max_concurrent` counts the calls of all of them.
#[derive(Clone, Debug)]
pub struct Program(pub(super) Arc<Inner>);

pub(super) struct Inner {
    source: Source,
    /// By [`Ending`]: each is made when the first call needs it.
    compiled: [OnceLock<Compiled>; Ending::ALL.len()],
    making: Mutex<()>,
    pub(super) clock: Clock,
    pub(super) slots: Slots,
    pub(super) idle: AtomicU32,
    most_idle: u32,
    options: SandboxOptions,
}

/// What a program is made of.
pub(super) enum Source {
    #[cfg(feature = "compiler")]
    Component(Vec<u8>),
    /// What `precompile` made.
    Code(Cow<'static, [u8]>),
}

/// A component that is compiled for an engine with slots of its own.
pub(super) struct Compiled {
    pub(super) ending: Ending,
    pub(super) engine: Engine,
    pub(super) component: PluginPre<State>,
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
        Self::new(Source::Component(component.to_vec()), options)
    }

    /// The same, compiled when the first call needs it: for [`ComponentPlugin::with_further`](crate::ComponentPlugin::with_further).
    ///
    /// # Errors
    /// Code 4 for an option out of its range. Calls that need it get the other errors of [`Program::compile`].
    #[cfg(feature = "compiler")]
    pub fn compile_lazily(component: impl Into<Vec<u8>>, options: &SandboxOptions) -> Result<Self> {
        Self::lazy(Source::Component(component.into()), options)
    }

    pub(super) fn new(source: Source, options: &SandboxOptions) -> Result<Self> {
        let program = Self::lazy(source, options)?;
        // What does not work is known at once.
        program.0.compiled()?;
        Ok(program)
    }

    pub(super) fn lazy(source: Source, options: &SandboxOptions) -> Result<Self> {
        options.check()?;
        let inner = Inner {
            source,
            compiled: Ending::ALL.map(|_| OnceLock::new()),
            making: Mutex::new(()),
            clock: Clock::new(),
            slots: Slots::new(options.common.max_concurrent),
            idle: AtomicU32::new(0),
            most_idle: most_idle(),
            options: options.clone(),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Refuses a plugin's options that differ from the program's where they may not.
    pub(super) fn check(&self, options: &SandboxOptions) -> Result<()> {
        for (name, value, ours) in [
            ("memory_limit", options.memory_limit, self.0.options.memory_limit),
            (
                "max_concurrent",
                u64::from(options.common.max_concurrent),
                u64::from(self.0.options.common.max_concurrent),
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
    /// What a call runs that begins now, in this thread: the fastest code that can end alone.
    pub(super) fn compiled(&self) -> Result<&Compiled> {
        if !handlers::are_installed() {
            // Wasmtime installs them with the first engine that needs them.
            self.made(Ending::Signals)?;
        }
        self.made(if handlers::in_place() { Ending::Signals } else { Ending::Checks })
    }

    fn made(&self, ending: Ending) -> Result<&Compiled> {
        let place = match ending {
            Ending::Signals => &self.compiled[0],
            Ending::Checks => &self.compiled[1],
        };
        if let Some(compiled) = place.get() {
            return Ok(compiled);
        }
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = place.get() {
            return Ok(compiled);
        }
        let engine = engine(ending, &self.options)?;
        let component = self.source.load(&engine, ending).map_err(cannot_be_loaded)?;
        // A linker with nothing in it: a component that imports anything does not get past it.
        let linker = Linker::new(&engine);
        let component = linker.instantiate_pre(&component).and_then(PluginPre::new);
        let component = component.map_err(cannot_be_loaded)?;
        self.clock.watch(&engine);
        Ok(place.get_or_init(|| Compiled { ending, engine, component }))
    }

    /// Counts an idle instance in, if there is a slot for it.
    pub(super) fn may_idle(&self) -> bool {
        let more = |idle| (idle < self.most_idle).then_some(idle + 1);
        self.idle.fetch_update(SeqCst, SeqCst, more).is_ok()
    }
}

impl Source {
    fn load(&self, engine: &Engine, ending: Ending) -> wasmtime::Result<Component> {
        match self {
            #[cfg(feature = "compiler")]
            Self::Component(component) => Component::from_binary(engine, component),
            Self::Code(code) => code::load(engine, code, ending),
        }
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let memory_limit = &self.options.memory_limit;
        f.debug_struct("Program").field("memory_limit", memory_limit).finish_non_exhaustive()
    }
}

pub(super) fn cannot_be_loaded(error: impl std::fmt::Display) -> Error {
    Error::new(Code::InitFailed, format!("the component cannot be loaded: {error:#}"))
}
