//! Holds the files of `core/schema`, which are given away, to the types that they are generated from. With
//! `THUMBOX_BLESS=1` they are written anew. That requests and replies keep to them is tested in hosts/python.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

#[test]
fn the_files_are_what_the_types_say() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schema");
    let made: BTreeMap<_, _> =
        thumbox_core::schemas().into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
    if std::env::var_os("THUMBOX_BLESS").is_some() {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        made.iter().for_each(|(name, text)| fs::write(folder.join(name), text).unwrap());
    }
    let stored: BTreeMap<_, _> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    assert_eq!(stored, made, "set THUMBOX_BLESS=1");
}
