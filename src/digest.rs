//! SHA-256 of bytes. The only module that names its crate.

use sha2::Digest;
use sha2::Sha256;

/// The SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
