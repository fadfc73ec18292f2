//! The collector's own telemetry, `service.telemetry` (opentelemetry-collector `service/telemetry`).

use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::config::Config;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::problem::Cause;
use crate::stack::otel;
use crate::stack::otel::components::Distribution;
use crate::suggest;

/// The levels of metrics (opentelemetry-collector `config/configtelemetry/configtelemetry.go`), compared without case.
const METRICS: [&str; 4] = ["none", "basic", "normal", "detailed"];
/// The levels of logs (zap `zapcore/level.go`), all lower or all upper case.
const LOGS: [&str; 7] = ["debug", "info", "warn", "error", "dpanic", "panic", "fatal"];

/// Why the collector does not start with these settings; `None` if there is no known reason.
pub(super) fn fault(config: &Config<'_>) -> Option<Box<Fault>> {
    level(config, "metrics", &METRICS).or_else(|| level(config, "logs", &LOGS)).or_else(|| address(config))
}

fn level(config: &Config<'_>, of: &'static str, known: &[&str]) -> Option<Box<Fault>> {
    let at = config.root.at(&["service", "telemetry", of, "level"]);
    let text = at.str().filter(|text| !text.is_empty() && !text.contains('$'))?;
    if known.contains(&&*text.to_ascii_lowercase()) {
        return None;
    }
    let why = format!("`{text}` is not a level of the collector's {of}, so it does not start");
    let help = match suggest::closest(text, known.iter().copied()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("use one of {}", suggest::some(known.iter().copied(), "`")),
    };
    Some(Fault::new(Cause::CollectorConfig, config.place(at), why, help))
}

/// Releases no longer have `metrics.address`; which collector a Jaeger v2 has, its version does not say.
fn address(config: &Config<'_>) -> Option<Box<Fault>> {
    let at = config.root.at(&["service", "telemetry", "metrics", "address"]);
    let (distribution, version) = config.image.as_ref()?;
    let gone = version.as_ref().is_some_and(|version| *version >= otel::NO_METRICS_ADDRESS);
    if !at.exists() || !gone || *distribution == Distribution::Jaeger {
        return None;
    }
    let why = "`service.telemetry.metrics` has no key `address` in this release, so the collector does not start";
    let help = "remove it, or list a Prometheus reader under `readers`";
    let fault = Fault::new(Cause::CollectorConfig, config.key(at), why, help);
    Some(fault.fix(Trust::Unsafe, [Edit::remove(config.inside(at))]))
}
