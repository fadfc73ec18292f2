use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::cluster::tracer::Speaks;
use crate::stack::consul::keys::CLUSTERS;
use crate::check::cursor::Cursor;
use crate::check::hop::HopKind;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::suggest;

pub(crate) static RULE: Rule = Rule {
    id: "collector-cluster-defined",
    severity: Severity::Error,
    summary: "the tracer uses a cluster that is not defined",
    text: "Measured: with Zipkin Envoy refuses its listeners (`unknown cluster`), which breaks traffic as well as \
           tracing; with OTLP it starts and loses every span.",
    fixes: &[Trust::Unsafe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let tracing = &facts.mesh.tracing;
    for (key, tracer, scope) in tracing.tracers() {
        let Some(place) = tracing.place(key) else { continue };
        let Some((name, pointer)) = &tracer.cluster else {
            if tracer.speaks != Speaks::Other && tracer.target.is_none() {
                let at = Cursor::inner(&place, &tracer.pointer);
                out.hit(&RULE, at, "the tracer has no cluster to send spans to", "set it to one of the static clusters")
                    .breaks(HopKind::Cluster, scope);
            }
            continue;
        };
        // Clusters that could not be parsed are reported separately.
        if tracing.cluster(name).is_some() || !tracing.clusters_read {
            continue;
        }
        let known: Vec<&str> = tracing.clusters.iter().map(|cluster| &*cluster.name).collect();
        let help = match (suggest::closest(name, known.iter().copied()), known.as_slice()) {
            (Some(close), _) => format!("did you mean `{close}`?"),
            (None, []) => format!("define it in `{CLUSTERS}`"),
            (None, known) => format!("use one of the defined clusters: {}", suggest::some(known.iter().copied(), "")),
        };
        let message = format!("the tracer sends to cluster `{name}`, which is not defined");
        let meant = suggest::closest(name, known.iter().copied()).or(match known.as_slice() {
            [only] => Some(*only),
            _ => None,
        });
        let cure = meant.map(|name| Edit::set(Cursor::inner(&place, pointer), name));
        out.hit(&RULE, Cursor::inner(&place, pointer), message, help)
            .fix(Trust::Unsafe, cure)
            .breaks(HopKind::Cluster, scope);
    }
}
