//! Lines from a stream of bytes, with bounded memory.

/// The longest line that is kept, in bytes. Lines of several kB are normal, more than a megabyte is not.
pub(crate) const MAX_LINE: usize = 2 * 1024 * 1024;

/// Cuts a stream into lines. What is longer than [`MAX_LINE`] is passed over without being kept.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    kept: Vec<u8>,
    /// Inside a line that is too long.
    skipping: bool,
}

impl Lines {
    /// Takes the next bytes and gives every line that they complete, without its end, to `each`.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], mut each: impl FnMut(&[u8])) {
        while let Some(end) = bytes.iter().position(|&byte| byte == b'\n') {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            self.keep(line);
            if !self.skipping {
                each(&self.kept);
            }
            self.skipping = false;
            self.forget();
            bytes = rest;
        }
        self.keep(bytes);
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.skipping || self.kept.len() + bytes.len() > MAX_LINE {
            self.skipping = true;
            self.forget();
        } else {
            self.kept.extend_from_slice(bytes);
        }
    }

    /// Empties the buffer; one that has grown large is given back.
    fn forget(&mut self) {
        const USUAL: usize = 64 * 1024;
        if self.kept.capacity() > USUAL {
            self.kept = Vec::new();
        } else {
            self.kept.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
        let (mut lines, mut all) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.feed(piece, |line| all.push(line.to_vec()));
        }
        all
    }

    #[test]
    fn a_line_may_come_in_pieces_and_several_at_once() {
        assert_eq!(lines(&[b"ab", b"c\nde\n\nf", b"", b"g"]), [b"abc".to_vec(), b"de".to_vec(), vec![]]);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_not_kept() {
        let mut lines = Lines::default();
        let mut all = Vec::new();
        for _ in 0..5 {
            lines.feed(&vec![b'x'; MAX_LINE / 2], |line| all.push(line.len()));
            assert!(lines.kept.len() <= MAX_LINE);
        }
        lines.feed(b"\nnext\n", |line| all.push(line.len()));
        assert_eq!(all, [4]);
    }

    #[test]
    fn the_longest_line_is_kept_whole() {
        let mut line = vec![b'x'; MAX_LINE];
        line.push(b'\n');
        assert_eq!(lines(&[&line]), [vec![b'x'; MAX_LINE]]);
    }
}
