//! What Argo CD and Flux read from annotations of objects.
//!
//! Sources: Argo CD v3.5.7 `docs/user-guide/sync-waves.md` and `sync-options.md`; Flux kustomize-controller v1.9.4
//! `docs/spec/v1/kustomizations.md`, and fluxcd/pkg `kustomize/kustomize_varsub.go`.

/// The annotation with the wave of an object: Argo CD applies a wave when everything of those before is healthy.
pub(crate) const WAVE: &str = "argocd.argoproj.io/sync-wave";
/// The annotation with options of Argo CD for one object, separated by commas.
pub(crate) const SYNC_OPTIONS: &str = "argocd.argoproj.io/sync-options";
/// Among the options: the kind of the object may be unknown until another Application installs its definition.
pub(crate) const UNKNOWN_KIND: &str = "SkipDryRunOnMissingResource=true";
/// Among the options: the object stays when it is no longer in git.
pub(crate) const KEEP: &str = "Prune=false";
/// Among the options: where the API server refuses a change, the object is deleted and created again. Only a client-side
/// apply does so (`gitops-engine/pkg/sync/sync_context.go` applyObject, kubectl `pkg/cmd/apply/patcher.go` Patch);
/// `Replace=true` would run a Job again with every sync.
pub(crate) const RECREATE: &str = "Force=true,ServerSideApply=false";
/// The annotation by which Flux does the same, and its value.
pub(crate) const FORCE: (&str, &str) = ("kustomize.toolkit.fluxcd.io/force", "enabled");
/// The annotation that keeps Flux from replacing `${...}` in an object.
pub(crate) const SUBSTITUTE: &str = "kustomize.toolkit.fluxcd.io/substitute";
/// Its value.
pub(crate) const DISABLED: &str = "disabled";

/// The wave of the objects in a folder below `manifests/`, by the number that its name begins with. Charts are in wave 0,
/// where everything without the annotation is.
pub(crate) fn wave(folder: &str) -> i32 {
    let digits: String = folder.chars().take_while(char::is_ascii_digit).collect();
    match digits.parse::<u32>() {
        Ok(0..=9) => -10,
        Ok(10..=19) => -5,
        Ok(20..=39) => 5,
        Ok(40..=49) => 10,
        _ => 20,
    }
}

/// Whether Flux would change a text, or refuse it: envsubst reads `${` as the beginning of a variable and `$$` as an
/// escaped `$` (fluxcd/pkg `envsubst`).
pub(crate) fn substitutes(text: &str) -> bool {
    text.contains("${") || text.contains("$$")
}
