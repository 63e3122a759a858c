//! A foreign file, before anyone looks at what it says.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::error::ForeignError;

/// The text of the file at `path`; `None` when there is none.
///
/// # Errors
/// When it is no regular file, has more than `limit` bytes, cannot be read or is no UTF-8. What Python has pickled is never
/// unpickled: that would run what is written in it.
pub(super) fn text(path: &Path, limit: u64) -> Result<Option<String>, ForeignError> {
    let wrong = |why: String| ForeignError { path: path.into(), why };
    let bytes = match read(path, limit) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(wrong(error.to_string())),
    };
    if bytes.len() as u64 > limit {
        return Err(wrong(format!("it has more than {} MiB, so it is not what it seems", limit >> 20)));
    }
    if is_pickled(&bytes) {
        return Err(wrong(
            "it is pickled by Python, as another version did it: to read that is to run it. Start trakt-scrobbler's newest \
             version once, which writes it anew, or take the file away"
                .into(),
        ));
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| wrong(format!("byte {} is no UTF-8", error.utf8_error().valid_up_to() + 1)))?;
    Ok(Some(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned)))
}

fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    // A pipe would keep us waiting.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Pickles begin with a byte that no text begins with and the number of their protocol, or are an old one's letters.
fn is_pickled(bytes: &[u8]) -> bool {
    matches!(bytes, [0x80, 1..=10, ..]) || bytes.starts_with(b"(dp") || bytes.starts_with(b"(lp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_small_file_of_text_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        assert_eq!(text(&path, 8), Ok(None));
        for (bytes, expected) in [
            (b"\xef\xbb\xbf[1]".as_slice(), Ok("[1]")),
            (b"12345678".as_slice(), Ok("12345678")),
            (b"123456789".as_slice(), Err("so it is not what it seems")),
            (b"\x80\x04]".as_slice(), Err("pickled")),
            (b"(lp0\n.".as_slice(), Err("pickled")),
            (b"ab\xff".as_slice(), Err("byte 3 is no UTF-8")),
        ] {
            fs::write(&path, bytes).unwrap();
            match (text(&path, 8), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found.as_deref(), Some(expected)),
                (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
                (found, _) => panic!("{found:?}"),
            }
        }
        assert!(text(folder.path(), 8).is_err());
    }
}
