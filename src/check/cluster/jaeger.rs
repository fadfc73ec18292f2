//! The Jaeger resources of a set as jaeger-operator reads them, and the Jaeger images that pods run.

use crate::check::cluster::backend;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::version;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::problem::Effect;
use crate::check::problem::Problem;
use crate::stack::jaeger;
use crate::stack::jaeger::Strategy;
use crate::stack::otel;

/// All Jaeger resources and Jaeger images.
pub(crate) struct Jaegers<'a> {
    /// The resources that the operator sees.
    pub(crate) all: Vec<Jaeger<'a>>,
    /// Why the operator never sees the other resources.
    pub(crate) refused: Vec<Problem>,
    /// The Jaeger images of workloads and OpenTelemetryCollectors.
    pub(crate) images: Vec<Image<'a>>,
}

/// A Jaeger resource.
pub(crate) struct Jaeger<'a> {
    pub(crate) object: Object<'a>,
    /// `spec.strategy`, or what the operator falls back to.
    pub(crate) strategy: Strategy,
    /// The storage that the operator sets up.
    pub(crate) storage: &'static str,
}

/// An image published by the Jaeger project.
#[derive(Clone, Copy)]
pub(crate) struct Image<'a> {
    pub(crate) at: Cursor<'a>,
    /// As written.
    pub(crate) text: &'a str,
    /// The last part of its name, such as `all-in-one`.
    pub(crate) name: &'a str,
}

impl<'a> Jaegers<'a> {
    pub(crate) fn of(mesh: &Mesh<'a>) -> Jaegers<'a> {
        let mut jaegers = Jaegers { all: Vec::new(), refused: Vec::new(), images: images(mesh) };
        for object in mesh.set.all(jaeger::GROUP, jaeger::KIND) {
            match backend::refused(object) {
                Some(fault) => {
                    let mut problem = Problem::new(fault.cause, fault.at, fault.why, fault.help).cured(fault.cure);
                    problem.effect = Effect::Refused;
                    jaegers.refused.push(problem);
                }
                None => jaegers.all.push(Jaeger::read(object)),
            }
        }
        jaegers
    }
}

impl<'a> Jaeger<'a> {
    fn read(object: Object<'a>) -> Jaeger<'a> {
        let spec = object.spec();
        let storage = spec.at(&["storage", "type"]).text();
        let strategy = Strategy::effective(spec.get("strategy").text(), storage);
        Jaeger { object, strategy, storage: jaeger::storage_kind(storage) }
    }

    /// The name of the resource.
    pub(crate) fn name(&self) -> &'a str {
        &self.object.id.name
    }

    /// The Jaeger images of its components.
    pub(crate) fn images(&self) -> impl Iterator<Item = Image<'a>> + use<'a> {
        let spec = self.object.spec();
        jaeger::COMPONENTS.into_iter().filter_map(move |component| Image::read(spec.at(&[component, "image"])))
    }
}

impl<'a> Image<'a> {
    /// `None` for any other image.
    fn read(at: Cursor<'a>) -> Option<Image<'a>> {
        let text = at.str()?;
        let (owner, name) = version::image_name(text);
        (owner == jaeger::IMAGE_OWNER).then_some(Image { at, text, name })
    }
}

fn images<'a>(mesh: &Mesh<'a>) -> Vec<Image<'a>> {
    let containers = mesh.workloads.iter().flat_map(|workload| workload.containers());
    let collectors = mesh.set.all(otel::GROUP, otel::KIND);
    let of_containers = containers.map(|container| container.get("image"));
    of_containers.chain(collectors.map(|object| object.spec().get("image"))).filter_map(Image::read).collect()
}
