//! A thumbnail by what a signed bundle brings: `bundle FILE.rbp KEY wasm|native|sandbox PHOTO OUT`.
//!
//! KEY is the public key that you trust, as 56 characters or in the file `thumbox.pub`. Take `native` for pictures that you made yourself.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use thumbox_host::{
    Bundle, ComponentPlugin, NativePlugin, Options, Plugin, PublicKey, SandboxOptions, Target,
    Variant,
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [file, key, variant, photo, out] = arguments.as_slice() else {
        return Err("bundle FILE.rbp KEY wasm|native|sandbox PHOTO OUT".into());
    };
    let key = if Path::new(key).is_file() { PublicKey::read(key) } else { PublicKey::parse(key) };
    let mut bundle = Bundle::open(file, &key?)?;
    let plugin: Box<dyn Plugin> = match variant.as_str() {
        "wasm" => {
            Box::new(ComponentPlugin::compile(&bundle.component()?, &SandboxOptions::default())?)
        }
        "native" => Box::new(library(&mut bundle, Variant::Release)?),
        "sandbox" => Box::new(library(&mut bundle, Variant::Sandbox)?),
        _ => {
            return Err(format!(
                "the variant is {variant:?}; wasm, native and sandbox are allowed"
            )
            .into());
        }
    };
    let thumb = plugin.thumbnail(&fs::read(photo)?, &Target::new(256, 256))?;
    fs::write(out, thumb.data())?;
    println!("{photo} -> {out}: {} x {}", thumb.width, thumb.height);
    Ok(())
}

#[allow(unsafe_code, reason = "loading a library runs its code")]
fn library(bundle: &mut Bundle, variant: Variant) -> thumbox_host::Result<NativePlugin> {
    // Nowhere: a temporary file, which goes as soon as it is loaded.
    let cache = None;
    // SAFETY: whoever has the key's other half signed the library, and is trusted.
    unsafe { bundle.native(variant, cache, &Options::default()) }
}
