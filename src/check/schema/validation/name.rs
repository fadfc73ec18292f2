//! The header of objects (apimachinery `pkg/api/validation` `ValidateObjectMeta`). The letters of a name are judged where an object is
//! read (`object::Id`).

use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::problem::Cause;
use crate::check::schema::validation::out::Out;
use crate::check::schema::validation::out::is_given;
use crate::check::schema::validation::out::known;
use crate::stack::kube;
use crate::stack::kube::names;
use crate::stack::kube::schema::Format;

/// The annotations of an object have at most so many bytes (`TotalAnnotationSizeLimitB`).
const ANNOTATIONS: usize = 256 * 1024;
/// A CronJob adds 11 characters to its name for its Jobs (`validateCronJobName`).
const CRON_JOB: usize = names::LONGEST_LABEL - 11;

pub(super) fn judge(out: &mut Out, object: Object<'_>) {
    let (group, kind) = (&*object.id.group, &*object.id.kind);
    let at = object.name();
    if let Some(name) = known(at) {
        let longest = |most: usize| match name.len() > most {
            true => Err(format!("it has {} characters, but at most {most} are allowed", name.len())),
            false => Ok(()),
        };
        let wrong = match (group, kind) {
            (kube::BATCH, "CronJob") => longest(CRON_JOB),
            // The name becomes a label of its pods (`job-name`).
            (kube::BATCH, "Job") if object.spec().get("manualSelector").bool() != Some(true) => {
                longest(names::LONGEST_LABEL)
            }
            // Names of other kinds are judged where they are read.
            (kube::CORE, "Namespace") => names::dns_label(name),
            // `ValidateStatefulSetName`, since 1.27.
            (kube::APPS, "StatefulSet") if out.oldest >= 27 => names::dns_label(name),
            _ => Ok(()),
        };
        if let Err(why) = wrong {
            let message = format!("`{name}` is no name for a {kind}: {why}");
            out.refuse(Cause::ObjectName, at, message, "rename it");
        }
    }
    let annotations = object.at(&["metadata", "annotations"]);
    let size: usize = annotations.entries().map(|(key, at)| key.len() + at.text().len()).sum();
    if size > ANNOTATIONS {
        let message = format!("annotations have at most {ANNOTATIONS} bytes, and these have {size}");
        out.value(annotations, message, "make them shorter");
    }
    let has_free_names = matches!(
        (group, kind),
        (kube::ADMISSION | kube::API_EXTENSIONS | kube::AGGREGATION, _)
            | (kube::NODE, "RuntimeClass")
            | ("policy", "PodDisruptionBudget")
            | ("coordination.k8s.io", "Lease")
    );
    finalizers(out, object, !has_free_names);
    for owner in object.at(&["metadata", "ownerReferences"]).items() {
        for field in ["apiVersion", "kind", "name", "uid"].into_iter().filter(|field| !is_given(owner.get(field))) {
            out.missing(owner, format!("an owner has no `{field}`, which is required"), format!("add `{field}`"));
        }
    }
}

/// `ValidateFinalizerName`. `with_domain`: not that of apimachinery but that of `pkg/apis/core/validation`, which asks for a domain; a real
/// API server accepts `a` of kinds that call the former.
pub(super) fn finalizers(out: &mut Out, object: Object<'_>, with_domain: bool) {
    const OWN: [&str; 3] = ["orphan", "foregroundDeletion", "kubernetes"];
    for at in object.at(&["metadata", "finalizers"]).items() {
        let Some(name) = known(at) else { continue };
        if !Format::LabelKey.fits(name) {
            out.value(at, format!("`{name}` is no name of a finalizer"), "write it like `example.com/name`");
        } else if with_domain && !name.contains('/') && !OWN.contains(&name) {
            out.value(at, format!("the finalizer `{name}` has no domain"), "write it like `example.com/name`");
        }
    }
}

/// The labels by which namespaces ask for Pod Security (`k8s.io/pod-security-admission` `admission/admission.go`
/// `ValidateNamespace`, `api/helpers.go`).
pub(super) fn namespace(out: &mut Out, root: Cursor<'_>) {
    for (key, at) in root.at(&["metadata", "labels"]).entries() {
        match key.strip_prefix("pod-security.kubernetes.io/") {
            Some("enforce" | "audit" | "warn") if !is_given(at) => {
                out.value(at, format!("`{key}` is empty"), "use one of `privileged`, `baseline`, `restricted`");
            }
            Some("enforce" | "audit" | "warn") => out.one_word(at, &["privileged", "baseline", "restricted"]),
            Some("enforce-version" | "audit-version" | "warn-version") => {
                let minor = |text: &str| text.strip_prefix("v1.").is_some_and(|minor| minor.parse::<u32>().is_ok());
                if known(at).is_some_and(|text| text != "latest" && !minor(text)) {
                    out.value(at, format!("`{}` is no version of Kubernetes", at.text()), "write `latest` or `v1.30`");
                }
            }
            _ => {}
        }
    }
}
