//! Kinds and versions that an API server does not serve, or will not serve for long.

use crate::check::problem::Cause;
use crate::check::schema::definitions::Definitions;
use crate::object::Id;
use crate::stack::kube;
use crate::stack::kube::schema::Family;
use crate::stack::kube::schema::Lifecycle;
use crate::stack::kube::schema::Releases;
use crate::stack::kube::schema::Served;
use crate::stack::kube::schema::Table;
use crate::suggest;

/// What is wrong with `apiVersion` or `kind`.
pub(super) struct Fault {
    pub(super) cause: Cause,
    /// Whether it is the kind and not the version.
    pub(super) of_kind: bool,
    pub(super) message: String,
    pub(super) help: String,
    pub(super) refused: bool,
}

fn list(versions: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = versions.map(|version| format!("`{version}`")).collect();
    all.dedup();
    all.join(" or ")
}

fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_string() } else { format!("{group}/{version}") }
}

pub(super) fn judge(id: &Id, version: &str, definitions: &Definitions<'_>) -> Option<Fault> {
    if let Some(own) = definitions.own(&id.group, &id.kind) {
        // A definition that lacks a version which the program has is one of another release, or of a test.
        let is_known =
            |family: Family| family.table().served(&id.group, &id.kind).iter().any(|one| one.version == version);
        let is_served = own.iter().any(|own| own.served && &*own.version == version);
        if is_served || Family::of(&id.group).is_some_and(is_known) {
            return None;
        }
        let served = own.iter().filter(|own| own.served).map(|own| api_version(&id.group, &own.version));
        return Some(Fault {
            cause: Cause::ApiUnknown,
            of_kind: false,
            message: format!(
                "the CustomResourceDefinition of {} does not serve `{}`",
                id.kind,
                api_version(&id.group, version)
            ),
            help: format!("use {}", list(served)),
            refused: true,
        });
    }
    if Family::of(&id.group) != Some(Family::Kubernetes) {
        return no_group(id, version);
    }
    let table = Family::Kubernetes.table();
    let asked = definitions.releases(Family::Kubernetes);
    let all = table.served(&id.group, &id.kind);
    let served = all.iter().find(|served| served.version == version);
    let lifecycle = table.lifecycle(&id.group, version, &id.kind);
    match served.filter(|served| !served.releases.and(asked).is_empty()) {
        Some(served) => lifecycle.and_then(|lifecycle| ends(id, version, served, lifecycle, asked, table)),
        None => refused(id, version, served, lifecycle, definitions, table),
    }
}

fn minor(table: &Table, index: u32) -> u64 {
    table.releases().get(index as usize).map_or(0, |release| release.minor())
}

/// A group that neither Kubernetes has nor a definition may have: theirs are domains with a dot (apiextensions
/// `pkg/apis/apiextensions/validation` `validateCustomResourceDefinitionSpec`).
fn no_group(id: &Id, version: &str) -> Option<Fault> {
    let table = Family::Kubernetes.table();
    if id.group.is_empty() || id.group.contains('.') || Family::of(&id.group).is_some() {
        return None;
    }
    // Files for tools have such groups too (`skaffold/v3`), but kinds of their own.
    let elsewhere = table.served_elsewhere(&id.kind);
    if elsewhere.is_empty() {
        return None;
    }
    let help = format!("use {}", list(elsewhere.into_iter()));
    let group_version = api_version(&id.group, version);
    let message = format!("Kubernetes has no `{group_version}`, and the group of a custom kind has a dot");
    Some(Fault { cause: Cause::ApiUnknown, of_kind: false, message, help, refused: true })
}

/// What to use instead of a version that goes.
fn instead(id: &Id, lifecycle: &Lifecycle, table: &Table) -> String {
    if let Some((version, kind)) = &lifecycle.instead {
        let newest = table.served_elsewhere(kind).into_iter().find(|other| same_group(other, version));
        let version = newest.as_ref().unwrap_or(version);
        return if **kind == *id.kind { format!("use `{version}`") } else { format!("use {kind} of `{version}`") };
    }
    match table.served(&id.group, &id.kind).iter().max_by_key(|served| served.releases.newest()) {
        Some(newest) if newest.releases.newest() > 0 => format!("use `{}`", api_version(&id.group, &newest.version)),
        _ => gone(&id.kind),
    }
}

/// What to do with a kind that no version replaces.
fn gone(kind: &str) -> String {
    match kind {
        "PodSecurityPolicy" => {
            format!("use the label `{}` of namespaces, or an admission webhook", kube::POD_SECURITY)
        }
        _ => "remove it: nothing replaces it".to_string(),
    }
}

fn same_group(one: &str, other: &str) -> bool {
    let group = |version: &str| version.rsplit_once('/').map(|(group, _)| group.to_string());
    group(one) == group(other)
}

/// A version that is served by some of the releases, or is deprecated.
fn ends(
    id: &Id,
    version: &str,
    served: &Served,
    lifecycle: &Lifecycle,
    asked: Releases,
    table: &Table,
) -> Option<Fault> {
    let said = format!("`{}` {}", api_version(&id.group, version), id.kind);
    let newest = minor(table, asked.newest());
    let is_gone = lifecycle.removed > 0 && u64::from(lifecycle.removed) <= newest && !served.releases.has(asked);
    // Beta versions are deprecated by the calendar, even if nothing follows them yet.
    let has_ended = (1..=minor(table, table.every_release().newest())).contains(&u64::from(lifecycle.removed));
    let (cause, message) = if is_gone {
        (Cause::ApiRemoved, format!("{said} was removed in Kubernetes 1.{}", lifecycle.removed))
    } else if lifecycle.deprecated > 0
        && u64::from(lifecycle.deprecated) <= newest
        && (lifecycle.instead.is_some() || has_ended)
    {
        let ends = match lifecycle.removed {
            0 => String::new(),
            minor if u64::from(minor) <= newest => String::new(),
            minor => format!(" and goes with 1.{minor}"),
        };
        (Cause::ApiDeprecated, format!("{said} is deprecated since Kubernetes 1.{}{ends}", lifecycle.deprecated))
    } else {
        return None;
    };
    Some(Fault { cause, of_kind: false, message, help: instead(id, lifecycle, table), refused: false })
}

fn refused(
    id: &Id,
    version: &str,
    served: Option<&Served>,
    lifecycle: Option<&Lifecycle>,
    definitions: &Definitions<'_>,
    table: &Table,
) -> Option<Fault> {
    let said = format!("`{}` {}", api_version(&id.group, version), id.kind);
    let asked = definitions.releases(Family::Kubernetes);
    let fault = |cause, of_kind, message, help| Some(Fault { cause, of_kind, message, help, refused: true });
    let newest = minor(table, asked.newest());
    if let Some(lifecycle) = lifecycle.filter(|one| one.removed > 0 && u64::from(one.removed) <= newest) {
        let message = format!("{said} was removed in Kubernetes 1.{}", lifecycle.removed);
        return fault(Cause::ApiRemoved, false, message, instead(id, lifecycle, table));
    }
    if let Some(served) = served.filter(|_| definitions.is_known()) {
        let first = minor(table, served.releases.0.trailing_zeros());
        let last = minor(table, served.releases.newest());
        let message = match first > newest {
            true => format!("{said} came with Kubernetes 1.{first}, and this is 1.{newest}"),
            false => format!("Kubernetes 1.{newest} does not serve {said}, which 1.{last} had"),
        };
        let others = table.served(&id.group, &id.kind).iter().filter(|other| !other.releases.and(asked).is_empty());
        let others = list(others.map(|other| api_version(&id.group, &other.version)));
        let help = if others.is_empty() {
            "remove it, or use another Kubernetes".to_string()
        } else {
            format!("use {others}")
        };
        return fault(Cause::ApiUnknown, false, message, help);
    }
    if lifecycle.is_some() || served.is_some() || table.is_request(&id.group, &id.kind) {
        return None;
    }
    unknown(id, version, table).map(|(of_kind, message, help)| Fault {
        cause: Cause::ApiUnknown,
        of_kind,
        message,
        help,
        refused: true,
    })
}

/// A kind or version that no release has.
fn unknown(id: &Id, version: &str, table: &Table) -> Option<(bool, String, String)> {
    let group_version = api_version(&id.group, version);
    let all = table.served(&id.group, &id.kind);
    if !all.is_empty() {
        let newest = all
            .iter()
            .filter(|served| served.releases.newest() + 1 == u32::try_from(table.releases().len()).unwrap_or(0));
        let newest = list(newest.map(|served| api_version(&id.group, &served.version)));
        let help = if newest.is_empty() { gone(&id.kind) } else { format!("use {newest}") };
        return Some((false, format!("Kubernetes does not serve {} as `{group_version}`", id.kind), help));
    }
    let elsewhere = table.served_elsewhere(&id.kind);
    if !elsewhere.is_empty() {
        let message = format!("`{group_version}` has no kind {}", id.kind);
        return Some((false, message, format!("use {}", list(elsewhere.into_iter()))));
    }
    let close = suggest::closest(&id.kind, table.kinds_of(&id.group).into_iter());
    // Distributions have kinds of their own in the core group.
    if close.is_none() && id.group.is_empty() {
        return None;
    }
    let help = close.map_or("check the spelling of the kind".to_string(), |close| format!("did you mean `{close}`?"));
    Some((true, format!("`{group_version}` has no kind `{}`", id.kind), help))
}
