//! Kinds that make pods (`pkg/apis/apps/validation`, `pkg/apis/batch/validation`, `pkg/apis/policy/validation`).

use crate::check::cursor::Cursor;
use crate::check::problem::Cause;
use crate::check::schema::validation::cron;
use crate::check::schema::validation::out::Out;
use crate::check::schema::validation::out::is_given;
use crate::check::schema::validation::out::is_open;
use crate::check::schema::validation::out::is_set;
use crate::check::schema::validation::out::is_zero;
use crate::check::schema::validation::out::known;
use crate::check::schema::validation::out::percentage;
use crate::check::schema::validation::pod;
use crate::check::schema::validation::selector;
use crate::stack::kube::zones;
use crate::suggest;

/// Kinds of the group `apps`.
pub(super) fn of_apps(out: &mut Out, kind: &str, root: Cursor<'_>) {
    let spec = root.get("spec");
    match kind {
        "Deployment" => deployment(out, spec),
        "DaemonSet" => daemon_set(out, spec),
        "StatefulSet" => stateful_set(out, spec),
        "ReplicaSet" => {}
        _ => return,
    }
    if kind == "ReplicaSet" && is_set(spec) && !is_set(spec.get("template")) {
        out.missing(spec, "`spec` has no `template`, whose labels the selector needs", "add it");
    }
    selector::and_template(out, spec, kind);
    let claims = spec.get("volumeClaimTemplates").items().filter_map(|claim| claim.at(&["metadata", "name"]).str());
    let claims: Vec<&str> = if kind == "StatefulSet" { claims.collect() } else { Vec::new() };
    always(out, spec.at(&["template", "spec"]), kind);
    pod::judge(out, spec.at(&["template", "spec"]), &claims, false);
}

pub(super) fn replication_controller(out: &mut Out, root: Cursor<'_>) {
    let spec = root.get("spec");
    selector::plain(out, spec, "ReplicationController");
    always(out, spec.at(&["template", "spec"]), "ReplicationController");
    pod::judge(out, spec.at(&["template", "spec"]), &[], false);
}

/// Pods that are replaced when they end (`ValidatePodTemplateSpecForReplicaSet` and its like).
fn always(out: &mut Out, pod: Cursor<'_>, kind: &str) {
    let policy = pod.get("restartPolicy");
    if let Some(word) = known(policy).filter(|word| *word != "Always") {
        let message = format!("the pods of a {kind} are always restarted, so `restartPolicy` cannot be `{word}`");
        out.refuse(Cause::RestartPolicy, policy, message, "remove it, or use a Job");
    }
    let deadline = pod.get("activeDeadlineSeconds");
    if is_set(deadline) {
        let message = format!("the pods of a {kind} have no `activeDeadlineSeconds`");
        out.clash(deadline.key(), message, "remove it, or use a Job");
    }
}

/// `ValidateDeploymentSpec`, `ValidateDeploymentStrategy`, `ValidateRollingUpdateDeployment`.
fn deployment(out: &mut Out, spec: Cursor<'_>) {
    let strategy = spec.get("strategy");
    let rolling = strategy.get("rollingUpdate");
    if strategy.get("type").str() == Some("Recreate") && is_set(rolling) {
        out.clash(rolling.key(), "`rollingUpdate` does not go with `type: Recreate`", "remove one of them");
    }
    let (surge, missing) = (rolling.get("maxSurge"), rolling.get("maxUnavailable"));
    if is_zero(surge) == Some(true) && is_zero(missing) == Some(true) {
        let message = "`maxSurge` and `maxUnavailable` are both 0, so no pod could be replaced";
        out.clash(missing, message, "raise one of them");
    }
    over_100(out, missing);
    // `SetDefaults_Deployment`
    let deadline = spec.get("progressDeadlineSeconds");
    let ready = spec.get("minReadySeconds");
    if let Some(seconds) = ready.int()
        && !is_open(deadline)
        && seconds >= deadline.int().unwrap_or(600)
    {
        let at = if is_set(deadline) { deadline } else { ready };
        let message = "`progressDeadlineSeconds` (600 unless it is set) must be greater than `minReadySeconds`";
        out.clash(at, message, "raise it");
    }
}

fn over_100(out: &mut Out, at: Cursor<'_>) {
    if percentage(at).is_some_and(|number| number > 100) {
        out.value(at, format!("{} is more than all of them", at.text()), "write at most 100%");
    }
}

/// `ValidateRollingUpdateDaemonSet`.
fn daemon_set(out: &mut Out, spec: Cursor<'_>) {
    let strategy = spec.get("updateStrategy");
    let rolling = strategy.get("rollingUpdate");
    if strategy.get("type").str() == Some("OnDelete") || !is_set(rolling) {
        return;
    }
    let (surge, missing) = (rolling.get("maxSurge"), rolling.get("maxUnavailable"));
    over_100(out, missing);
    over_100(out, surge);
    // `SetDefaults_DaemonSet`: 1 may be missing, and none be too many.
    let surges = if is_set(surge) { is_zero(surge) } else { Some(true) };
    let misses = if is_set(missing) { is_zero(missing) } else { Some(false) };
    match (surges, misses) {
        (Some(true), Some(true)) => {
            let message = "`maxSurge` and `maxUnavailable` are both 0, so no pod could be replaced";
            out.clash(missing, message, "raise one of them");
        }
        (Some(false), Some(false)) => {
            let message = "of `maxSurge` and `maxUnavailable` (1 unless it is set) one must be 0";
            out.clash(surge, message, "set the other one to 0");
        }
        _ => {}
    }
}

/// `ValidateStatefulSetSpec`.
fn stateful_set(out: &mut Out, spec: Cursor<'_>) {
    for claim in spec.get("volumeClaimTemplates").items() {
        if is_set(claim) && !is_open(claim) && !is_given(claim.at(&["metadata", "name"])) {
            out.missing(claim, "a volume claim template has no name, by which pods mount it", "add `metadata.name`");
        }
    }
    let strategy = spec.get("updateStrategy");
    if strategy.get("type").str() == Some("OnDelete") && is_set(strategy.get("rollingUpdate")) {
        let message = "`rollingUpdate` does not go with `type: OnDelete`";
        out.clash(strategy.get("rollingUpdate").key(), message, "remove one of them");
    }
}

/// A Job's spec (`validateJobSpec`, `ValidateGeneratedSelector`). `alone`: it is no template of a CronJob.
pub(super) fn job(out: &mut Out, spec: Cursor<'_>, alone: bool) {
    let (manual, chosen) = (spec.get("manualSelector").bool() == Some(true), spec.get("selector"));
    match (manual, is_set(chosen)) {
        (true, true) if alone => selector::and_template(out, spec, "Job"),
        (true, false) if alone => {
            out.missing(spec, "`manualSelector` needs a `selector`", "add it, or remove `manualSelector`");
        }
        (true, _) if !alone => {
            let at = spec.get("manualSelector");
            out.clash(at, "the template of a CronJob cannot have a `manualSelector`", "remove it");
        }
        (false, true) => {
            let help = "remove the selector, or write `manualSelector: true` and choose unique labels";
            out.clash(chosen.key(), "the selector of a Job is generated by the API server", help);
        }
        _ => {}
    }
    let pod = spec.at(&["template", "spec"]);
    let policy = pod.get("restartPolicy");
    let fails = spec.get("podFailurePolicy");
    match policy.text() {
        "Never" => {}
        _ if is_open(policy) || !is_set(pod) => {}
        "OnFailure" if !is_set(fails) => {}
        "OnFailure" => {
            let message = "with `podFailurePolicy`, `restartPolicy` must be `Never`";
            out.refuse(Cause::RestartPolicy, policy, message, "write `restartPolicy: Never`");
        }
        word => {
            let word = if word.is_empty() { "Always, which is the default" } else { word };
            let message = format!("the pods of a Job must end, so `restartPolicy` cannot be {word}");
            let at = if is_set(policy) { policy } else { pod };
            out.refuse(Cause::RestartPolicy, at, message, "write `restartPolicy: Never` or `OnFailure`");
        }
    }
    let failed = spec.get("maxFailedIndexes");
    if is_set(failed) && !is_set(spec.get("backoffLimitPerIndex")) {
        out.clash(failed.key(), "`maxFailedIndexes` needs `backoffLimitPerIndex`", "add it, or remove this field");
    }
    for rule in fails.get("rules").items() {
        let codes = rule.get("onExitCodes");
        let zero = codes.get("values").items().find(|value| value.int() == Some(0));
        if let Some(at) = zero.filter(|_| codes.get("operator").str() == Some("In")) {
            out.value(at, "exit code 0 is no failure", "remove it");
        }
        let name = codes.get("containerName");
        let mut containers = ["containers", "initContainers"].into_iter().flat_map(|list| pod.get(list).items());
        if known(name).is_some_and(|name| !containers.any(|one| one.get("name").str() == Some(name))) {
            out.value(name, format!("there is no container `{}`", name.text()), "name a container of the pod");
        }
    }
    pod::judge(out, pod, &[], false);
}

/// `validateCronJobSpec`.
pub(super) fn cron_job(out: &mut Out, root: Cursor<'_>) {
    let spec = root.get("spec");
    let schedule = spec.get("schedule");
    if let Some(text) = known(schedule)
        && let Err(why) = cron::parse(text, out.oldest < 29)
    {
        let help = "write five fields (minute, hour, day, month, weekday), or `@daily` and its like";
        out.refuse(Cause::CronSchedule, schedule, format!("`{text}` is no schedule: {why}"), help);
    }
    time_zone(out, spec.get("timeZone"));
    job(out, spec.at(&["jobTemplate", "spec"]), false);
}

/// `validateTimeZone`. A name that is not in our list may be newer than it, unless it is a slip of the pen.
fn time_zone(out: &mut Out, at: Cursor<'_>) {
    if at.str() == Some("") {
        out.value(at, "the time zone is empty", "name one, such as `Europe/Berlin`, or remove it");
    }
    let Some(zone) = known(at).filter(|zone| !zones::is_one(zone)) else { return };
    let close = suggest::closest(zone, zones::all());
    if zone.eq_ignore_ascii_case("local") || close.is_some() || !zones::may_be_one(zone) {
        let help =
            close.map_or("name one, such as `Europe/Berlin`".to_owned(), |close| format!("did you mean `{close}`?"));
        out.value(at, format!("`{zone}` is no time zone"), help);
    }
}

/// `ValidatePodDisruptionBudgetSpec`.
pub(super) fn disruption_budget(out: &mut Out, spec: Cursor<'_>) {
    let (least, most) = (spec.get("minAvailable"), spec.get("maxUnavailable"));
    if is_set(least) && is_set(most) {
        out.clash(most.key(), "`minAvailable` and `maxUnavailable` exclude each other", "remove one of them");
    }
    over_100(out, least);
    over_100(out, most);
    if is_given(spec.get("selector")) {
        selector::judge(out, spec.get("selector"));
    }
}
