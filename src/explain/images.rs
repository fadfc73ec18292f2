//! The images that a render pulls: `show images`.

use crate::model::Model;
use crate::model::settings::Backend;
use crate::stack::cert_manager;
use crate::stack::image;
use serde_json::Value as Json;
use serde_json::json;

/// One line an image: its reference with the registry, its name in a profile or `-`, what pulls it.
pub fn text(model: &Model) -> String {
    let rows = rows(model);
    let widths = |of: fn(&Row) -> &str| rows.iter().map(|row| of(row).chars().count()).max().unwrap_or(0);
    let (first, second) = (widths(|row| &row.reference), widths(|row| &row.name));
    rows.iter().map(|row| format!("{:first$}  {:second$}  {}\n", row.reference, row.name, row.by)).collect()
}

/// The same as data.
pub fn json(model: &Model) -> Json {
    let one = |row: &Row| {
        let digest = row.reference.split_once('@').map(|(_, digest)| digest);
        let name = (row.name != NAMELESS).then_some(&row.name);
        json!({"image": row.reference, "name": name, "by": row.by, "digest": digest})
    };
    Json::Array(rows(model).iter().map(one).collect())
}

/// For images that `images` of a profile does not set.
const NAMELESS: &str = "-";

struct Row {
    reference: String,
    name: String,
    by: String,
}

fn rows(model: &Model) -> Vec<Row> {
    let mut rows: Vec<Row> = model
        .images
        .iter()
        .filter(|(_, image)| image.used)
        .map(|(name, image)| Row {
            reference: image::qualified(&image.reference),
            name: (*name).to_owned(),
            by: image.by.to_owned(),
        })
        .collect();
    if matches!(model.jaeger.settings.backend, Backend::OperatorV1 | Backend::OtelOperatorV2) {
        rows.extend(cert_manager::images(&model.operators.cert_manager.version).into_iter().map(|reference| Row {
            reference,
            name: NAMELESS.to_owned(),
            by: "cert-manager's manifest".to_owned(),
        }));
    }
    rows.extend(model.services.iter().filter_map(|service| {
        let reference = image::qualified(service.image.as_deref()?);
        Some(Row { reference, name: NAMELESS.to_owned(), by: format!("services.{}", service.name) })
    }));
    rows.sort_by(|a, b| (&a.reference, &a.by).cmp(&(&b.reference, &b.by)));
    rows
}
