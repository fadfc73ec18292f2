//! Times each stage of the pipeline on generated profiles. `cargo bench --bench stages [-- SERVICES]`
//!
//! Input is generated outside the timed part; each figure is the median of nine runs, in milliseconds.

#![allow(clippy::print_stdout, clippy::disallowed_methods, missing_docs, reason = "a bench prints times")]

mod support;

use meshtrace::builtin;
use meshtrace::check;
use meshtrace::check::Item;
use meshtrace::check::Located;
use meshtrace::check::Options;
use meshtrace::check::Places;
use meshtrace::check::Set;
use meshtrace::disk;
use meshtrace::finding::Findings;
use meshtrace::finding::Severity;
use meshtrace::inject;
use meshtrace::inject::Mode;
use meshtrace::inject::Opened;
use meshtrace::inject::Request;
use meshtrace::model;
use meshtrace::object;
use meshtrace::profile;
use meshtrace::profile::Name;
use meshtrace::profile::Profiles;
use meshtrace::render;
use meshtrace::render::Input;
use meshtrace::source::Place;
use meshtrace::source::Sources;
use meshtrace::template::Engine;
use meshtrace::template::Templates;
use meshtrace::yaml;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;
use support::big;

const RUNS: usize = 9;

fn main() {
    let services: usize = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(10_000);
    for image in [false, true] {
        let count = if image { services / 10 } else { services };
        let mut profiles = Profiles { all: builtin::profiles(), builtin: builtin::profiles() };
        profiles.all.insert("big.yaml", "big.yaml", big(count, image));
        let templates = Templates { all: builtin::templates(), builtin: builtin::templates() };
        println!("{count} services {}", if image { "with image" } else { "without image" });
        run(&profiles, &templates);
    }
    injected(services);
}

/// `inject` on one stream of Deployments, against reading it.
fn injected(count: usize) {
    let one = |number: usize| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web-{number}\n  namespace: shop\n  labels:\n    app: web\n\
             spec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        \
             app: web\n    spec:\n      serviceAccountName: web\n      containers:\n      - name: web\n        image: \
             registry.example/web:1.4.2\n        env:\n        - name: LOG\n          value: info\n        ports:\n        - name: \
             http\n          containerPort: 8080\n        readinessProbe:\n          httpGet:\n            path: /ready\n            \
             port: http\n        resources:\n          requests:\n            cpu: 100m\n            memory: 64Mi\n"
        )
    };
    let mut sources = Sources::default();
    let stream: String = (0..count).map(one).collect();
    // Carriage returns are left to the YAML library, whose speed is that of other programs at best.
    let library = sources.add("library.yaml", stream.replace('\n', "\r\n"));
    let source = sources.add("stream.yaml", stream);
    let profiles = Profiles { all: builtin::profiles(), builtin: builtin::profiles() };
    let templates = Templates { all: builtin::templates(), builtin: builtin::templates() };
    let (names, nothing) = ([Name::from("base")], BTreeMap::new());
    let input = Input {
        profiles: &profiles,
        templates: &templates,
        verbatim: &nothing,
        names: &names,
        extras: &[],
        home: &Default::default(),
        helm: None,
    };
    let mut found = Findings::default();
    let targets = render::targets(&input, &mut found).expect("the base is sound");
    let request = Request { mode: Mode::Agent, consul: false, all: false, remove: false };
    let (mut parses, mut reads, mut again, mut injections) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let clock = Instant::now();
        drop(yaml::read(&sources, library, &mut found));
        parses.push(clock.elapsed());
        let clock = Instant::now();
        drop(yaml::read(&sources, source, &mut found));
        reads.push(clock.elapsed());
        let clock = Instant::now();
        let opened = Opened::read(&sources, source, &mut found).expect("the stream is sound");
        let outcome = opened.inject(&sources, &request, &targets, &mut found).expect("the stream is sound");
        assert_eq!(outcome.lines.len(), count, "each gets an agent");
        injections.push(clock.elapsed());
        // The proof reads what was written, which is twice as long.
        let mut written = Sources::default();
        let result = written.add("result.yaml", outcome.text.expect("the stream was changed"));
        let clock = Instant::now();
        drop(yaml::read(&written, result, &mut found));
        again.push(clock.elapsed());
        drop(opened);
    }
    let [parse, read, again, inject] = [&mut parses, &mut reads, &mut again, &mut injections].map(|times| {
        times.sort();
        times[RUNS / 2].as_secs_f64() * 1000.0
    });
    println!("{count} Deployments in one stream\n  parse      {parse:8.2} ms by the YAML library");
    println!("  read       {read:8.2} ms, and {again:.2} ms for the result");
    println!(
        "  inject     {inject:8.2} ms, {:.2} times the parsing, {:.2} times the reading, {:.2} times reading both",
        inject / parse,
        inject / read,
        inject / (read + again)
    );
}

/// Places are needed only for findings, of which valid input has few.
struct Nowhere;

impl Places for Nowhere {
    fn place(&self, _: &Located<'_>) -> (Option<Place>, Option<(String, u32)>) {
        (None, None)
    }

    fn author(&self, _: check::Doc, _: &yaml::Node) -> check::Author {
        check::Author::Copy
    }
}

fn run(profiles: &Profiles, templates: &Templates) {
    let names = [Name::from("big")];
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stages");
    let _ = std::fs::remove_dir_all(&folder);
    let mut times: BTreeMap<(usize, &str), Vec<Duration>> = BTreeMap::new();
    let mut objects = 0;
    for _ in 0..RUNS {
        let mut clock = Instant::now();
        let mut lap = |stage: (usize, &'static str)| {
            times.entry(stage).or_default().push(clock.elapsed());
            clock = Instant::now();
        };
        let mut found = Findings::default();
        let mut sources = Sources::default();
        let values =
            profile::compose(profiles, &names, &[], &mut sources, &mut found).expect("the profiles can be merged");
        lap((0, "profile"));
        let model = model::derive(&values, &sources, &Default::default(), &mut found).expect("the values are valid");
        lap((1, "model"));
        let engine = Engine::new(templates, &model, &values.root);
        lap((2, "engine"));
        let texts = engine.render(&mut found);
        lap((3, "templates"));
        let rendered = object::parse(texts, &engine, &mut found);
        lap((4, "objects"));
        let rendered = inject::apply(&model, rendered);
        lap((5, "inject"));
        objects = rendered.objects.len();
        let items = rendered.objects.iter().map(|object| Item { id: &object.id, node: &object.node }).collect();
        let report = check::check(&Set::new(items, Vec::new()), &Options::default(), &Nowhere);
        lap((6, "check"));
        assert_eq!(report.count(Severity::Error), 0, "the bench's input is valid");
        let output = object::lay_out(rendered, &BTreeMap::new(), &mut found);
        lap((7, "layout"));
        let options = disk::Options { shown: "out", ..disk::Options::default() };
        disk::write(&folder, &output, &options, &mut found).expect("the folder is writable");
        lap((8, "write"));
        disk::write(&folder, &output, &options, &mut found).expect("the folder is writable");
        lap((9, "no-op"));
        drop((output, engine, model, values, report));
        lap((10, "drop"));
        assert!(found.is_empty(), "the bench's input is valid");
        let _ = std::fs::remove_dir_all(&folder);
    }
    println!("  {objects} objects");
    for ((_, stage), mut runs) in times {
        runs.sort();
        println!("  {stage:10} {:8.2} ms", runs[RUNS / 2].as_secs_f64() * 1000.0);
    }
}
