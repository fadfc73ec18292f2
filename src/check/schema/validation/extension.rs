//! What extends the API server (`apiextensions-apiserver` `pkg/apis/apiextensions/validation`, `kube-aggregator`
//! `pkg/apis/apiregistration/validation`).

use crate::check::cursor::Cursor;
use crate::check::problem::Cause;
use crate::check::schema::validation::out::Out;
use crate::check::schema::validation::out::is_given;
use crate::check::schema::validation::out::is_open;
use crate::check::schema::validation::out::is_set;
use crate::check::schema::validation::out::known;
use crate::check::schema::validation::structural;

/// `ValidateCustomResourceDefinition`.
pub(super) fn definition(out: &mut Out, root: Cursor<'_>) {
    let (name, spec) = (root.at(&["metadata", "name"]), root.get("spec"));
    let (plural, group) = (spec.at(&["names", "plural"]), spec.get("group"));
    if let (Some(name_), Some(plural), Some(group)) = (known(name), known(plural), known(group))
        && name_.strip_suffix(group).and_then(|rest| rest.strip_suffix('.')) != Some(plural)
    {
        let message = format!("the name must be that of its plural and its group: `{plural}.{group}`");
        out.refuse(Cause::ObjectName, name, message, format!("write `{plural}.{group}`"));
    }
    let preserve = spec.get("preserveUnknownFields");
    if preserve.bool() == Some(true) {
        let help = "remove it, and write `x-kubernetes-preserve-unknown-fields: true` in the schema";
        out.value(preserve, "`preserveUnknownFields` cannot be true in `apiextensions.k8s.io/v1`", help);
    }
    let versions = spec.get("versions");
    out.each_once(versions.items().map(|version| version.get("name")), "version");
    let stored: Vec<Cursor<'_>> =
        versions.items().filter(|version| version.get("storage").bool() == Some(true)).collect();
    let is_open_list = versions.items().any(|version| is_open(version) || is_open(version.get("storage")));
    match stored.as_slice() {
        [] if is_given(versions) && !is_open_list => {
            out.clash(versions, "no version has `storage: true`", "write it for one of them");
        }
        [] | [_] => {}
        [_, second, ..] => {
            out.clash(second.get("storage"), "objects are stored in one version only", "write `storage: false`");
        }
    }
    for version in versions.items() {
        structural::judge(out, version.at(&["schema", "openAPIV3Schema"]));
        let warning = version.get("deprecationWarning");
        if is_set(warning) && version.get("deprecated").bool() != Some(true) && !is_open(version.get("deprecated")) {
            out.clash(warning.key(), "`deprecationWarning` goes with `deprecated: true` only", "remove one of them");
        }
    }
}

/// `ValidateAPIService`.
pub(super) fn service(out: &mut Out, root: Cursor<'_>) {
    let (name, spec) = (root.at(&["metadata", "name"]), root.get("spec"));
    let (version, group) = (spec.get("version"), spec.get("group"));
    if let (Some(name_), Some(version)) = (known(name), known(version))
        && !is_open(group)
        && name_ != format!("{version}.{}", group.text())
    {
        let wanted = format!("{version}.{}", group.text());
        let message = format!("the name must be that of its version and its group: `{wanted}`");
        out.refuse(Cause::ObjectName, name, message, format!("write `{wanted}`"));
    }
    let (insecure, bundle) = (spec.get("insecureSkipTLSVerify"), spec.get("caBundle"));
    if insecure.bool() == Some(true) {
        if is_given(bundle) {
            out.clash(insecure, "`insecureSkipTLSVerify` does not go with `caBundle`", "remove one of them");
        } else if !is_set(spec.get("service")) {
            out.clash(insecure, "an APIService without `service` has no `insecureSkipTLSVerify`", "remove it");
        }
    }
}
