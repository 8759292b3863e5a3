//! The symbols themselves, with what hosts are told of them. `thumbox.h` is generated from here.

/// Defines every symbol of the ABI, for a [`Plugin`](crate::Plugin). Once in a library, in a module of its own that
/// allows `unsafe_code`.
#[macro_export]
macro_rules! export {
    ($plugin:ty) => {
        static REGISTRY: $crate::Registry<$plugin> = $crate::Registry::new();

        /// Makes a plugin, to be given to `plugin_init`; never NULL.
        ///
        /// A plugin that is not wanted after all is ended by `plugin_shutdown`, like any other.
        #[unsafe(no_mangle)]
        pub extern "C" fn plugin_create() -> *mut ::std::ffi::c_void {
            $crate::boundary::create(&REGISTRY)
        }

        /// Starts a plugin with a configuration, and returns the handle for all other functions.
        ///
        /// `config_json` is `len` bytes of JSON, or NULL for the defaults. Every key is optional: `log_level`
        /// ("trace", "debug", "info", "warn", "error", "off"; default "info"), `max_concurrent_ops` (1000; 0 =
        /// unlimited), `shutdown_timeout_ms` (5000), and `data` with `formats`, a list of the formats that may be
        /// read, and the limits `max_pixels`, `max_memory` and `max_reply`. One of the last four beside `data` is
        /// refused; other keys there mean nothing, and the log says so. `callback` may be NULL.
        ///
        /// NULL means that the plugin did not start: `plugin` is none, or was started before, or the
        /// configuration is wrong, which the callback has been told. A plugin with a wrong configuration is gone.
        ///
        /// # Safety
        /// `config_json` is NULL or readable for `len` bytes. `callback` can be called from any thread until
        /// `plugin_shutdown` has returned.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn plugin_init(
            plugin: *mut ::std::ffi::c_void,
            config_json: *const u8,
            len: usize,
            callback: $crate::LogCallback,
        ) -> *mut ::std::ffi::c_void {
            // SAFETY: the caller's promises are the same.
            unsafe { $crate::boundary::init(&REGISTRY, plugin, config_json, len, callback) }
        }

        /// Answers a JSON request: `type_tag` is a C string that names the message ("thumbnail.create",
        /// "image.probe", "image.placeholder", "plugin.info", "echo"), `request` is `len` bytes of JSON.
        ///
        /// The reply is a JSON object in every case, and is given back with `plugin_free_buffer`.
        ///
        /// # Safety
        /// `type_tag` is NULL or a C string. `request` is NULL or readable for `len` bytes. Nobody writes to
        /// either before this returns.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn plugin_call(
            handle: *mut ::std::ffi::c_void,
            type_tag: *const ::std::ffi::c_char,
            request: *const u8,
            len: usize,
        ) -> $crate::FfiBuffer {
            // SAFETY: the caller's promises are the same.
            unsafe { $crate::boundary::call_json(&REGISTRY, handle, type_tag, request, len) }
        }

        /// Answers a binary request: `request` is `len` bytes, a header and what it announces.
        ///
        /// The reply, or the error's message, is given back with `rb_response_free`.
        ///
        /// # Safety
        /// `request` is NULL or readable for `len` bytes, and nobody writes to it before this returns.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn plugin_call_raw(
            handle: *mut ::std::ffi::c_void,
            message_id: u32,
            request: *const ::std::ffi::c_void,
            len: usize,
        ) -> $crate::RbResponse {
            // SAFETY: the caller's promises are the same.
            unsafe { $crate::boundary::call_raw(&REGISTRY, handle, message_id, request, len) }
        }

        /// As `plugin_call_raw`, for a request that lies in several places: its parts are read in order, as one
        /// request. So nobody has to copy an image after its header.
        ///
        /// # Safety
        /// `parts` is NULL or an array of `count` parts. The `data` of each is NULL or readable for its `len`
        /// bytes. Nobody writes to any of it before this returns.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn thumbox_call_parts(
            handle: *mut ::std::ffi::c_void,
            message_id: u32,
            parts: *const $crate::ThumboxPart,
            count: usize,
        ) -> $crate::RbResponse {
            // SAFETY: the caller's promises are the same.
            unsafe { $crate::boundary::call_parts(&REGISTRY, handle, message_id, parts, count) }
        }

        /// Frees a reply of `plugin_call`, and empties the structure, so that a second call does nothing.
        ///
        /// # Safety
        /// `buffer` is NULL or a structure that `plugin_call` has filled and nobody has changed.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn plugin_free_buffer(buffer: *mut $crate::FfiBuffer) {
            // SAFETY: the caller's promises are the same.
            unsafe { $crate::boundary::free_buffer(buffer) }
        }

        /// Frees a reply of `plugin_call_raw` or `thumbox_call_parts`, and empties the structure, so that a
        /// second call does nothing.
        ///
        /// # Safety
        /// `response` is NULL or a structure that one of the two has filled and nobody has changed.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn rb_response_free(response: *mut $crate::RbResponse) {
            // SAFETY: the caller's promises are the same.
            unsafe { $crate::boundary::free_response(response) }
        }

        /// Ends a plugin: refuses new calls, waits up to `shutdown_timeout_ms` for those that run, waits for log
        /// callbacks to return, and forgets the handle. `false` where there was nothing to end.
        ///
        /// Calls that are still running then are answered as usual, without log messages. Do not call this while
        /// you hold a lock that the log callback takes.
        #[unsafe(no_mangle)]
        pub extern "C" fn plugin_shutdown(handle: *mut ::std::ffi::c_void) -> bool {
            $crate::boundary::shutdown(&REGISTRY, handle)
        }

        /// Sets the least severe level that the log callback gets: 0 trace, 1 debug, 2 info, 3 warn, 4 error;
        /// anything above is off.
        #[unsafe(no_mangle)]
        pub extern "C" fn plugin_set_log_level(handle: *mut ::std::ffi::c_void, level: u8) {
            $crate::boundary::set_log_level(&REGISTRY, handle, level)
        }

        /// Where a plugin is in its life: 0 installed, 1 starting, 2 active, 3 stopping, 4 stopped, 5 failed;
        /// 255 where the handle is none, or none any more.
        #[unsafe(no_mangle)]
        pub extern "C" fn plugin_get_state(handle: *mut ::std::ffi::c_void) -> u8 {
            $crate::boundary::state(&REGISTRY, handle)
        }

        /// How many calls were refused because `max_concurrent_ops` were running; 0 where the handle is none.
        #[unsafe(no_mangle)]
        pub extern "C" fn plugin_get_rejected_count(handle: *mut ::std::ffi::c_void) -> u64 {
            $crate::boundary::rejected_count(&REGISTRY, handle)
        }
    };
}
