//! What is known about the programs of the stack: facts with their sources, and no judgement about anybody's files.

pub mod envoy;
