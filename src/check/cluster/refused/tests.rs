//! What Consul's webhooks accept and reject, by examples from the source's own tests and for each row.

use super::*;
use crate::check::input::load::Loaded;
use crate::stack::consul;
use crate::stack::consul::validations;

/// How many problems the object has with this chart version; `None` means an unknown version.
fn refusals(kind: &str, spec: &str, chart: Option<&str>) -> usize {
    let name = validations::SINGLE.iter().find(|(single, _)| *single == kind).map_or("default", |(_, name)| name);
    let mut loaded = Loaded::default();
    let text =
        format!("apiVersion: consul.hashicorp.com/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n");
    loaded.add("object.yaml", &text);
    loaded.add("helm/consul/values.yaml", "global: {datacenter: dc1}\nserver: {replicas: 1}\n");
    let set = loaded.set();
    let versions = Versions::of(&set, Some(set.chart_values(0)), chart, None);
    let refused = of(&set, Some(set.chart_values(0)), &versions, &Options::default());
    let object = set.all(consul::GROUP, kind).next().expect("the object was read");
    assert_eq!(refused.has(object), !refused.problems().is_empty(), "{spec}");
    // What the schema of the chart's CRD refuses before the webhook is another matter.
    refused.problems().iter().filter(|problem| !problem.cause.is_of_schema()).count()
}

const REFUSED: &[(&str, &str)] = &[
    ("ProxyDefaults", "{mode: transparent}"),
    ("ProxyDefaults", "{mode: \"\"}"),
    ("ProxyDefaults", "{meshGateway: {mode: Local}}"),
    ("ProxyDefaults", "{transparentProxy: {outboundListenerPort: 1000}}"),
    ("ProxyDefaults", "{mutualTLSMode: lax}"),
    ("ProxyDefaults", "{expose: {paths: [{path: metrics}]}}"),
    ("ProxyDefaults", "{expose: {paths: [{path: /metrics, protocol: tcp}]}}"),
    ("ProxyDefaults", "{accessLogs: {type: syslog}}"),
    ("ProxyDefaults", "{accessLogs: {type: file}}"),
    ("ProxyDefaults", "{accessLogs: {path: /tmp/log}}"),
    ("ProxyDefaults", "{accessLogs: {textFormat: a, jsonFormat: '{}'}}"),
    ("ProxyDefaults", "{accessLogs: {jsonFormat: '{'}}"),
    ("ProxyDefaults", "{failoverPolicy: {mode: random}}"),
    ("ProxyDefaults", "{prioritizeByLocality: {mode: all}}"),
    ("ProxyDefaults", "{envoyExtensions: [{name: a}]}"),
    ("ServiceDefaults", "{protocol: HTTP}"),
    ("ServiceDefaults", "{mode: direct}"),
    ("ServiceDefaults", "{mutualTLSMode: lax}"),
    ("ServiceDefaults", "{destination: {port: 443}}"),
    ("ServiceDefaults", "{destination: {addresses: [a.example], port: 0}}"),
    ("ServiceDefaults", "{destination: {addresses: [a.example, a.example], port: 443}}"),
    ("ServiceDefaults", "{balanceInboundConnections: random}"),
    ("ServiceDefaults", "{localRequestTimeoutMs: -1}"),
    ("ServiceDefaults", "{upstreamConfig: {defaults: {name: x}}}"),
    ("ServiceDefaults", "{upstreamConfig: {overrides: [{connectTimeoutMs: 5}]}}"),
    ("ServiceDefaults", "{upstreamConfig: {overrides: [{name: a, partition: p}]}}"),
    ("ServiceDefaults", "{rateLimits: {instanceLevel: {}}}"),
    ("ServiceDefaults", "{rateLimits: {instanceLevel: {routes: [{requestsPerSecond: 5}]}}}"),
    ("IngressGateway", "{listeners: []}"),
    (
        "IngressGateway",
        "{tls: {tlsMinVersion: TLS12}, listeners: [{port: 1, protocol: http, services: [{name: web}]}]}",
    ),
    ("IngressGateway", "{listeners: [{port: 1, protocol: http, services: [{name: web, namespace: team}]}]}"),
    ("IngressGateway", "{listeners: [{port: 1, protocol: http, services: [{name: web, maxConnections: 0}]}]}"),
    ("IngressGateway", "{listeners: [{port: 1, protocol: tcp, services: [{name: a}, {name: b}]}]}"),
    ("ServiceIntentions", "{destination: {name: web}}"),
    ("ServiceIntentions", "{sources: [{name: a}]}"),
    ("ServiceIntentions", "{sources: [{name: a, action: block}]}"),
    ("ServiceIntentions", "{sources: [{action: deny}]}"),
    ("ServiceIntentions", "{sources: [{name: a, action: deny, permissions: [{action: allow}]}]}"),
    ("ServiceIntentions", "{sources: [{name: a, permissions: [{action: allow, http: {pathPrefix: x}}]}]}"),
    ("ServiceIntentions", "{sources: [{name: a, permissions: [{action: allow, http: {methods: [get]}}]}]}"),
    ("ServiceIntentions", "{sources: [{name: a, permissions: [{action: allow, http: {methods: [GET, GET]}}]}]}"),
    ("ServiceIntentions", "{sources: [{name: a, namespace: team, action: allow}]}"),
    ("ServiceIntentions", "{sources: [{name: a, peer: '*', action: allow}]}"),
    ("ServiceResolver", "{redirect: {}}"),
    ("ServiceResolver", "{redirect: {serviceSubset: v1}}"),
    ("ServiceResolver", "{redirect: {service: a}, failover: {'*': {service: b}}}"),
    ("ServiceResolver", "{failover: {'*': {}}}"),
    ("ServiceResolver", "{subsets: {V1: {}}}"),
    ("ServiceResolver", "{loadBalancer: {hashPolicies: [{field: header}]}}"),
    ("ServiceResolver", "{loadBalancer: {hashPolicies: [{field: ip, fieldValue: a}]}}"),
    ("ServiceRouter", "{routes: [{match: {http: {pathPrefix: admin}}}]}"),
    ("ServiceRouter", "{routes: [{match: {http: {pathPrefix: /a, pathExact: /b}}}]}"),
    ("ServiceRouter", "{routes: [{destination: {prefixRewrite: /}}]}"),
    ("ServiceRouter", "{routes: [{destination: {namespace: team}}]}"),
    ("ServiceSplitter", "{splits: [{weight: 50}, {weight: 49}]}"),
    ("ServiceSplitter", "{splits: [{weight: 0.001}, {weight: 99.999}]}"),
    ("TerminatingGateway", "{services: [{name: a, certFile: /x}]}"),
    ("TerminatingGateway", "{services: [{name: a, namespace: team}]}"),
    ("Mesh", "{tls: {incoming: {tlsMinVersion: '1.2'}}}"),
    ("ExportedServices", "{services: []}"),
    ("ExportedServices", "{services: [{name: a}]}"),
    ("ExportedServices", "{services: [{name: a, consumers: [{peer: b, samenessGroup: c}]}]}"),
    ("JWTProvider", "{issuer: a}"),
    ("JWTProvider", "{jsonWebKeySet: {local: {jwks: e30=, filename: a}}}"),
    ("JWTProvider", "{jsonWebKeySet: {remote: {uri: ''}}}"),
];

const ACCEPTED: &[(&str, &str)] = &[
    ("ProxyDefaults", "{config: {protocol: http}, meshGateway: {mode: local}, mutualTLSMode: permissive}"),
    (
        "ProxyDefaults",
        "{accessLogs: {enabled: true, type: file, path: /tmp/log}, transparentProxy: {dialedDirectly: true}}",
    ),
    ("ProxyDefaults", "{envoyExtensions: [{name: builtin/lua, arguments: {script: x}}]}"),
    ("ServiceDefaults", "{protocol: grpc, destination: {addresses: [a.example, 10.0.0.1], port: 443}}"),
    ("ServiceDefaults", "{upstreamConfig: {defaults: {connectTimeoutMs: 5}, overrides: [{name: a}]}}"),
    ("ServiceDefaults", "{rateLimits: {instanceLevel: {requestsPerSecond: 5, requestsMaxBurst: 9}}}"),
    ("IngressGateway", "{listeners: [{port: 1, protocol: http, services: [{name: '*'}]}]}"),
    ("ServiceIntentions", "{destination: {name: web}, sources: [{name: a, action: deny}, {name: '*', action: allow}]}"),
    (
        "ServiceIntentions",
        "{sources: [{name: a, permissions: [{action: deny, http: {pathPrefix: /x, methods: [GET, PUT]}}]}]}",
    ),
    ("ServiceResolver", "{defaultSubset: v1, subsets: {v1: {filter: 'Service.Meta.v == v1'}}}"),
    ("ServiceResolver", "{redirect: {service: a, datacenter: dc2}}"),
    ("ServiceRouter", "{routes: [{match: {http: {pathPrefix: /a}}, destination: {service: b, prefixRewrite: /}}]}"),
    ("ServiceSplitter", "{splits: [{weight: 33.33}, {weight: 33.33}, {weight: 33.34}]}"),
    ("TerminatingGateway", "{services: [{name: a, caFile: /x}, {name: b, certFile: /x, keyFile: /y}]}"),
    ("Mesh", "{tls: {incoming: {tlsMinVersion: TLSv1_2}}, transparentProxy: {meshDestinationsOnly: true}}"),
    ("ExportedServices", "{services: [{name: a, consumers: [{peer: b}]}]}"),
    ("JWTProvider", "{jsonWebKeySet: {remote: {uri: 'https://x.example/keys'}}, locations: [{header: {name: A}}]}"),
];

#[test]
fn what_the_webhook_refuses_is_refused_and_nothing_else() {
    for (kind, spec) in REFUSED {
        assert!(refusals(kind, spec, Some("1.8.16")) > 0, "{kind} {spec}");
    }
    for (kind, spec) in ACCEPTED {
        assert_eq!(refusals(kind, spec, Some("1.8.16")), 0, "{kind} {spec}");
    }
}

#[test]
fn a_check_counts_from_the_chart_that_brought_it() {
    for (kind, spec, first, before) in [
        ("ProxyDefaults", "{accessLogs: {type: syslog}}", "1.1.0", "1.0.11"),
        ("ServiceResolver", "{redirect: {}}", "1.2.0", "1.1.18"),
        ("ServiceDefaults", "{localRequestTimeoutMs: -1}", "0.49.0", "0.46.1"),
        ("ServiceDefaults", "{rateLimits: {instanceLevel: {}}}", "1.3.0", "1.2.9"),
    ] {
        assert_eq!(refusals(kind, spec, Some(first)), 1, "{kind} {spec}");
        assert_eq!(refusals(kind, spec, Some(before)), 0, "{kind} {spec}");
        assert_eq!(refusals(kind, spec, None), 0, "{kind} {spec}");
    }
    assert_eq!(refusals("ServiceSplitter", "{splits: []}", None), 1);
}
