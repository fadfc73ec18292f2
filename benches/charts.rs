//! Times `meshtrace render -o -` of Helm charts against `helm template` of the same charts. `cargo bench --bench charts [--
//! PAIRS]`; needs `helm` in PATH. `MESHTRACE_CHART` names another chart than the generated one, in a folder.
//!
//! Interleaved pairs: medians with their spread, and their ratio, for one release and for eight different ones. Rendering
//! without charts is timed too, since it is part of ours.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench runs programs and prints times"
)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use support::MESHTRACE;
use support::command;
use support::fresh;
use support::line;
use support::median;
use support::time;

/// How many templates the generated chart has; Consul's has about a hundred.
const TEMPLATES: usize = 100;
const MANY: usize = 8;

fn main() {
    let pairs: usize = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(10);
    if Command::new("helm").arg("version").output().is_err() {
        println!("there is no `helm` in PATH");
        return;
    }
    let root = fresh(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("charts"));
    let chart = root.join("charts/web");
    match std::env::var_os("MESHTRACE_CHART") {
        Some(given) => {
            fs::create_dir_all(root.join("charts")).unwrap();
            time(command("cp", &["-r", &given.to_string_lossy(), "charts/web"], &root));
        }
        None => generate(&chart),
    }
    fs::create_dir_all(root.join("profiles")).unwrap();
    fs::write(root.join("meshtrace.yaml"), "requires: \"0.1\"\n").unwrap();
    let once = command("helm", &["template", "web", "charts/web", "--kube-version", "1.24"], &root).status();
    assert!(once.is_ok_and(|status| status.success()), "helm cannot render the chart");
    for releases in [1, MANY] {
        let charts: String =
            (0..releases).map(|at| format!("  r{at}: {{path: charts/web, namespace: r{at}}}\n")).collect();
        fs::write(root.join("profiles/site.yaml"), format!("# x\nextends: dev\ncharts:\n{charts}")).unwrap();
        time(command(MESHTRACE, &["charts", "lock", "charts/web"], &root));
        let (mut plain, mut ours, mut without) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..pairs {
            let start = Instant::now();
            for at in 0..releases {
                let (name, space) = (format!("r{at}"), format!("r{at}"));
                let args = ["template", &name, "charts/web", "-n", &space, "--include-crds", "--kube-version", "1.24"];
                time(command("helm", &args, &root));
            }
            plain.push(start.elapsed());
            ours.push(time(command(MESHTRACE, &["render", "-p", "site", "--allow-plaintext-secrets"], &root)));
            without.push(time(command(MESHTRACE, &["render", "-p", "dev"], &root)));
        }
        println!("{releases} releases");
        let base = median(&mut plain);
        line("helm template", &mut plain, base);
        line("render", &mut ours, base);
        line("without charts", &mut without, base);
    }
    let _ = fs::remove_dir_all(&root);
}

fn generate(chart: &Path) {
    fs::create_dir_all(chart.join("templates")).unwrap();
    fs::write(chart.join("Chart.yaml"), "apiVersion: v2\nname: web\nversion: 1.0.0\n").unwrap();
    fs::write(chart.join("values.yaml"), "image: docker.io/library/web:1.0.0\nports: [80, 81, 82, 83]\n").unwrap();
    for at in 0..TEMPLATES {
        let text = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{{{ .Release.Name }}}}-{at}\n  namespace: {{{{ .Release.Namespace }}}}\n\
             spec:\n  selector: {{matchLabels: {{app: web-{at}}}}}\n  template:\n    metadata: {{labels: {{app: web-{at}}}}}\n    spec:\n      \
             containers:\n      - name: web\n        image: {{{{ .Values.image | quote }}}}\n        ports:\n{{{{- range .Values.ports }}}}\n        \
             - containerPort: {{{{ . }}}}\n{{{{- end }}}}\n"
        );
        fs::write(chart.join(format!("templates/web-{at}.yaml")), text).unwrap();
    }
}
