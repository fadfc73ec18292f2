//! `meshtrace show`.

use crate::args;
use crate::check as judge;
use crate::exit::Exit;
use crate::render::jobs;
use crate::render::jobs::Job;
use crate::talk::Console;
use crate::workspace;
use crate::workspace::Workspace;
use clap::ArgMatches;
use meshtrace::check;
use meshtrace::explain;
use meshtrace::finding::Finding;
use meshtrace::finding::Findings;
use meshtrace::finding::ids;
use meshtrace::model;
use meshtrace::profile;
use meshtrace::report;
use meshtrace::source::Sources;
use std::path::PathBuf;

pub(crate) fn run(args: args::Show, typed: &ArgMatches, console: &Console) -> Exit {
    match args {
        args::Show::Values { values, origins } => show_values(&values, origins, typed, console),
        args::Show::Profiles { folders } => profiles(&folders, console),
        args::Show::Templates { name: Some(name), folders } => template(&name, &folders, console),
        args::Show::Templates { name: None, folders } => templates(&folders, console),
        args::Show::Renders { renders, since, folders, format } => {
            show_renders(&renders, since.as_deref(), &folders, format, console)
        }
        args::Show::Model { values, format } => show_model(&values, format, typed, console),
        args::Show::Images { values, format } => show_images(&values, format, typed, console),
        args::Show::Graph { paths, values, world, format } => graph(&paths, &values, &world, format, typed, console),
        args::Show::Versions { format } => match format {
            args::ListFormat::Human => console.rows(&explain::versions::text()),
            args::ListFormat::Json => console.print(format!("{:#}\n", explain::versions::json()).as_bytes()),
        },
        args::Show::Rules { format } => rules(format, console),
        args::Show::Schema => console.print(format!("{:#}\n", explain::schema()).as_bytes()),
    }
}

fn show_values(args: &args::ValueArgs, origins: bool, typed: &ArgMatches, console: &Console) -> Exit {
    let mut found = Findings::default();
    let workspace = Workspace::open(&args.folders, &mut found);
    let extras = workspace::extras(args, typed, &mut found);
    let mut sources = Sources::default();
    let values = profile::compose(&workspace.profiles, &workspace::names(args), &extras, &mut sources, &mut found);
    let Some(values) = values.filter(|_| found.errors() == 0) else {
        console.findings(&found);
        return Exit::Failed;
    };
    let home = workspace.home(&workspace.render_name(&workspace::names(args)));
    // The values are shown even if they are wrong, which is when people look at them. The errors are printed as well.
    model::derive(&values, &sources, &home, &mut found);
    values.hide(&mut found);
    workspace.interrupted(&mut found);
    let exit = match origins {
        true => console.text(&explain::origins(&values, &sources, console.width())),
        // YAML that may be read again; its writer escapes invisible characters.
        false => console.print(explain::values(&values).as_bytes()),
    };
    console.findings(&found);
    if found.errors() > 0 { Exit::Failed } else { exit }
}

fn show_images(args: &args::ValueArgs, format: args::ListFormat, typed: &ArgMatches, console: &Console) -> Exit {
    let (_, model) = match modeled(args, typed, console) {
        Ok(read) => read,
        Err(exit) => return exit,
    };
    match format {
        args::ListFormat::Human => console.rows(&explain::images::text(&model)),
        args::ListFormat::Json => console.print(format!("{:#}\n", explain::images::json(&model)).as_bytes()),
    }
}

/// The values and the model, if there are no errors; what was found is printed.
fn modeled(
    args: &args::ValueArgs,
    typed: &ArgMatches,
    console: &Console,
) -> Result<(profile::Values, model::Model), Exit> {
    let mut found = Findings::default();
    let workspace = Workspace::open(&args.folders, &mut found);
    let extras = workspace::extras(args, typed, &mut found);
    let mut sources = Sources::default();
    let values = profile::compose(&workspace.profiles, &workspace::names(args), &extras, &mut sources, &mut found);
    let Some(values) = values.filter(|_| found.errors() == 0) else { return Err(console.fail(&found)) };
    let home = workspace.home(&workspace.render_name(&workspace::names(args)));
    let model = model::derive(&values, &sources, &home, &mut found);
    values.hide(&mut found);
    workspace.interrupted(&mut found);
    let Some(model) = model.filter(|_| found.errors() == 0) else { return Err(console.fail(&found)) };
    console.findings(&found);
    Ok((values, model))
}

fn graph(
    paths: &[PathBuf],
    values: &args::ValueArgs,
    world: &args::WorldArgs,
    format: report::graph::Format,
    typed: &ArgMatches,
    console: &Console,
) -> Exit {
    let options = match judge::options(world) {
        Ok(options) => options,
        Err(finding) => return console.error(*finding),
    };
    let mut found = Findings::default();
    let asked = judge::Asked { paths, values, since: None, deny: &[] };
    let Some(report) = asked.report(typed, &options, (&mut found, console)) else {
        return console.fail_reading(&found);
    };
    console.findings(&found);
    console.text(&report::graph::draw(&report, format))
}

fn show_model(args: &args::ValueArgs, format: args::ListFormat, typed: &ArgMatches, console: &Console) -> Exit {
    let (values, model) = match modeled(args, typed, console) {
        Ok(read) => read,
        Err(exit) => return exit,
    };
    match format {
        args::ListFormat::Human => console.text(&explain::model::text(&values, &model, console.width())),
        args::ListFormat::Json => console.print(format!("{:#}\n", explain::model::json(&values, &model)).as_bytes()),
    }
}

fn show_renders(
    globs: &[String],
    since: Option<&str>,
    folders: &args::Folders,
    format: args::ListFormat,
    console: &Console,
) -> Exit {
    let mut found = Findings::default();
    let workspace = Workspace::open(folders, &mut found);
    let jobs = jobs::of_project(globs, since, folders, &workspace, &mut found).jobs;
    if found.errors() > 0 {
        return console.fail_reading(&found);
    }
    console.findings(&found);
    let profiles = |job: &Job| job.names.iter().map(|name| name.text.clone()).collect::<Vec<_>>();
    if format == args::ListFormat::Json {
        let list: Vec<serde_json::Value> = jobs
            .iter()
            .map(|job| serde_json::json!({"name": job.name, "dir": job.dir, "profiles": profiles(job)}))
            .collect();
        return console.print(format!("{:#}\n", serde_json::Value::from(list)).as_bytes());
    }
    let text: String = jobs
        .iter()
        .map(|job| report::one_line(&format!("{}  {}", job.name, profiles(job).join(","))).into_owned() + "\n")
        .collect();
    console.rows(&text)
}

fn profiles(folders: &args::Folders, console: &Console) -> Exit {
    let mut found = Findings::default();
    let workspace = Workspace::open(folders, &mut found);
    workspace.interrupted(&mut found);
    let list = profile::list(&workspace.profiles);
    let widest = list.iter().map(|profile| profile.name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for profile in list {
        let mark = if profile.builtin { "" } else { "  (yours)" };
        let (name, sentence) = (report::one_line(&profile.name), report::one_line(&profile.sentence));
        text.push_str(&format!("{name:widest$}  {sentence}{mark}\n"));
    }
    finish(&text, &found, console)
}

fn templates(folders: &args::Folders, console: &Console) -> Exit {
    let mut found = Findings::default();
    let workspace = Workspace::open(folders, &mut found);
    workspace.interrupted(&mut found);
    let mut text = String::new();
    for (path, file) in workspace.templates.all.iter() {
        let mark = if file.name.starts_with("builtin:") { "" } else { "  (yours)" };
        text.push_str(&format!("{}{mark}\n", report::one_line(path)));
    }
    finish(&text, &found, console)
}

fn template(name: &str, folders: &args::Folders, console: &Console) -> Exit {
    let mut found = Findings::default();
    let workspace = Workspace::open(folders, &mut found);
    workspace.interrupted(&mut found);
    if found.errors() > 0 {
        return console.fail(&found);
    }
    console.findings(&found);
    match explain::template(&workspace.templates, name) {
        Ok(text) => console.text(&text),
        Err(finding) => console.error(finding),
    }
}

fn rules(format: args::ListFormat, console: &Console) -> Exit {
    let rules = check::rules();
    if format == args::ListFormat::Json {
        let list: Vec<serde_json::Value> = rules
            .iter()
            .map(|rule| {
                serde_json::json!({"id": rule.id, "severity": rule.severity.to_string(), "summary": rule.summary})
            })
            .collect();
        return console.print(format!("{:#}\n", serde_json::Value::from(list)).as_bytes());
    }
    let rows: Vec<_> = rules.iter().map(|rule| (rule.id, rule.severity.to_string(), rule.summary)).collect();
    console.text(&report::list(&rows, console.stdout_color(), console.width()))
}

fn finish(text: &str, found: &Findings, console: &Console) -> Exit {
    console.findings(found);
    if found.errors() > 0 {
        return Exit::Failed;
    }
    if text.is_empty() {
        return console.error(Finding::error(ids::NOTHING, "there is nothing to show"));
    }
    console.rows(text)
}
