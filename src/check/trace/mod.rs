//! Routes from the tracer to where spans are stored, and the path of each proxy, which gives the verdict.

mod address;
mod calls;
pub(crate) mod dns;
mod hops;
pub(crate) mod path;
mod pods;
mod policy;
mod port;
mod relay;
mod request;
mod requests;
pub(crate) mod route;
mod storage;
mod ui;
