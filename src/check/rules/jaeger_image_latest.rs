use crate::check::facts::Facts;
use crate::check::cluster::jaeger::Image;
use crate::check::cluster::jaeger::Jaeger;
use crate::check::cluster::version;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "jaeger-image-latest",
    severity: Severity::Warning,
    summary: "an image of Jaeger or Envoy has a floating tag",
    text: "The tag `latest` of `all-in-one` is 1.76.0, which is newer than older operators support; `latest` of the \
           agent no longer changes. If the resource names no image, the operator uses the version that it was \
           released with.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let images = facts.jaegers.images.iter().copied();
    for image in images.chain(facts.jaegers.all.iter().flat_map(Jaeger::images)).filter(floats) {
        out.hit(&RULE, image.at, message(image.text), "pin a version");
    }
    let Some(values) = facts.mesh.values else { return };
    let envoy = values.at(&["global", "imageEnvoy"]);
    if let Some(text) = envoy.str()
        && (text.ends_with("latest") || version::tag(text).is_none())
    {
        out.hit(&RULE, envoy, message(text), "pin a version, or remove the key to get the chart's default");
    }
}

fn floats(image: &Image<'_>) -> bool {
    matches!(version::tag(image.text), None | Some("latest")) && !image.text.contains('@')
}

fn message(image: &str) -> String {
    format!("image `{image}` has a floating tag")
}
