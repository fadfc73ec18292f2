//! System calls that a signal interrupted.
//!
//! In: a call. Out: its result. The standard library retries some calls but not others, and on a network file system
//! any of them may fail with EINTR, which only means that the call has to be repeated.

use std::io;

/// Repeats the call until it is not interrupted.
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
