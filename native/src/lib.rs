//! The native plugin.
