use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::cluster::version;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::Version;
use crate::stack::jaeger::LAST_AGENT;

pub(crate) static RULE: Rule = Rule {
    id: "jaeger-agent-removed",
    severity: Severity::Error,
    summary: "no such jaeger-agent image was published",
    text: "The last jaeger-agent is 1.62.0. None has been published since Jaeger 1.63 (jaeger#6081), so the image \
           cannot be pulled and the pod does not start.",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for (_, _, agent) in facts.agents.running(&facts.mesh) {
        let image = agent.get("image");
        if version::tag(image.text()).and_then(Version::read).is_some_and(|version| version > LAST_AGENT) {
            out.hit(
                &RULE,
                image,
                format!("`{}` was never published: the last agent is {LAST_AGENT}", image.text()),
                format!("use {LAST_AGENT}, or an SDK that sends OTLP to the collector"),
            )
            .fix(Trust::Safe, last(image.text()).map(|text| Edit::set(image, text)))
            .refused();
        }
    }
}

/// The image with the tag of the last agent.
fn last(image: &str) -> Option<String> {
    let (name, tag) = image.rsplit_once(':').filter(|_| !image.contains('@'))?;
    (!tag.contains('/')).then(|| format!("{name}:{LAST_AGENT}"))
}
