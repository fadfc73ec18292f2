use super::*;
use crate::check::Hop;
use crate::check::HopKind;
use crate::check::Path;

fn hop(kind: HopKind, state: State, detail: &str) -> Hop {
    let rule = (state == State::Broken).then_some("a-rule");
    Hop { kind, state, detail: detail.to_string(), rule }
}

fn path(service: &str, from: &str, broken: Option<HopKind>) -> Path {
    let hops = HopKind::ALL.into_iter().filter(|kind| *kind != HopKind::Relay).map(|kind| {
        let detail = match kind {
            HopKind::Cluster => "jaeger",
            HopKind::Service => "collector:9411 of Jaeger `o/simplest`",
            HopKind::Storage => "memory, lost when the pod ends",
            HopKind::Ui => "query:16686",
            _ => "fine",
        };
        match broken == Some(kind) {
            true => hop(kind, State::Broken, "see a-rule"),
            false => hop(kind, State::Ok, detail),
        }
    });
    let arrives = Some(broken.is_none());
    Path { set: "shop".into(), service: service.to_string(), from: from.to_string(), arrives, hops: hops.collect() }
}

fn report(paths: Vec<Path>) -> Report {
    Report { paths, ..Report::default() }
}

fn small() -> Report {
    report(vec![
        path("gateway", "clients", None),
        path("web", "gateway", None),
        path("web", "the mesh", None),
        path("api", "the mesh", Some(HopKind::Sidecar)),
    ])
}

#[test]
fn every_hop_is_in_the_picture_and_equal_ends_are_drawn_once() {
    let pictures = build::pictures(&small());
    let labels: Vec<(&str, &str)> =
        pictures[0].nodes.iter().map(|node| (node.kind.word(), node.label.as_str())).collect();
    assert_eq!(
        labels,
        [
            ("gateway", "gateway"),
            ("requests", "clients"),
            ("collector", "collector:9411"),
            ("storage", "memory"),
            ("UI", "query:16686"),
            ("service", "api"),
            ("requests", "the mesh"),
            ("service", "web")
        ]
    );
    let api = &pictures[0].nodes[5];
    assert_eq!((api.state, api.note.as_str()), (State::Broken, "sidecar: a-rule"));
    let told: Vec<&str> = pictures[0]
        .nodes
        .iter()
        .flat_map(|node| &node.about)
        .chain(pictures[0].edges.iter().flat_map(|edge| &edge.about))
        .filter_map(|line| line.split(' ').next())
        .collect();
    for kind in HopKind::ALL.into_iter().filter(|kind| *kind != HopKind::Relay) {
        assert!(told.contains(&kind.as_str()), "{} is missing in {told:?}", kind.as_str());
    }
}

#[test]
fn hundreds_of_services_are_few_nodes_and_broken_ones_come_first() {
    let mut paths: Vec<Path> = (0..500).map(|n| path(&format!("s{n}"), "the mesh", None)).collect();
    paths.push(path("bad", "the mesh", Some(HopKind::Sidecar)));
    let pictures = build::pictures(&report(paths));
    let services: Vec<&Node> = pictures[0].nodes.iter().filter(|node| node.kind == Kind::Service).collect();
    let labels: Vec<&str> = services.iter().map(|node| node.label.as_str()).collect();
    assert_eq!(labels, ["bad", "500 services"]);
    assert!(services[1].about[0].ends_with("and 460 more"), "{}", services[1].about[0]);
}

#[test]
fn many_kinds_of_broken_services_are_bounded() {
    let paths = (0..2_000).map(|n| {
        let mut path = path(&format!("s{n}"), "the mesh", Some(HopKind::Dns));
        path.hops[0] = hop(HopKind::Entry, State::Unseen, &format!("reason {n}"));
        path
    });
    let pictures = build::pictures(&report(paths.collect()));
    assert!(pictures[0].nodes.len() < 60, "{}", pictures[0].nodes.len());
    assert!(draw(&report(Vec::new()), Format::Svg).contains("no gateway or service"));
}

#[test]
fn nodes_of_a_column_do_not_overlap_and_edges_end_at_them() {
    let picture = &build::pictures(&small())[0];
    let layout = layout::layout(picture);
    for (at, a) in layout.nodes.iter().enumerate() {
        assert!(a.0 >= 0 && a.0 + layout::WIDE <= layout.width && a.1 + layout::HIGH <= layout.height);
        for b in &layout.nodes[at + 1..] {
            assert!(a.0 != b.0 || (a.1 - b.1).abs() >= layout::HIGH, "{a:?} {b:?}");
        }
    }
    for (edge, points) in picture.edges.iter().zip(&layout.edges) {
        let (first, last) = (points[0], points[points.len() - 1]);
        assert_eq!(first.0, layout.nodes[edge.from].0 + layout::WIDE);
        assert_eq!(last.0, layout.nodes[edge.to].0);
    }
}

#[test]
fn names_are_text_in_every_language() {
    let hostile = "\"]</title><script>x</script>--\\";
    let report = report(vec![path(hostile, "clients", Some(HopKind::Dns))]);
    let svg = draw(&report, Format::Svg);
    assert!(!svg.contains("<script") && svg.contains("&lt;script&gt;"), "{svg}");
    let mermaid = draw(&report, Format::Mermaid);
    assert!(!mermaid.contains("<script") && !mermaid.contains("\"]<"), "{mermaid}");
    let dot = draw(&report, Format::Dot);
    assert!(dot.contains("\\\"]</title>") && dot.contains("--\\\\"), "{dot}");
}
