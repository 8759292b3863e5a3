//! Gives the library the name that programs record when they are linked with it.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // The number is the binary interface's: it changes when a symbol or a layout that programs were compiled with does.
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux") => println!("cargo:rustc-link-arg-cdylib=-Wl,-soname,libthumbox.so.0"),
        Ok("macos") => {
            println!("cargo:rustc-link-arg-cdylib=-Wl,-install_name,@rpath/libthumbox.0.dylib");
        }
        _ => {}
    }
}
