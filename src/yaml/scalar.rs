//! Plain scalars to data, as kubectl reads them.
