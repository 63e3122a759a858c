//! What comes in from the bus, without the messages that are too long. The bus itself lets messages through of 128 MiB, and
//! many of them could wait: a program that sends such ones would fill the memory of all who listen to it.

use std::io;
use std::os::fd::OwnedFd;
use std::pin::Pin;

use tokio::net::unix::OwnedReadHalf;
use zbus::connection::socket::ReadHalf;

/// The longest message that is read, in bytes: a player may send a picture with what it plays.
pub(crate) const MAX_MESSAGE: u64 = 2 * 1024 * 1024;

/// How many bytes a message begins with that tell its length.
const HEAD: usize = 16;
/// How much of what is not wanted is read at once.
const GULP: usize = 64 * 1024;

/// The reading end of a bus's socket, through which no message comes that is longer than [`MAX_MESSAGE`]. No descriptors
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
    /// In a message that is wanted, with so many bytes to its end.
    Wanted(u64),
    /// In a message that is too long, with so many bytes to its end.
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
                Place::Wanted(left) => {
                    let room = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    let count = receive(&mut self.socket, &mut buffer[..room]).await?;
                    self.place = after(left, count, Place::Wanted);
                    return Ok(count);
                }
                Place::Unwanted(left) => {
                    let mut gulp = vec![0; GULP.min(usize::try_from(left).unwrap_or(GULP))];
                    let count = receive(&mut self.socket, &mut gulp).await?;
                    self.place = after(left, count, Place::Unwanted);
                    // It may be long, and others want to run too.
                    tokio::task::yield_now().await;
                }
            }
        }
    }

    /// Where the stream is after the head of a message, which is made ready if the message is wanted.
    fn judge(&mut self, head: [u8; HEAD]) -> io::Result<Place> {
        let rest = rest_of(head).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, "what the bus sends is no message of D-Bus")
        })?;
        if rest + HEAD as u64 > MAX_MESSAGE {
            tracing::debug!(bytes = rest, "a message on the bus is too long to be read");
            return Ok(Place::Unwanted(rest));
        }
        self.ready.extend(head);
        Ok(after(rest, 0, Place::Wanted))
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

/// The place `count` bytes further in a message of which `left` bytes are to come.
fn after(left: u64, count: usize, inside: fn(u64) -> Place) -> Place {
    match left.saturating_sub(count as u64) {
        0 => Place::Head,
        left => inside(left),
    }
}

/// The letters that messages begin with: they say in which order the bytes of numbers come.
fn is_order(byte: u8) -> bool {
    matches!(byte, b'l' | b'B')
}

/// How many bytes follow the head of a message: its fields, filled up to a multiple of eight, and its body. `None` when it
/// is no such head.
fn rest_of(head: [u8; HEAD]) -> Option<u64> {
    let [order, _, _, _, b0, b1, b2, b3, _, _, _, _, f0, f1, f2, f3] = head;
    let number = match order {
        b'l' => u32::from_le_bytes,
        b'B' => u32::from_be_bytes,
        _ => return None,
    };
    let (body, fields) = (number([b0, b1, b2, b3]), number([f0, f1, f2, f3]));
    Some(u64::from(fields).next_multiple_of(8) + u64::from(body))
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

    /// A message with `fields` and `body` bytes after its head.
    fn message(order: u8, fields: u32, body: u32) -> Vec<u8> {
        let bytes = |number: u32| if order == b'l' { number.to_le_bytes() } else { number.to_be_bytes() };
        let mut message = vec![order, 4, 0, 1];
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
    async fn what_is_too_long_is_left_out_and_what_follows_is_not() {
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
        assert!(through(sent.concat(), 4096).await == [greeting, before, after].concat());
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
        assert_eq!(rest_of(head), Some((1 << 32) + u64::from(u32::MAX)));
        assert_eq!(rest_of([0; HEAD]), None);
    }
}
