//! What comes in from the bus, without what is too long. The bus itself lets messages through of 128 MiB, and many of them
//! could wait: a program that sends such ones would fill the memory of all who listen to it. Of a message that is too long
//! only the head comes through, as if it had no body: that something was said, and by whom, is worth knowing.

use std::io;
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::pin::Pin;

use tokio::net::unix::OwnedReadHalf;
use zbus::connection::socket::ReadHalf;

/// The longest message that nobody asked for, in bytes.
const MAX_MESSAGE: u64 = 2 * 1024 * 1024;
/// The longest answer, in bytes: a player may send a picture with what it plays, as mpv's plug-in does with the cover in a
/// file.
const MAX_ANSWER: u64 = 8 * 1024 * 1024;
/// The longest fields behind a head, in bytes. They are a path and a few names.
const MAX_FIELDS: u64 = 64 * 1024;

/// How many bytes a message begins with that tell its length.
const HEAD: usize = 16;
/// Where in it the length of the body is.
const BODY_LENGTH: Range<usize> = 4..8;
/// How much of what is not wanted is read at once.
const GULP: usize = 64 * 1024;

/// The reading end of a bus's socket, through which no message comes that is longer than it may be. No descriptors
/// come through it either: nothing that is listened to needs them.
#[derive(Debug)]
pub(crate) struct Sieve {
    socket: OwnedReadHalf,
    place: Place,
    /// What was read of the head of the next message.
    head: Vec<u8>,
    /// What was read and is wanted, but was not asked for yet.
    ready: Vec<u8>,
}

/// Where in the stream the next byte is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the lines that are exchanged before the first message.
    Greeting,
    /// In the head of a message.
    Head,
    /// In what is wanted of a message, with so many bytes to its end, and so many unwanted ones behind it.
    Wanted { left: u64, behind: u64 },
    /// In what is too long, with so many bytes to its end.
    Unwanted(u64),
}

impl Sieve {
    pub(crate) fn new(socket: OwnedReadHalf) -> Self {
        Self { socket, place: Place::Greeting, head: Vec::new(), ready: Vec::new() }
    }

    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.ready.is_empty() {
                let count = self.ready.len().min(buffer.len());
                buffer[..count].copy_from_slice(&self.ready[..count]);
                self.ready.drain(..count);
                return Ok(count);
            }
            match self.place {
                Place::Greeting => {
                    // Byte by byte, so that nothing is read of what follows.
                    let byte = self.more::<1>().await?;
                    if is_order(byte[0]) && self.head.is_empty() {
                        self.head.extend(byte);
                        self.place = Place::Head;
                    } else {
                        self.head = if byte[0] == b'\n' { Vec::new() } else { vec![byte[0]] };
                        self.ready.extend(byte);
                    }
                }
                Place::Head => {
                    let missing = HEAD - self.head.len();
                    let mut piece = [0; HEAD];
                    let count = receive(&mut self.socket, &mut piece[..missing]).await?;
                    self.head.extend_from_slice(&piece[..count]);
                    if let Ok(head) = <[u8; HEAD]>::try_from(self.head.as_slice()) {
                        self.head.clear();
                        self.place = self.judge(head)?;
                    }
                }
                Place::Wanted { left, behind } => {
                    let room = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    let count = receive(&mut self.socket, &mut buffer[..room]).await?;
                    self.place = Place::within(left.saturating_sub(count as u64), behind);
                    return Ok(count);
                }
                Place::Unwanted(left) => {
                    let mut gulp = vec![0; GULP.min(usize::try_from(left).unwrap_or(GULP))];
                    let count = receive(&mut self.socket, &mut gulp).await?;
                    self.place = Place::within(0, left.saturating_sub(count as u64));
                    // It may be long, and others want to run too.
                    tokio::task::yield_now().await;
                }
            }
        }
    }

    /// Where the stream is after the head of a message, which is made ready unless nothing of the message is wanted.
    fn judge(&mut self, mut head: [u8; HEAD]) -> io::Result<Place> {
        let Lengths { fields, body } = Lengths::in_head(head).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, "what the bus sends is no message of D-Bus")
        })?;
        let longest = if is_answer(head) { MAX_ANSWER } else { MAX_MESSAGE };
        if HEAD as u64 + fields + body <= longest {
            self.ready.extend(head);
            return Ok(Place::within(fields + body, 0));
        }
        tracing::debug!(bytes = fields + body, "a message on the bus is too long to be read");
        if fields > MAX_FIELDS {
            return Ok(Place::within(0, fields + body));
        }
        head[BODY_LENGTH].fill(0);
        self.ready.extend(head);
        Ok(Place::within(fields, body))
    }

    async fn more<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        let mut filled = 0;
        while filled < N {
            filled += receive(&mut self.socket, &mut bytes[filled..]).await?;
        }
        Ok(bytes)
    }
}

impl Place {
    /// The place with so many bytes to come that are wanted, and so many that are not.
    fn within(left: u64, behind: u64) -> Self {
        match (left, behind) {
            (0, 0) => Self::Head,
            (0, behind) => Self::Unwanted(behind),
            (left, behind) => Self::Wanted { left, behind },
        }
    }
}

/// The letters that messages begin with: they say in which order the bytes of numbers come.
fn is_order(byte: u8) -> bool {
    matches!(byte, b'l' | b'B')
}

/// Whether what begins with `head` answers a call. The bus lets no other answers through than those that are waited for.
fn is_answer(head: [u8; HEAD]) -> bool {
    matches!(head[1], 2 | 3)
}

/// How many bytes follow the head of a message.
#[derive(Debug, PartialEq, Eq)]
struct Lengths {
    /// Its fields, filled up to a multiple of eight.
    fields: u64,
    body: u64,
}

impl Lengths {
    /// What the head says; `None` when it is none.
    fn in_head(head: [u8; HEAD]) -> Option<Self> {
        let [order, _, _, _, b0, b1, b2, b3, _, _, _, _, f0, f1, f2, f3] = head;
        let number = match order {
            b'l' => u32::from_le_bytes,
            b'B' => u32::from_be_bytes,
            _ => return None,
        };
        let (body, fields) = (number([b0, b1, b2, b3]), number([f0, f1, f2, f3]));
        Some(Self { fields: u64::from(fields).next_multiple_of(8), body: u64::from(body) })
    }
}

async fn receive(socket: &mut OwnedReadHalf, buffer: &mut [u8]) -> io::Result<usize> {
    match ReadHalf::recvmsg(socket, buffer).await? {
        (0, _) => Err(io::ErrorKind::UnexpectedEof.into()),
        (count, _) => Ok(count),
    }
}

impl ReadHalf for Sieve {
    fn recvmsg<'life0, 'life1, 'async_trait>(
        &'life0 mut self,
        buffer: &'life1 mut [u8],
    ) -> Pin<Box<dyn Future<Output = io::Result<(usize, Vec<OwnedFd>)>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move { Ok((self.read(buffer).await?, Vec::new())) })
    }

    fn can_pass_unix_fd(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::UnixStream;

    use super::*;

    /// A signal with `fields` and `body` bytes after its head.
    fn message(order: u8, fields: u32, body: u32) -> Vec<u8> {
        of_kind(4, order, fields, body)
    }

    fn of_kind(kind: u8, order: u8, fields: u32, body: u32) -> Vec<u8> {
        let bytes = |number: u32| if order == b'l' { number.to_le_bytes() } else { number.to_be_bytes() };
        let mut message = vec![order, kind, 0, 1];
        message.extend(bytes(body));
        message.extend(bytes(7));
        message.extend(bytes(fields));
        message.resize(HEAD + fields.next_multiple_of(8) as usize, b'f');
        message.resize(message.len() + body as usize, b'l');
        message
    }

    /// What comes through of `sent`, read in pieces of `piece` bytes.
    async fn through(sent: Vec<u8>, piece: usize) -> Vec<u8> {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let sending = tokio::spawn(async move {
            theirs.write_all(&sent).await.unwrap();
        });
        let (reader, _writer) = ours.into_split();
        let mut sieve = Sieve::new(reader);
        let (mut all, mut buffer) = (Vec::new(), vec![0; piece]);
        while let Ok(count) = sieve.read(&mut buffer).await {
            all.extend_from_slice(&buffer[..count]);
        }
        sending.await.unwrap();
        all
    }

    #[tokio::test]
    async fn what_is_of_a_usual_length_comes_through_as_it_is() {
        let greeting = b"OK 1234deadbeef\r\nDATA lB\r\nAGREE_UNIX_FD\r\n".to_vec();
        let all = [
            greeting,
            message(b'l', 33, 5),
            message(b'B', 8, 0),
            message(b'l', 0, 0),
            message(b'B', 1, 70_000),
        ];
        for piece in [1, 7, 16, 65_536] {
            assert!(through(all.concat(), piece).await == all.concat(), "in pieces of {piece}");
        }
    }

    #[tokio::test]
    async fn of_what_is_too_long_the_head_comes_through_and_what_follows_comes_whole() {
        let long = u32::try_from(MAX_MESSAGE).unwrap();
        let greeting = b"OK 1234deadbeef\r\n".to_vec();
        let (before, after) = (message(b'l', 24, 10), message(b'l', 40, 20));
        let sent = [
            greeting.clone(),
            before.clone(),
            message(b'l', 24, long),
            message(b'B', long, 1),
            message(b'B', 9, 3 * long),
            after.clone(),
        ];
        let heads = [message(b'l', 24, 0), message(b'B', 9, 0)].concat();
        for piece in [7, 4096] {
            let came = through(sent.concat(), piece).await;
            assert!(came == [greeting.clone(), before.clone(), heads.clone(), after.clone()].concat());
        }
    }

    #[tokio::test]
    async fn an_answer_may_be_longer() {
        let longest = u32::try_from(MAX_ANSWER).unwrap() - 32;
        let whole = of_kind(2, b'l', 16, longest);
        let sent = [b"OK\r\n".to_vec(), whole.clone(), of_kind(2, b'l', 16, longest + 1)];
        let came = [b"OK\r\n".to_vec(), whole, of_kind(2, b'l', 16, 0)].concat();
        assert!(through(sent.concat(), 65_536).await == came);
    }

    #[tokio::test]
    async fn the_longest_message_comes_through_and_nonsense_is_the_end() {
        let longest = message(b'l', 16, u32::try_from(MAX_MESSAGE).unwrap() - 32);
        let sent = [b"OK\r\n".to_vec(), longest.clone(), b"nonsense that is no message".to_vec()];
        assert!(through(sent.concat(), 65_536).await == [b"OK\r\n".to_vec(), longest].concat());
    }

    #[test]
    fn the_largest_lengths_do_not_overflow() {
        let mut head = [0xFF; HEAD];
        head[0] = b'l';
        let longest = Lengths { fields: 1 << 32, body: u64::from(u32::MAX) };
        assert_eq!(Lengths::in_head(head), Some(longest));
        assert_eq!(Lengths::in_head([0; HEAD]), None);
    }
}
