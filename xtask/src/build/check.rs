//! What a component must be: nothing imported, exactly one interface exported, and a place for a panic's text. And
//! what the browser's module must be.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use wasmparser::{ExternalKind, Parser, Payload};
use wit_component::{DecodedWasm, OutputToString, WitPrinter};
use wit_parser::{Resolve, WorldItem, WorldKey};

const INTERFACE: &str = "thumbox:plugin/transport@0.1.0";
const PANIC_TEXT: &str = "thumbox_panic_text";

/// Refuses a component that imports anything, or exports anything but the interface of the WIT file. Another core's may
/// do without a place for a panic's text.
pub(super) fn check(component: &[u8], wit: &Path, keeps_text: bool) -> Result<()> {
    wasmparser::Validator::new().validate_all(component).context("not a valid component")?;
    let panic_texts = check_sections(component)?;
    ensure!(
        panic_texts == 1 || !keeps_text,
        "{panic_texts} core modules export the global {PANIC_TEXT}, not 1"
    );
    check_interface(component, wit)
}

/// What wasm-bindgen gives the browser's module: its errors' class, a way to throw, and its own table. A hash follows.
const GIVEN: [&str; 3] =
    ["__wbg_failure_new", "__wbg___wbindgen_throw_", "__wbindgen_init_externref_table"];

/// The most memory that the browser's module may declare, in pages of 64 KiB.
const MOST_PAGES: u64 = 512 << 4;

/// Refuses a module for the browser that imports more than wasm-bindgen gives it, keeps no panic's text, or may grow
/// without a limit.
pub(super) fn check_module(module: &[u8]) -> Result<()> {
    wasmparser::Validator::new().validate_all(module).context("not a valid module")?;
    let mut has_text = false;
    let mut most = None;
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let name = import?.name;
                    let given = GIVEN.iter().any(|given| name.starts_with(given));
                    ensure!(given, "it imports {name}; only {GIVEN:?} are allowed");
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    most = memory?.maximum;
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    has_text |= export.name == PANIC_TEXT && export.kind == ExternalKind::Global;
                }
            }
            _ => {}
        }
    }
    ensure!(has_text, "it does not export the global {PANIC_TEXT}");
    ensure!(most == Some(MOST_PAGES), "its memory has {most:?} pages at most, not {MOST_PAGES}");
    Ok(())
}

/// Reads the file's own sections and those of the core modules in it; says how many of those keep a panic's text.
fn check_sections(component: &[u8]) -> Result<usize> {
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    let mut panic_texts = 0;
    // Modules and components nest; what the outermost one imports and exports is what a host sees.
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            // Inside, where an interface is put together, an import is one part's name for another.
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    imports.push(format!("{} {}", import.module, import.name));
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    exports.push(export?.name.name);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.name == PANIC_TEXT && export.kind == ExternalKind::Global {
                        panic_texts += 1;
                    }
                }
            }
            _ => {}
        }
    }
    ensure!(imports.is_empty(), "it imports {imports:?}, and may import nothing");
    ensure!(exports == [INTERFACE], "it exports {exports:?}, not just {INTERFACE}");
    Ok(panic_texts)
}

/// Holds the component's interface to the WIT file, where it has docs and versions that no component carries.
fn check_interface(component: &[u8], wit: &Path) -> Result<()> {
    let mut resolve = Resolve::default();
    let package = resolve.push_file(wit)?;
    let world = resolve.select_world(&[package], Some("plugin"))?;
    let written = exported_interfaces(&resolve, world)?;
    let DecodedWasm::Component(resolve, world) = wit_component::decode(component)? else {
        bail!("not a component but a WIT package");
    };
    let built = exported_interfaces(&resolve, world)?;
    ensure!(written == built, "the WIT file says:\n{written}\nand the component is:\n{built}");
    Ok(())
}

fn exported_interfaces(resolve: &Resolve, world: wit_parser::WorldId) -> Result<String> {
    let world = resolve.worlds.get(world).context("a world that is not there")?;
    ensure!(world.imports.is_empty(), "the world imports {:?}", world.imports.keys());
    let mut text = String::new();
    for (key, item) in &world.exports {
        let (WorldKey::Interface(_), WorldItem::Interface { id, .. }) = (key, item) else {
            bail!("the world exports {key:?}, which is no interface of a package");
        };
        let mut printer = WitPrinter::new(OutputToString::default());
        printer.emit_docs(false);
        printer.print_interface(resolve, *id)?;
        text.push_str(&resolve.id_of(*id).context("an interface without a name")?);
        for line in printer.output.to_string().lines().filter(|line| !line.starts_with("@since")) {
            text.push('\n');
            text.push_str(line);
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        Component, ComponentExportKind, ComponentExportSection, ComponentImportSection,
        ComponentTypeRef, ComponentTypeSection, ConstExpr, ExportKind, ExportSection,
        GlobalSection, GlobalType, ImportSection, MemoryType, Module, ModuleSection, ValType,
    };

    use super::*;

    /// A core module that exports one global, and imports a memory if told to.
    fn module(global: &str, imports: bool) -> Module {
        let mut module = Module::new();
        if imports {
            let memory = MemoryType {
                minimum: 1,
                maximum: None,
                memory64: false,
                shared: false,
                page_size_log2: None,
            };
            module.section(ImportSection::new().import("env", "memory", memory));
        }
        let global_type = GlobalType { val_type: ValType::I32, mutable: false, shared: false };
        module.section(GlobalSection::new().global(global_type, &ConstExpr::i32_const(8)));
        module.section(ExportSection::new().export(global, ExportKind::Global, 0));
        module
    }

    /// A module for the browser: with a limit on its memory, or without, and a function of that name imported.
    fn for_the_browser(import: &str, maximum: Option<u64>, global: &str) -> Vec<u8> {
        let mut module = Module::new();
        let mut types = wasm_encoder::TypeSection::new();
        types.ty().function([], []);
        module.section(&types);
        let function = wasm_encoder::EntityType::Function(0);
        module.section(ImportSection::new().import("./thumbox_bg.js", import, function));
        let memory = MemoryType {
            minimum: 1,
            maximum,
            memory64: false,
            shared: false,
            page_size_log2: None,
        };
        module.section(wasm_encoder::MemorySection::new().memory(memory));
        let global_type = GlobalType { val_type: ValType::I32, mutable: false, shared: false };
        module.section(GlobalSection::new().global(global_type, &ConstExpr::i32_const(8)));
        module.section(ExportSection::new().export(global, ExportKind::Global, 0));
        module.finish()
    }

    #[test]
    fn a_browser_module_that_could_do_more_is_refused() {
        let given = "__wbg_failure_new";
        check_module(&for_the_browser(given, Some(MOST_PAGES), PANIC_TEXT)).unwrap();
        for (module, named) in [
            (for_the_browser("__wbg_fetch_1", Some(MOST_PAGES), PANIC_TEXT), "__wbg_fetch_1"),
            (for_the_browser(given, None, PANIC_TEXT), "None pages"),
            (for_the_browser(given, Some(MOST_PAGES), "other"), PANIC_TEXT),
            (b"\0asm\x01\0\0\0\xff".to_vec(), "not a valid module"),
        ] {
            let error = format!("{:#}", check_module(&module).unwrap_err());
            assert!(error.contains(named), "{named}: {error}");
        }
    }

    /// A component with that module in it, which exports an empty instance under a name.
    fn component(module: &Module, import: bool, export: &str) -> Vec<u8> {
        let mut component = Component::new();
        component.section(&ModuleSection(module));
        if import {
            let mut types = ComponentTypeSection::new();
            types.instance(&wasm_encoder::InstanceType::new());
            component.section(&types);
            let mut imports = ComponentImportSection::new();
            imports.import("wasi:cli/environment@0.2.0", ComponentTypeRef::Instance(0));
            component.section(&imports);
        } else {
            let mut instances = wasm_encoder::ComponentInstanceSection::new();
            let nothing: [(&str, ComponentExportKind, u32); 0] = [];
            instances.export_items(nothing);
            component.section(&instances);
        }
        let mut exports = ComponentExportSection::new();
        exports.export(export, ComponentExportKind::Instance, 0, None);
        component.section(&exports);
        component.finish()
    }

    #[test]
    fn what_breaks_a_promise_is_refused_with_its_name() {
        let good = module(PANIC_TEXT, false);
        let wit = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit/thumbox.wit"));
        for (component, named) in [
            (component(&good, true, INTERFACE), "wasi:cli/environment@0.2.0"),
            (component(&module(PANIC_TEXT, true), false, INTERFACE), "env memory"),
            (component(&module("other", false), false, INTERFACE), PANIC_TEXT),
            (component(&good, false, "thumbox:plugin/other@0.1.0"), "thumbox:plugin/other@0.1.0"),
            // All is right but the interface, which has no functions.
            (component(&good, false, INTERFACE), "call-json: func"),
            (b"\0asm\x0d\0\x01\0\xff".to_vec(), "not a valid component"),
        ] {
            let error = format!("{:#}", check(&component, wit, true).unwrap_err());
            assert!(error.contains(named), "{named}: {error}");
        }
    }
}
