//! The allocator, and where its memory comes from.
//!
//! It is the standard library's own, dlmalloc. What that does by itself in WebAssembly would lose all memory that an
//! instance begins with if the first thing to be allocated is too large for it, and in an instance of one call the first
//! thing is the request.

#![allow(unsafe_code, reason = "an allocator is")]

use std::alloc::{GlobalAlloc, Layout};
use std::arch::wasm32::{memory_grow, memory_size};
use std::cell::{Cell, UnsafeCell};
use std::ptr;

use dlmalloc::Dlmalloc;

const PAGE: usize = 64 << 10;

unsafe extern "C" {
    /// Where the module's own data ends: the linker's.
    static __heap_base: u8;
}

/// The instance's memory: first all that it has after its data, then what is added.
struct Memory {
    has_begun: Cell<bool>,
}

// SAFETY: the memory after the data is given once, and after that only what has just been added: no two regions overlap.
unsafe impl dlmalloc::Allocator for Memory {
    fn alloc(&self, size: usize) -> (*mut u8, usize, u32) {
        match self.more(size) {
            Some((start, length)) => (ptr::with_exposed_provenance_mut(start), length, 0),
            None => (ptr::null_mut(), 0, 0),
        }
    }

    fn remap(&self, _: *mut u8, _: usize, _: usize, _: bool) -> *mut u8 {
        ptr::null_mut()
    }

    fn free_part(&self, _: *mut u8, _: usize, _: usize) -> bool {
        false
    }

    fn free(&self, _: *mut u8, _: usize) -> bool {
        false
    }

    fn can_release_part(&self, _: u32) -> bool {
        false
    }

    fn allocates_zeros(&self) -> bool {
        true
    }

    fn page_size(&self) -> usize {
        PAGE
    }
}

impl Memory {
    /// Where a region of at least `size` bytes is, and its length. `None` also for the last page of all addresses, the end
    /// of which would be address 0.
    fn more(&self, size: usize) -> Option<(usize, usize)> {
        let end = memory_size::<0>().checked_mul(PAGE)?;
        let start = if self.has_begun.get() { end } else { (&raw const __heap_base).addr() };
        let pages = start.checked_add(size)?.saturating_sub(end).div_ceil(PAGE);
        let new_end = end.checked_add(pages.checked_mul(PAGE)?)?;
        if pages > 0 && memory_grow::<0>(pages) == usize::MAX {
            return None;
        }
        self.has_begun.set(true);
        Some((start, new_end - start))
    }
}

pub(crate) struct Allocator(UnsafeCell<Dlmalloc<Memory>>);

impl Allocator {
    pub(crate) const fn new() -> Self {
        let memory = Memory { has_begun: Cell::new(false) };
        Self(UnsafeCell::new(Dlmalloc::new_with_allocator(memory)))
    }

    #[allow(clippy::mut_from_ref, reason = "there is one thread")]
    fn heap(&self) -> &mut Dlmalloc<Memory> {
        // SAFETY: these modules have one thread, and each of the functions below is done with it before it returns.
        unsafe { &mut *self.0.get() }
    }
}

// SAFETY: these modules have one thread.
unsafe impl Sync for Allocator {}

// SAFETY: dlmalloc's functions ask for and promise what these do, and none of them calls back.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let heap = self.heap();
        // SAFETY: the caller promises what dlmalloc asks for.
        unsafe { heap.malloc(layout.size(), layout.align()) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        let heap = self.heap();
        // SAFETY: the caller promises what dlmalloc asks for.
        unsafe { heap.free(place, layout.size(), layout.align()) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let heap = self.heap();
        // SAFETY: the caller promises what dlmalloc asks for.
        unsafe { heap.calloc(layout.size(), layout.align()) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let heap = self.heap();
        // SAFETY: the caller promises what dlmalloc asks for.
        unsafe { heap.realloc(place, layout.size(), layout.align(), size) }
    }
}
