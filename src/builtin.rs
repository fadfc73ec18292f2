//! The shipped `profiles/` and `templates/`, embedded.

use crate::files::Files;

include!(concat!(env!("OUT_DIR"), "/builtin.rs"));

/// The shipped profiles by file name, such as `dev.yaml`.
pub fn profiles() -> Files {
    collect("profiles", PROFILES)
}

/// The shipped templates by path, such as `manifests/40-mesh/proxydefaults.yaml`.
pub fn templates() -> Files {
    collect("templates", TEMPLATES)
}

fn collect(folder: &str, list: &[(&str, &str)]) -> Files {
    let mut files = Files::default();
    for (path, text) in list {
        files.insert(*path, format!("builtin:{folder}/{path}"), *text);
    }
    files
}
