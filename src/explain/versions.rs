//! The tables of versions as text and as JSON: `show versions`.

use crate::stack;
use crate::stack::consul::chart;
use crate::stack::jaeger;
use crate::stack::jaeger::operator;
use crate::stack::otel;
use serde_json::Value as Json;
use serde_json::json;

/// Tables for people: charts, what became of keys, operators, and the sources of all that.
pub fn text() -> String {
    let mut text = format!("Consul charts, read {}\n\n", stack::AS_OF);
    let mut rows = vec![
        ["chart", "consul", "proxy", "envoy", "world", "kubernetes", "api-gateway", "otlp", "kinds"]
            .map(String::from)
            .to_vec(),
    ];
    for chart in chart::CHARTS {
        rows.push(vec![
            chart.version.to_string(),
            chart.consul.to_string(),
            chart.proxy_reference(),
            chart.envoy.to_string(),
            chart.world.as_str().to_string(),
            format!(">={}", chart.kubernetes),
            yes(chart.api_gateway),
            yes(chart.otlp),
            chart.kinds().count().to_string(),
        ]);
    }
    text.push_str(&table(&rows));
    text.push_str("\nchanges to chart values, by the first chart version that has them\n\n");
    let moved = chart::CHARTS.iter().flat_map(chart::Chart::moved_here);
    let rows: Vec<Vec<String>> =
        moved.map(|moved| [moved.from, moved.key, moved.how.as_str(), moved.hint].map(String::from).to_vec()).collect();
    text.push_str(&table(&rows));
    text.push_str("\njaeger-operator (Jaeger v1), and the Kubernetes versions it supports\n\n");
    text.push_str(&table(&ranges(operator::all().map(|one| (one.version, one.kubernetes_from, one.kubernetes_to)))));
    text.push_str("\nopentelemetry-operator (Jaeger v2), and the Kubernetes versions it supports\n\n");
    let releases = otel::OPERATORS.iter();
    text.push_str(&table(&ranges(
        releases.map(|one| (one.version.to_string(), one.kubernetes_from, one.kubernetes_to)),
    )));
    text.push_str(&format!("\njaeger v2\n\n{}\n\nsources\n\n", jaeger::V2.join(", ")));
    for source in stack::sources() {
        text.push_str(&format!("{source}\n"));
    }
    text
}

/// The same for programs, with the kinds of each chart.
pub fn json() -> Json {
    let charts: Vec<Json> = chart::CHARTS
        .iter()
        .map(|chart| {
            let mut row = serde_json::to_value(chart).unwrap_or_default();
            row["proxyImage"] = chart.proxy_reference().into();
            row["kinds"] = chart.kinds().map(|(group, kind)| json!({"group": group, "kind": kind})).collect();
            row["moved"] = chart.moved_here().map(|moved| json!(moved)).collect();
            row
        })
        .collect();
    json!({
        "asOf": stack::AS_OF,
        "charts": charts,
        "jaegerOperators": operator::all().collect::<Vec<_>>(),
        "opentelemetryOperators": otel::OPERATORS,
        "jaegerV2": jaeger::V2,
        "sources": stack::sources().collect::<Vec<_>>(),
    })
}

fn yes(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_string()
}

/// Consecutive versions with the same Kubernetes range, on one line.
fn ranges(all: impl Iterator<Item = (String, &'static str, &'static str)>) -> Vec<Vec<String>> {
    let mut rows: Vec<(String, String, String)> = Vec::new();
    for (version, from, to) in all {
        let kubernetes = format!("{from} to {to}");
        match rows.last_mut() {
            Some((_, last, same)) if *same == kubernetes => *last = version,
            _ => rows.push((version.clone(), version, kubernetes)),
        }
    }
    rows.into_iter().map(|(first, last, kubernetes)| vec![format!("{first} to {last}"), kubernetes]).collect()
}

fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(String::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chart_is_shown_with_the_date_and_the_sources() {
        let text = text();
        for chart in chart::CHARTS {
            assert!(text.lines().any(|line| line.starts_with(chart.version)), "{}", chart.version);
        }
        assert!(text.contains(stack::AS_OF) && text.contains("CHANGELOG.md"));
        assert_eq!(json()["charts"].as_array().map(Vec::len), Some(chart::CHARTS.len()));
        assert_eq!(json()["charts"][0]["proxyImage"], "envoyproxy/envoy:v1.22.2");
    }
}
