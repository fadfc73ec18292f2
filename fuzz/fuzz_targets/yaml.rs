//! Any text is read or refused, and what was read is written so that it reads back the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meshtrace::finding::Findings;
use meshtrace::source::Sources;
use meshtrace::yaml;

fn read(text: &str) -> Vec<yaml::Node> {
    let mut sources = Sources::default();
    let id = sources.add("text", text);
    yaml::read(&sources, id, &mut Findings::default()).into_iter().map(|document| document.node).collect()
}

fuzz_target!(|text: &str| {
    for node in read(text) {
        let mut written = String::new();
        yaml::write(&node, &mut written);
        let again = read(&written).first().map(yaml::Node::to_json);
        assert_eq!(again.unwrap_or_default(), node.to_json(), "{written}");
    }
});
