//! System calls that a signal interrupted.
//!
//! In: a call. Out: its answer. The standard library repeats some calls by itself and leaves others, and a network file
//! system may answer any of them with EINTR: that is no failure, only a request to ask again.

use std::io;

/// Calls until the answer is another than "interrupted".
pub(crate) fn again<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            answer => return answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_interrupted_call_is_repeated() {
        let mut answers =
            vec![Err(io::ErrorKind::NotFound.into()), Ok(1), Err(io::ErrorKind::Interrupted.into())].into_iter().rev();
        assert_eq!(again(|| answers.next().unwrap()).unwrap(), 1);
        assert_eq!(again(|| answers.next().unwrap()).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
